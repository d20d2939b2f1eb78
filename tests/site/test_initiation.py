"""Initiation: a won opportunity becomes one project, with everything it brings."""

import frappe
import pytest
from frappe.utils import add_days, getdate

from sales_crm_pm.api.v1 import project as api
from sales_crm_pm.exceptions import DependencyCycleError, NotWonError, SPMError
from tests.factories import (
	make_contact,
	make_customer,
	make_opportunity,
	make_user,
	make_won_opportunity,
	unique,
)
from tests.factories_delivery import make_manager, make_task, make_template


@pytest.fixture
def manager():
	return make_manager()


def test_nothing_is_typed_twice(manager):
	customer = make_customer()
	contact = make_contact(customer.name)
	deal = make_won_opportunity(
		customer=customer.name,
		amount=5000,
		contract_no="C-1",
		contract_signed_date=getdate(),
		scope="Ten machines",
		requirement="<p>Fast</p>",
		estimated_cost=3000,
		contacts=[{"contact": contact.name, "buying_role": "Decision Maker"}],
	)
	template = make_template(phases=[{"phase_name": "Go"}])
	result = api.initiate(deal.name, template.name, manager, getdate())
	assert result["created"] is True
	project = frappe.get_doc("SPM Project", result["project"])
	assert project.status == "Draft"
	assert (project.customer, project.opportunity, project.deal_chain) == (
		customer.name,
		deal.name,
		deal.deal_chain,
	)
	assert (project.price, project.contract_no, project.scope) == (5000, "C-1", "Ten machines")
	assert (project.budget_cost, project.planned_margin) == (3000, 2000)
	assert (project.project_manager, project.account_manager) == (manager, deal.opportunity_owner)
	assert project.planned_end_date == add_days(getdate(), 30)
	assert [(c.contact, c.contact_role) for c in project.contacts] == [(contact.name, "Decision Maker")]
	assert [p.phase_name for p in project.phases] == ["Go"]

	milestones = frappe.get_all("SPM Milestone", {"project": project.name}, ["*"], order_by="sequence")
	assert [(m.title, m.planned_date, m.weight) for m in milestones] == [
		("Design", add_days(getdate(), 10), 1),
		("Build", add_days(getdate(), 30), 3),
	]
	assert {(m.status, m.workflow_state, m.customer, m.deal_chain) for m in milestones} == {
		("Planned", "Planned", customer.name, deal.deal_chain)
	}
	tasks = frappe.get_all("SPM Task", {"project": project.name}, ["*"], order_by="planned_start_date")
	assert [(t.subject, (t.planned_end_date - t.planned_start_date).days + 1, t.milestone) for t in tasks] == [
		("Draw", 5, milestones[0].name),
		("Code", 10, milestones[1].name),
		("Test", 5, milestones[1].name),
	]
	assert [t.depends_on_tasks for t in tasks] == ["", tasks[0].name, tasks[1].name]
	shown = frappe.get_doc("SPM Opportunity", deal.name)
	assert (shown.project, shown.project_status, shown.next_milestone) == (
		project.name,
		"Draft",
		milestones[0].name,
	)


def test_asking_again_finds_the_same_project(manager):
	deal = make_won_opportunity()
	first = api.initiate(deal.name, project_manager=manager)
	again = api.initiate(deal.name, project_manager=manager)
	assert again == {"project": first["project"], "created": False}
	assert frappe.db.count("SPM Project", {"opportunity": deal.name}) == 1


def test_a_large_template_takes_few_statements_and_is_as_valid(manager, assert_query_count):
	rows = 120
	template = make_template(
		milestones=[
			{"title": f"M {n}", "offset_days": n, "weight": 1, "deliverables": "A\nB"} for n in range(20)
		],
		tasks=[
			{
				"subject": f"T {n}",
				"milestone_title": f"M {n % 20}",
				"depends_on": str(n) if n else "",
				"duration_days": 2,
			}
			for n in range(rows)
		],
	)
	api.initiate(make_won_opportunity().name, template.name, manager)
	deal = make_won_opportunity()
	with assert_query_count(150):
		name = api.initiate(deal.name, template.name, manager)["project"]
	tasks = frappe.get_all("SPM Task", {"project": name}, pluck="name", order_by="name")
	assert len(tasks) == rows
	assert frappe.db.count("SPM Task Dependency", {"parent": ["in", tasks]}) == rows - 1
	assert (
		frappe.db.count("SPM Milestone Deliverable", {"parent": ["like", "MS-%"], "deliverable": "A"}) >= 40
	)
	# Saving one as the desk would changes nothing but its time stamps.
	doc = frappe.get_doc("SPM Task", tasks[5])
	before = {k: v for k, v in doc.as_dict().items() if not k.startswith("modified")}
	doc.save()
	after = {
		k: v
		for k, v in frappe.get_doc("SPM Task", tasks[5]).as_dict().items()
		if not k.startswith("modified")
	}
	for values in (before, after):
		for row in values["depends_on"]:
			row.pop("modified", None)
			row.pop("modified_by", None)
	assert after == before
	# The next single record goes on where the block ended.
	assert make_task(name).name > tasks[-1]


