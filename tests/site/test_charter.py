"""The charter of a project: what its type asks for, who approves it, what it costs, and templates."""

import frappe
import pytest
from frappe.utils import add_days, getdate

from sales_crm_pm.api.v1 import bid
from sales_crm_pm.api.v1 import project as api
from sales_crm_pm.exceptions import ApprovalError, CharterError, SPMError, TransitionError
from sales_crm_pm.loop import charter
from sales_crm_pm.setup import seed_start
from tests.factories import make, make_opportunity, make_user, make_won_opportunity, unique
from tests.factories_delivery import make_manager, make_milestone, make_project, make_task, make_template


@pytest.fixture
def kind():
	return make(
		"SPM Project Type",
		type_name=unique("Type "),
		needs_estimate=1,
		needs_milestones=1,
		required_fields=[
			{"fieldname": "goals", "needed_at": "Pending Approval"},
			{"fieldname": "sponsor", "needed_at": "Approved", "hint": "Who stands behind it."},
			{"fieldname": "service_owner", "needed_at": "Delivered"},
		],
	)


@pytest.fixture
def rule():
	frappe.db.delete("SPM Project Approval Rule")
	make("SPM Project Approval Rule", title=unique("All "), approver_role="SPM Sales Manager", level=1)
	return make(
		"SPM Project Approval Rule",
		title=unique("Large "),
		from_amount=1_000_000,
		approver_role="SPM Executive",
		level=2,
	)


def complete(kind, **values):
	"""A project of the type that lacks nothing."""
	values = {"goals": "Done", "sponsor": "Bank", "budget_cost": 100, "price": 500, **values}
	project = make_project(project_type=kind.name, **values)
	make_milestone(project.name)
	return project


class TestRequiredFields:
	def test_the_type_says_what_each_status_needs(self, kind):
		project = complete(kind, goals="", sponsor="")
		with pytest.raises(CharterError) as error:
			api.submit(project.name)
		assert len(error.value.missing) == 1
		project.reload()
		project.goals = "Done"
		project.save()
		api.submit(project.name)
		with pytest.raises(CharterError) as error:
			api.approve(project.name)
		assert error.value.missing == ["Sponsor: Who stands behind it."]
		assert frappe.local.response["missing"] == error.value.missing

	def test_rest_that_writes_the_status_passes_the_same_gate(self, kind):
		project = complete(kind, goals="")
		project.status = "Pending Approval"
		with pytest.raises(CharterError):
			project.save()

	def test_what_the_status_needs_cannot_be_emptied_again(self, kind):
		project = complete(kind)
		api.submit(project.name)
		project.reload()
		project.goals = "  "
		with pytest.raises(CharterError):
			project.save()

	def test_a_project_from_before_the_rule_can_still_be_saved(self, kind):
		project = complete(kind)
		api.submit(project.name)
		kind.append("required_fields", {"fieldname": "out_of_scope", "needed_at": "Pending Approval"})
		kind.save()
		project.reload()
		project.priority = "High"
		project.save()

	def test_without_estimate_or_milestone_no_approval(self, kind):
		project = make_project(project_type=kind.name, goals="Done", sponsor="Bank")
		with pytest.raises(CharterError) as error:
			api.submit(project.name)
		assert len(error.value.missing) == 2

	def test_the_handoff_from_sales_is_a_gate_where_the_type_says_so(self, kind):
		kind.needs_handoff = 1
		kind.save()
		project = complete(kind, scope="All", contract_no="C-1")
		with pytest.raises(CharterError) as error:
			api.submit(project.name)
		assert len(error.value.missing) == 6

	def test_the_checklist_shows_both(self, kind):
		project = complete(kind, goals="")
		items = {item["fieldname"]: item for item in api.charter_checklist(project.name)["items"]}
		assert (items["goals"]["is_needed"], items["goals"]["is_done"]) == (True, False)
		assert (items["scope"]["is_needed"], items["scope"]["is_done"]) == (False, False)
		assert items["estimate"]["is_done"]


class TestResponsibilities:
	def test_nobody_accountable_no_approval(self):
		project = make_project(team=[{"user": "Administrator", "raci": "Accountable"}])
		project.team[0].raci = "Consulted"
		project.save()
		with pytest.raises(CharterError):
			api.submit(project.name)

	def test_every_milestone_has_somebody(self):
		project = make_project()
		milestone = make_milestone(project.name)
		milestone.accountable = None
		milestone.save()
		with pytest.raises(CharterError, match=milestone.title):
			api.submit(project.name)

	def test_the_setting_switches_it_off(self):
		frappe.db.set_single_value("SPM Settings", "approval_needs_raci", 0)
		frappe.clear_document_cache("SPM Settings", "SPM Settings")
		project = make_project()
		make_milestone(project.name, accountable=None)
		assert charter.gate_items(project) == []


