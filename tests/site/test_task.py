"""Tasks: completion, dependencies, roll-up and its price in statements."""

import random

import frappe
import pytest
from frappe.utils import add_days, getdate

from sales_crm_pm.api.v1 import task as api
from sales_crm_pm.exceptions import DependencyCycleError, SPMError, TransitionError
from sales_crm_pm.loop import progress
from tests.factories import make_opportunity, make_user, make_won_opportunity
from tests.factories_delivery import (
	accept,
	make_manager,
	make_milestone,
	make_project,
	make_running_project,
	make_task,
)


class TestCompletion:
	def test_complete_answers_with_the_projects_figures(self):
		project, milestones = make_running_project((1, 3))
		task = make_task(project.name, milestone=milestones[0].name)
		result = api.complete(task.name)
		assert result["task"] == task.name
		assert result["project"]["project"] == project.name
		assert result["project"]["percent_complete"] == 25
		doc = frappe.get_doc("SPM Task", task.name)
		assert (doc.status, doc.progress, doc.completed_by) == ("Completed", 100, "Administrator")
		assert doc.completed_on
		again = api.complete(task.name)
		again["project"].pop("as_of")
		result["project"].pop("as_of")
		assert again == result

	def test_reopening_takes_the_completion_back(self):
		task = make_task(status="Completed")
		task.status = "Working"
		task.save()
		assert (task.progress, task.completed_on, task.completed_by) == (0, None, None)

	def test_a_cancelled_task_is_not_completed_by_mistake(self):
		task = make_task(status="Cancelled")
		with pytest.raises(TransitionError):
			api.complete(task.name)

	def test_open_predecessors_are_named_but_do_not_block(self):
		project = make_project()
		first = make_task(project.name, subject="Lay the cable")
		second = make_task(project.name, depends_on=[{"task": first.name}])
		api.complete(second.name)
		assert frappe.db.get_value("SPM Task", second.name, "status") == "Completed"
		assert any("Lay the cable" in m["message"] for m in frappe.get_message_log())

	def test_only_whose_task_it_is(self, as_user):
		member, other = make_user("SPM Delivery Member"), make_user("SPM Delivery Member")
		project = make_project(team=[{"user": member}, {"user": other}])
		task = make_task(project.name, assigned_to=member)
		with as_user(other), pytest.raises(frappe.PermissionError):
			api.complete(task.name)
		with as_user(member):
			assert api.complete(task.name)["project"]["project"] == project.name

	def test_twelve_statements_at_most(self, as_user, assert_query_count, live_mode):
		member = make_user("SPM Delivery Member")
		deal = make_won_opportunity()
		project, milestones = make_running_project(
			(1, 3), customer=deal.customer, opportunity=deal.name, team=[{"user": member}]
		)
		before = make_task(project.name, status="Completed")
		tasks = [
			make_task(
				project.name,
				milestone=milestones[0].name,
				assigned_to=member,
				depends_on=[{"task": before.name}],
			)
			for _n in range(4)
		]
		for _n in range(30):
			make_task(project.name, milestone=milestones[1].name)
		with as_user(member):
			api.complete(tasks[0].name)
			# The rights of the session and the meta data are read once per request, not once per task.
			with assert_query_count(12):
				api.complete(tasks[1].name)
		assert frappe.db.get_value("SPM Opportunity", deal.name, "project_percent_complete") == 12.5


class TestHome:
	def test_a_task_belongs_to_a_project_or_an_opportunity(self):
		with pytest.raises(SPMError):
			frappe.get_doc({"doctype": "SPM Task", "subject": "x"}).insert()
		deal = make_opportunity()
		task = make_task(opportunity=deal.name)
		assert (task.customer, task.deal_chain) == (deal.customer, deal.deal_chain)

	def test_its_milestone_belongs_to_the_same_project(self):
		with pytest.raises(SPMError):
			make_task(make_project().name, milestone=make_milestone().name)

	def test_moving_to_another_project_moves_both_figures(self):
		first, second = (
			make_project(completion_method="Task Completion"),
			make_project(completion_method="Task Completion"),
		)
		task = make_task(first.name, status="Completed")
		assert frappe.db.get_value("SPM Project", first.name, "percent_complete") == 100
		task.project = second.name
		task.save()
		assert frappe.db.get_value("SPM Project", first.name, "percent_complete") == 0
		assert frappe.db.get_value("SPM Project", second.name, "percent_complete") == 100

	def test_dates_and_duration(self):
		monday = add_days(getdate(), 7 - getdate().weekday())
		task = make_task(planned_start_date=monday, planned_end_date=add_days(monday, 9))
		# Ten days with one weekend.
		assert task.duration_days == 8
		task.planned_end_date = add_days(monday, -1)
		with pytest.raises(SPMError):
			task.save()

	def test_a_task_is_no_part_of_itself(self):
		project = make_project()
		a = make_task(project.name)
		b = make_task(project.name, parent_task=a.name)
		a.reload()
		a.parent_task = b.name
		with pytest.raises(DependencyCycleError):
			a.save()