def test_pre_sales_tasks_and_files_come_along(manager):
	deal = make_won_opportunity()
	open_task, done = make_task(opportunity=deal.name), make_task(opportunity=deal.name, status="Completed")
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"{unique('offer')}.txt",
			"content": "offer",
			"is_private": 1,
			"attached_to_doctype": "SPM Opportunity",
			"attached_to_name": deal.name,
		}
	).insert()
	name = api.initiate(deal.name, project_manager=manager)["project"]
	assert frappe.db.get_value("SPM Task", open_task.name, ["project", "phase"]) == (name, "Pre-sales")
	# What was done before winning comes along as well: the project shows the whole bid as its phase 0.
	assert frappe.db.get_value("SPM Task", done.name, ["project", "bid_task"]) == (name, 1)
	assert frappe.get_all("File", {"attached_to_name": name}, pluck="file_url") == [file.file_url]


def test_only_a_won_opportunity():
	with pytest.raises(NotWonError):
		api.initiate(make_opportunity().name, project_manager=make_manager())


def test_who_may(as_user, manager):
	seller, colleague = make_user("SPM Sales User"), make_user("SPM Sales User")
	deal = make_won_opportunity(opportunity_owner=seller)
	with as_user(colleague), pytest.raises(frappe.PermissionError):
		api.initiate(deal.name, project_manager=manager)
	with as_user(seller):
		assert api.initiate(deal.name, project_manager=manager)["created"] is True


def test_somebody_must_manage_it(as_user, manager):
	seller = make_user("SPM Sales User")
	deal = make_won_opportunity(opportunity_owner=seller)
	with as_user(seller):
		with pytest.raises(SPMError, match="Name the project manager"):
			api.initiate(deal.name)
		with pytest.raises(SPMError, match="cannot manage"):
			api.initiate(deal.name, project_manager=seller)
	frappe.db.set_single_value("SPM Settings", "default_project_manager", manager)
	frappe.clear_document_cache("SPM Settings", "SPM Settings")
	with as_user(seller):
		name = api.initiate(deal.name)["project"]
	assert frappe.db.get_value("SPM Project", name, "project_manager") == manager


def test_without_approval_it_is_approved_at_once(as_user, manager):
	frappe.db.set_single_value("SPM Settings", "require_project_approval", 0)
	frappe.clear_document_cache("SPM Settings", "SPM Settings")
	seller = make_user("SPM Sales User")
	deal = make_won_opportunity(opportunity_owner=seller)
	with as_user(seller):
		name = api.initiate(deal.name, make_template().name, manager)["project"]
	project = frappe.get_doc("SPM Project", name)
	assert (project.status, project.workflow_state) == ("Approved", "Approved")
	assert project.baseline_end_date == project.planned_end_date
	assert not frappe.get_all("SPM Milestone", {"project": name, "baseline_date": ["is", "not set"]})


def test_unknown_opportunity():
	with pytest.raises(frappe.DoesNotExistError):
		api.initiate("no such")


class TestTemplate:
	def test_rows_must_name_what_exists(self):
		with pytest.raises(SPMError, match="no milestone"):
			make_template(tasks=[{"subject": "x", "milestone_title": "Nowhere"}])
		with pytest.raises(SPMError, match="row number"):
			make_template(tasks=[{"subject": "x", "depends_on": "7"}])
		with pytest.raises(DependencyCycleError):
			make_template(tasks=[{"subject": "x", "depends_on": "2"}, {"subject": "y", "depends_on": "1"}])

	def test_one_default(self):
		first, second = make_template(is_default=1), make_template(is_default=1)
		assert frappe.db.get_value("SPM Project Template", first.name, "is_default") == 0
		assert frappe.db.get_value("SPM Project Template", second.name, "is_default") == 1

	def test_a_disabled_one_cannot_be_chosen(self, manager):
		template = make_template(disabled=1)
		with pytest.raises(SPMError, match="disabled"):
			api.initiate(make_won_opportunity().name, template.name, manager)


def test_a_shipped_template_speaks_the_customers_language(manager):
	"""The customer reads milestones on the portal, whatever the language of who starts the project."""
	customer = make_customer(language="zh")
	deal = make_won_opportunity(customer=customer.name)
	project = api.initiate(deal.name, "Standard Delivery", manager)["project"]
	titles = frappe.get_all("SPM Milestone", {"project": project}, order_by="sequence", pluck="title")
	assert titles == ["项目启动会召开", "团队与计划确认", "首版交付", "最终验收"]
	first = frappe.get_all("SPM Task", {"project": project}, order_by="planned_start_date", pluck="subject")[0]
	assert first == "阅读交接资料并澄清问题"
