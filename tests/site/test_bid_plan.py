"""The work before winning: templates, the plan on the deal, phase 0 of the project, bond with its reminder."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, getdate, today

from sales_crm_pm.api.v1 import bid as api
from sales_crm_pm.api.v1 import project as project_api
from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.setup import seed_board
from tests.factories import make, make_customer, make_opportunity, make_user, make_won_opportunity, unique

ROWS = [
	{"subject": "Read the tender", "start_offset_days": 0, "duration_days": 3},
	{"subject": "Bid or no bid", "start_offset_days": 3, "is_milestone": 1, "depends_on": "1"},
	{"subject": "Write the offer", "start_offset_days": 4, "duration_days": 10, "depends_on": "1, 2"},
]


@pytest.fixture
def template():
	return make("SPM Bid Template", template_name=unique("Bid "), rows=ROWS).name


class TestTemplates:
	@pytest.mark.parametrize("waits", ["3", "2", "x", "9"])
	def test_rows_wait_for_earlier_rows_only(self, waits):
		rows = [dict(row) for row in ROWS]
		rows[1]["depends_on"] = waits
		with pytest.raises(SPMError, match="Row 2"):
			make("SPM Bid Template", template_name=unique(), rows=rows)

	def test_the_plan_has_dates_owner_and_order(self, template, as_user):
		owner = make_user("SPM Sales User")
		deal = make_opportunity(opportunity_owner=owner)
		start = add_days(today(), 2)
		with as_user(owner):
			made = api.apply_template(deal.name, template, start)["tasks"]
			plan = api.plan(deal.name)
		assert [row.name for row in plan["rows"]] == made
		first, second, third = plan["rows"]
		assert (first.planned_start_date, first.planned_end_date) == (
			getdate(start),
			getdate(add_days(start, 2)),
		)
		assert (second.is_milestone, second.planned_start_date) == (1, second.planned_end_date)
		assert third.depends_on_tasks == f"{first.name},{second.name}"
		assert {row.assigned_to for row in plan["rows"]} == {owner}
		assert plan["writable"] is True and plan["people"][owner].full_name

	def test_twice_is_told_and_not_done(self, template):
		deal = make_opportunity()
		api.apply_template(deal.name, template)
		with pytest.raises(SPMError, match="already"):
			api.apply_template(deal.name, template)
		assert frappe.db.count("SPM Task", {"opportunity": deal.name}) == 3

	def test_not_for_a_closed_deal_nor_from_a_disabled_template(self, template):
		with pytest.raises(SPMError, match="closed"):
			api.apply_template(make_won_opportunity().name, template)
		frappe.db.set_value("SPM Bid Template", template, "disabled", 1)
		frappe.clear_document_cache("SPM Bid Template", template)
		with pytest.raises(SPMError, match="disabled"):
			api.apply_template(make_opportunity().name, template)

	def test_who_may_not_write_the_deal_may_not_plan_it(self, template, as_user):
		deal = make_opportunity()
		with as_user(make_user("SPM Executive")):
			assert api.plan(deal.name)["writable"] is False
			with pytest.raises(frappe.PermissionError):
				api.apply_template(deal.name, template)
		with as_user(make_user("SPM Sales User")), pytest.raises(frappe.PermissionError):
			api.plan(deal.name)

	def test_a_large_plan_takes_few_statements(self, assert_query_count):
		rows = [
			{"subject": f"Step {n}", "start_offset_days": n, "depends_on": str(n) if n else ""}
			for n in range(40)
		]
		template = make("SPM Bid Template", template_name=unique(), rows=rows).name
		deal = make_opportunity()
		frappe.get_cached_doc("SPM Bid Template", template)
		with assert_query_count(60):
			api.apply_template(deal.name, template)

	def test_the_shipped_ones_speak_the_owner_s_language(self):
		seed_board.seed()
		owner = make_user("SPM Sales User", language="zh")
		deal = make_opportunity(opportunity_owner=owner)
		api.apply_template(deal.name, "Public Tender")
		assert "编写技术方案" in [row.subject for row in api.plan(deal.name)["rows"]]


class TestPhaseZero:
	@pytest.fixture
	def project(self, template):
		manager = make_user("SPM Project Manager")
		deal = make_opportunity(
			tender_no="T-1",
			bid_bond_amount=500,
			bid_bond_issuer="Bank",
			bid_bond_expiry_date=add_days(today(), 60),
			customer=make_customer().name,
		)
		made = api.apply_template(deal.name, template)["tasks"]
		task = frappe.get_doc("SPM Task", made[0])
		task.status = "Completed"
		task.save()
		deal.reload()
		deal.stage = frappe.db.get_value("SPM Stage", {"pipeline": deal.pipeline, "stage_type": "Won"})
		deal.save()
		self.deal, self.tasks = deal.name, made
		return frappe.get_doc(
			"SPM Project", project_api.initiate(deal.name, project_manager=manager)["project"]
		)

	def test_the_plan_is_the_first_phase(self, project):
		assert project.phases[0].phase_name == "Pre-sales"
		rows = frappe.get_all(
			"SPM Task",
			{"name": ["in", self.tasks]},
			["project", "phase", "bid_task", "is_milestone", "status"],
		)
		assert {(row.project, row.phase, row.bid_task) for row in rows} == {(project.name, "Pre-sales", 1)}
		assert [row.status for row in rows].count("Completed") == 1

	def test_tender_and_bond_come_along(self, project):
		assert (project.tender_no, project.bid_bond_amount, project.bid_bond_issuer) == ("T-1", 500, "Bank")
		assert project.bid_bond_expiry_date == getdate(add_days(today(), 60))

	def test_the_deal_still_shows_its_plan_and_not_the_delivery(self, project):
		make("SPM Task", subject="Install", project=project.name)
		assert [row.name for row in api.plan(self.deal)["rows"]] == self.tasks

	def test_the_bid_is_no_progress_of_the_delivery(self, project):
		project.completion_method = "Task Completion"
		project.save()
		install = make("SPM Task", subject="Install", project=project.name)
		before = frappe.db.get_value("SPM Project", project.name, "percent_complete")
		task = frappe.get_doc("SPM Task", self.tasks[2])
		task.status = "Completed"
		task.save()
		assert frappe.db.get_value("SPM Project", project.name, "percent_complete") == before
		install.reload()
		install.status = "Completed"
		install.save()
		assert frappe.db.get_value("SPM Project", project.name, "percent_complete") > before

	def test_a_deal_without_a_bid_gets_no_phase_for_it(self):
		deal = make_won_opportunity()
		name = project_api.initiate(deal.name, project_manager=make_user("SPM Project Manager"))["project"]
		phases = frappe.get_all("SPM Project Phase", {"parent": name}, pluck="phase_name")
		template = frappe.get_all("SPM Template Phase", pluck="phase_name")
		assert "Pre-sales" not in set(phases) - set(template)


class TestReminders:
	def due(self, name, day_field, **values):
		seed_board.seed()
		owner = make_user("SPM Sales User")
		deal = make_opportunity(opportunity_owner=owner, **values)
		notification = frappe.get_doc("Notification", name)
		documents = {doc.name for doc in notification.get_documents_for_today()}
		return deal, owner, notification, documents

	def test_the_bond_is_remembered_two_weeks_before(self):
		deal, owner, notification, documents = self.due(
			"SPM Bid Bond Expires",
			"bid_bond_expiry_date",
			bid_bond_amount=100,
			bid_bond_expiry_date=add_days(today(), 14),
		)
		assert deal.name in documents
		notification.send(frappe.get_doc("SPM Opportunity", deal.name))
		log = frappe.get_all("Notification Log", {"for_user": owner}, ["subject", "document_name"])
		assert [(row.document_name, deal.title in row.subject) for row in log] == [(deal.name, True)]

	def test_one_that_was_returned_is_not(self):
		deal, _owner, _notification, documents = self.due(
			"SPM Bid Bond Expires",
			"bid_bond_expiry_date",
			bid_bond_amount=100,
			bid_bond_expiry_date=add_days(today(), 14),
			bid_bond_returned_date=today(),
		)
		assert deal.name not in documents

	def test_an_admin_s_change_is_kept(self):
		seed_board.seed()
		notification = frappe.get_doc("Notification", "SPM Bid Bond Expires")
		notification.days_in_advance = 30
		notification.save()
		seed_board.seed()
		assert frappe.db.get_value("Notification", "SPM Bid Bond Expires", "days_in_advance") == 30