class TestDependencies:
	def test_a_circle_is_refused_at_any_depth_and_named(self):
		project = make_project()
		tasks = [make_task(project.name, subject="Task 0")]
		for n in range(1, 6):
			tasks.append(make_task(project.name, subject=f"Task {n}", depends_on=[{"task": tasks[-1].name}]))
		first = frappe.get_doc("SPM Task", tasks[0].name)
		first.append("depends_on", {"task": tasks[-1].name})
		with pytest.raises(DependencyCycleError, match="Task 5"):
			first.save()

	def test_not_itself_not_twice_not_across_projects(self):
		project = make_project()
		a, b = make_task(project.name), make_task(project.name)
		for rows, error in (
			([b.name], DependencyCycleError),
			([a.name, a.name], SPMError),
			([make_task().name], SPMError),
		):
			b.reload()
			b.set("depends_on", [{"task": name} for name in rows])
			with pytest.raises(error):
				b.save()

	def test_the_gantt_reads_the_rows(self):
		project = make_project()
		a, b = make_task(project.name), make_task(project.name)
		c = make_task(
			project.name, depends_on=[{"task": a.name}, {"task": b.name, "link_type": "SS", "lag_days": 2}]
		)
		assert c.depends_on_tasks == f"{a.name},{b.name}"
		c.set("depends_on", [{"task": b.name}])
		c.save()
		assert frappe.get_all("SPM Task Dependency", {"parent": c.name}, pluck="task") == [b.name]


DERIVED_PROJECT = (
	"percent_complete",
	"percent_planned",
	"spi",
	"health",
	"health_reasons",
	"next_milestone",
	"next_milestone_date",
	"forecast_end_date",
)
SHOWN_OPPORTUNITY = (
	"project_status",
	"project_percent_complete",
	"project_health",
	"next_milestone",
	"next_milestone_date",
	"project_forecast_end_date",
)
SHOWN_CUSTOMER = ("active_projects", "late_projects", "projects_percent_complete", "health")


def everything_derived(projects, customer):
	return {
		"projects": [frappe.db.get_value("SPM Project", p, DERIVED_PROJECT, as_dict=True) for p in projects],
		"milestones": frappe.get_all(
			"SPM Milestone", {"project": ["in", projects]}, ["name", "progress"], order_by="name"
		),
		"deals": frappe.get_all(
			"SPM Opportunity", {"customer": customer}, SHOWN_OPPORTUNITY, order_by="name"
		),
		"customer": frappe.db.get_value("SPM Customer", customer, SHOWN_CUSTOMER, as_dict=True),
	}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("method", ["Milestone Weight", "Task Weight", "Task Completion"])