class TestApproval:
	def test_the_rule_names_the_approver(self, rule, as_user):
		director, executive = make_user("SPM Sales Manager"), make_user("SPM Executive")
		small, large = make_project(price=10), make_project(price=2_000_000)
		assert api.submit(small.name)["approver_role"] == "SPM Sales Manager"
		assert api.submit(large.name)["approver_role"] == "SPM Executive"
		with as_user(director):
			assert api.approve(small.name)["status"] == "Approved"
			with pytest.raises(ApprovalError):
				api.approve(large.name)
		with as_user(executive):
			assert api.approve(large.name)["status"] == "Approved"
		assert frappe.db.get_value("SPM Project", large.name, "approved_by") == executive

	def test_nobody_approves_what_they_submitted_or_manage(self, rule, as_user):
		both = make_user("SPM Sales Manager", "SPM Project Manager")
		for submitter in (both, "Administrator"):
			project = make_project(project_manager=both)
			with as_user(submitter):
				api.submit(project.name)
			with as_user(both), pytest.raises((ApprovalError, TransitionError)):
				api.approve(project.name)

	def test_sending_back_needs_a_reason(self, rule, as_user):
		director = make_user("SPM Sales Manager")
		project = make_project()
		api.submit(project.name)
		with as_user(director):
			with pytest.raises(ApprovalError):
				api.send_back(project.name, " ")
			assert api.send_back(project.name, "Where is the plan?")["status"] == "Draft"
		assert frappe.db.get_value("SPM Project", project.name, "sent_back_reason") == "Where is the plan?"
		api.submit(project.name)
		assert not frappe.db.get_value("SPM Project", project.name, "sent_back_reason")

	def test_who_approved_cannot_be_written_by_a_request(self):
		project = make_project()
		project.approved_by = "Administrator"
		project.save()
		assert not frappe.db.get_value("SPM Project", project.name, "approved_by")

	def test_approval_takes_baseline_one(self):
		project = make_project("Approved", budget_cost=700)
		rows = frappe.get_all("SPM Baseline", {"project": project.name}, ["number", "current", "budget"])
		assert [(row.number, row.current, row.budget) for row in rows] == [(1, 1, 700)]


class TestEstimate:
	LINES = (
		{"kind": "Labour", "description": "Build", "hours": 100, "rate": 300},
		{"kind": "Purchase", "description": "Licences", "quantity": 4, "unit_cost": 2_500},
		{"kind": "Contingency", "percent": 10},
	)

	def test_the_budget_is_the_sum_and_never_comes_from_the_price(self):
		project = make_project(price=90_000, budget_cost=1, estimate=[dict(line) for line in self.LINES])
		assert project.budget_cost == 44_000
		project.price = 200_000
		project.save()
		assert project.budget_cost == 44_000

	def test_sales_never_sees_it(self, as_user):
		seller = make_user("SPM Sales User")
		project = make_project(account_manager=seller, estimate=[dict(line) for line in self.LINES])
		with as_user(seller):
			doc = frappe.get_doc("SPM Project", project.name)
			doc.apply_fieldlevel_read_permissions()
			assert not doc.get("estimate") and not doc.get("budget_cost")
			assert "estimate" not in {i["fieldname"] for i in api.charter_checklist(project.name)["items"]}

	def test_from_the_hours_of_the_tasks(self):
		member = make_user("SPM Delivery Member")
		project = make_project(
			team=[{"user": member, "project_role": "Engineer"}],
			estimate=[
				{"kind": "Labour", "project_role": "Engineer", "hours": 1, "rate": 250},
				{"kind": "Travel", "quantity": 2, "unit_cost": 500},
			],
		)
		for hours in (10, 14):
			make_task(project.name, assigned_to=member, estimate_hours=hours)
		answer = api.estimate_from_tasks(project.name)
		assert answer["budget_cost"] == 24 * 250 + 1_000

	def test_a_deal_brings_its_number_as_the_only_line(self):
		deal = make_won_opportunity(estimated_cost=3_000)
		name = api.initiate(deal.name, make_template().name, make_manager())["project"]
		project = frappe.get_doc("SPM Project", name)
		assert [(row.kind, row.amount) for row in project.estimate] == [("Other", 3_000)]


class TestTemplates:
	def template(self, **values):
		return make_template(
			in_working_days=1,
			roles=[{"project_role": "Project Manager", "is_manager": 1}, {"project_role": "Engineer"}],
			tasks=[
				{"subject": "Whole", "milestone_title": "Design"},
				{
					"subject": "First",
					"milestone_title": "Design",
					"parent_row": 1,
					"duration_days": 5,
					"project_role": "Engineer",
					"estimate_hours": 20,
					"checklist": "One\nTwo",
				},
				{
					"subject": "Second",
					"milestone_title": "Design",
					"parent_row": 1,
					"start_offset_days": 7,
					"duration_days": 3,
					"depends_on": "2SS+2",
				},
			],
			milestones=[
				{"title": "Design", "offset_days": 10, "criteria": "Good\nFast", "deliverables": "Paper"}
			],
			**values,
		)

	def test_tree_links_roles_and_working_days(self):
		engineer, manager = make_user("SPM Delivery Member"), make_manager()
		deal = make_won_opportunity()
		monday = getdate("2026-06-01")
		template = self.template()
		shown = api.preview(deal.name, template.name, manager, monday)
		name = api.initiate(deal.name, template.name, manager, monday, people={"Engineer": engineer})[
			"project"
		]
		whole, first, second = frappe.get_all("SPM Task", {"project": name}, ["*"], order_by="sort_order")
		assert (first.parent_task, second.parent_task, whole.is_summary, whole.weight) == (
			whole.name,
			whole.name,
			1,
			0,
		)
		# Five working days from Monday end on Friday; the seventh working day after is Wednesday of the next week.
		assert (first.planned_start_date, first.planned_end_date) == (monday, add_days(monday, 4))
		assert (second.planned_start_date, second.planned_end_date) == (
			add_days(monday, 9),
			add_days(monday, 11),
		)
		assert (whole.planned_start_date, whole.planned_end_date) == (monday, add_days(monday, 11))
		assert first.assigned_to == engineer
		link = frappe.get_doc("SPM Task", second.name).depends_on[0]
		assert (link.task, link.link_type, link.lag_days) == (first.name, "SS", 2)
		assert [row.text for row in frappe.get_doc("SPM Task", first.name).checklist] == ["One", "Two"]
		milestone = frappe.get_doc("SPM Milestone", {"project": name})
		assert milestone.planned_date == add_days(monday, 14)
		assert [row.criterion for row in milestone.criteria] == ["Good", "Fast"]
		assert {row.user for row in frappe.get_doc("SPM Project", name).team} == {manager, engineer}
		told = [(row["title"], row["start"], row["end"]) for row in shown["rows"] if row["kind"] == "task"]
		assert told == [(t.subject, t.planned_start_date, t.planned_end_date) for t in (whole, first, second)]

	def test_a_project_becomes_a_template_of_the_same_plan(self):
		manager = make_manager()
		start = getdate("2026-06-01")
		first = api.initiate(make_won_opportunity().name, self.template().name, manager, start)["project"]
		made = api.save_as_template(first, unique("Copy "))
		assert (made["tasks"], made["milestones"]) == (3, 1)
		second = api.initiate(make_won_opportunity().name, made["template"], manager, start)["project"]

		def plan(project):
			fields = ["subject", "planned_start_date", "planned_end_date", "is_summary", "checklist_total"]
			return frappe.get_all(
				"SPM Task", {"project": project}, fields, order_by="sort_order", as_list=True
			)

		assert plan(first) == plan(second)
		with pytest.raises(SPMError):
			api.save_as_template(first, made["template"])

	def test_parts_in_a_circle_are_refused(self):
		with pytest.raises(SPMError):
			make_template(
				tasks=[{"subject": "A", "parent_row": 2}, {"subject": "B", "parent_row": 1}], milestones=[]
			)

	def test_the_type_chooses_the_template(self):
		template = self.template()
		kind = make("SPM Project Type", type_name=unique("T "), default_template=template.name)
		name = api.initiate(make_won_opportunity().name, None, make_manager(), project_type=kind.name)[
			"project"
		]
		project = frappe.get_doc("SPM Project", name)
		assert (project.template, project.project_type) == (template.name, kind.name)

	def test_bank_projects_stand_on_both_sides_of_initiation(self):
		"""L-08: milestones before winning hang on the deal, and are the first phases of the project."""
		deal = make_opportunity()
		template = make_template(**{**seed_start.TEMPLATES[0], "template_name": unique("Bank ")})
		bid.apply_template(deal.name, template.bid_template)
		before = frappe.get_all("SPM Task", {"opportunity": deal.name, "is_milestone": 1}, pluck="phase")
		assert len(before) == 3
		frappe.db.set_value("SPM Opportunity", deal.name, "status", "Won")
		name = api.initiate(deal.name, template.name, make_manager())["project"]
		phases = {row.phase_name for row in frappe.get_doc("SPM Project", name).phases}
		assert set(before) <= phases
		assert frappe.db.count("SPM Task", {"project": name, "bid_task": 1, "is_milestone": 1}) == 3
		assert frappe.db.count("SPM Milestone", {"project": name}) == 5