def test_after_any_edits_a_recomputation_from_nothing_gives_the_same_numbers(seed, method):
	chance = random.Random(f"{seed} {method}")
	deal = make_won_opportunity()
	first, milestones = make_running_project(
		(1, 2, 3), customer=deal.customer, opportunity=deal.name, completion_method=method
	)
	second, more = make_running_project((1,), customer=deal.customer, completion_method=method)
	projects, milestones, tasks = [first.name, second.name], [m.name for m in milestones + more], []
	statuses = ("Open", "Working", "Blocked", "Completed", "Cancelled")

	def add_task():
		milestone = chance.choice([*milestones, None])
		project = (
			frappe.db.get_value("SPM Milestone", milestone, "project")
			if milestone
			else chance.choice(projects)
		)
		start = add_days(getdate(), chance.randint(-30, 30))
		task = make_task(
			project,
			milestone=milestone,
			weight=chance.randint(0, 4),
			progress=chance.randint(0, 100),
			planned_start_date=start,
			planned_end_date=add_days(start, chance.randint(0, 20)),
		)
		tasks.append(task.name)

	def change_task():
		if tasks:
			doc = frappe.get_doc("SPM Task", chance.choice(tasks))
			doc.status = chance.choice(statuses)
			doc.progress = chance.randint(0, 100)
			doc.weight = chance.randint(0, 4)
			doc.save()

	def delete_task():
		if tasks:
			frappe.delete_doc("SPM Task", tasks.pop(chance.randrange(len(tasks))))

	def change_milestone():
		doc = frappe.get_doc("SPM Milestone", chance.choice(milestones))
		doc.weight = chance.randint(0, 5)
		doc.planned_date = add_days(getdate(), chance.randint(-40, 40))
		doc.forecast_date = chance.choice([None, add_days(getdate(), chance.randint(0, 60))])
		# Whoever accepts late is asked why.
		doc.delay_reason = "Other"
		doc.save()

	def accept_milestone():
		name = chance.choice(milestones)
		if frappe.db.get_value("SPM Milestone", name, "status") == "Planned":
			accept(name)

	def change_project():
		doc = frappe.get_doc("SPM Project", chance.choice(projects))
		doc.status = {"In Progress": "On Hold", "On Hold": "In Progress"}[doc.status]
		doc.save()

	edits = (
		add_task,
		add_task,
		change_task,
		change_task,
		delete_task,
		change_milestone,
		accept_milestone,
		change_project,
	)
	for _n in range(25):
		chance.choice(edits)()

	running = everything_derived(projects, deal.customer)
	for doctype, fields, filters in (
		("SPM Project", DERIVED_PROJECT, {"name": ["in", projects]}),
		("SPM Milestone", ("progress",), {"name": ["in", milestones]}),
		("SPM Opportunity", SHOWN_OPPORTUNITY, {"customer": deal.customer}),
		("SPM Customer", SHOWN_CUSTOMER, {"name": deal.customer}),
	):
		numbers = {
			f
			for f in fields
			if frappe.get_meta(doctype).get_field(f).fieldtype in ("Percent", "Float", "Int")
		}
		frappe.db.set_value(
			doctype, filters, {f: 0 if f in numbers else None for f in fields}, update_modified=False
		)
	for name in projects:
		progress.recompute(name)
	assert everything_derived(projects, deal.customer) == running


def test_a_manager_plans_and_a_stranger_sees_nothing(as_user):
	manager, stranger = make_manager(), make_user("SPM Delivery Member")
	with as_user(manager):
		project = make_project(project_manager=manager)
		task = make_task(project.name)
	with as_user(stranger):
		assert not frappe.get_list("SPM Task", {"name": task.name})
		with pytest.raises(frappe.PermissionError):
			api.complete(task.name)


class TestChecklist:
	def test_who_ticked_a_point_is_noted_and_counted(self, as_user):
		member = make_user("SPM Delivery Member")
		project = make_project(team=[{"user": member}])
		task = make_task(
			project.name, assigned_to=member, checklist=[{"text": "Drawings"}, {"text": "Photographs"}]
		)
		assert (task.checklist_total, task.checklist_done) == (2, 0)
		with as_user(member):
			doc = frappe.get_doc("SPM Task", task.name)
			doc.checklist[1].is_done = 1
			doc.save()
		doc.reload()
		assert (doc.checklist_total, doc.checklist_done) == (2, 1)
		assert doc.checklist[1].done_by == member and doc.checklist[1].done_on
		assert not doc.checklist[0].done_by
		doc.checklist[1].is_done = 0
		doc.save()
		assert not doc.checklist[1].done_by and doc.checklist_done == 0

	def test_rows_that_have_not_changed_stay(self):
		first = make_task()
		task = make_task(
			first.project, depends_on=[{"task": first.name}], checklist=[{"text": "Cable"}, {"text": "Screws"}]
		)
		rows = [row.name for row in task.checklist]
		task.append("depends_on", {"task": make_task(first.project).name})
		task.save()
		task.reload()
		assert [row.name for row in task.checklist] == rows and len(task.depends_on) == 2
		task.set("checklist", [])
		task.save()
		assert frappe.get_doc("SPM Task", task.name).checklist == []
