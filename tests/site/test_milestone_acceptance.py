"""Milestones: reasons of delays, taking an acceptance back, payments with it, and what the reports say."""

import frappe
import pytest
from frappe.utils import add_days, getdate

from sales_crm_pm.api.v1 import milestone as api
from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import milestone as loop
from sales_crm_pm.loop import receipts
from sales_crm_pm.rules.punctuality import Due, measure
from sales_crm_pm.sales_crm_pm.report.spm_acceptance import spm_acceptance
from sales_crm_pm.sales_crm_pm.report.spm_milestone_punctuality import spm_milestone_punctuality
from tests.factories import make_user
from tests.factories_contract import make_contract
from tests.factories_delivery import accept, make_manager, make_milestone, make_project, make_running_project


def setting(**values):
	frappe.db.set_single_value("SPM Settings", values)
	frappe.clear_document_cache("SPM Settings", "SPM Settings")


@pytest.fixture
def late():
	"""A running project's milestone whose promised day was five days ago."""
	_project, milestones = make_running_project((1,))
	name = milestones[0].name
	frappe.db.set_value("SPM Milestone", name, "baseline_date", add_days(getdate(), -5))
	setting(delay_reason_required=1, delay_tolerance_days=0)
	return name


class TestDelays:
	def test_accepting_late_asks_why(self, late):
		api.submit(late)
		with pytest.raises(SPMError):
			api.accept(late)
		api.accept(late, delay_reason="Supplier", delay_note="Server came late")
		doc = frappe.get_doc("SPM Milestone", late)
		assert (doc.status, doc.delay_reason, doc.delay_note) == ("Accepted", "Supplier", "Server came late")
		assert (doc.slip_days, doc.acceptance_source) == (5, "Staff")

	def test_a_forecast_past_the_promise_asks_why(self, late):
		doc = frappe.get_doc("SPM Milestone", late)
		doc.forecast_date = add_days(getdate(), 3)
		with pytest.raises(SPMError):
			doc.save()
		doc.reload()
		doc.update({"forecast_date": add_days(getdate(), 3), "delay_reason": "Scope"})
		doc.save()

	def test_within_the_tolerance_nobody_is_asked(self, late):
		setting(delay_tolerance_days=5)
		api.submit(late)
		assert api.accept(late)["status"] == "Accepted"

	def test_the_setting_switches_it_off(self, late):
		setting(delay_reason_required=0)
		api.submit(late)
		assert api.accept(late)["status"] == "Accepted"


class TestChecklists:
	def test_deliverables_and_criteria_only_where_wanted(self):
		_project, milestones = make_running_project((1,))
		doc = frappe.get_doc("SPM Milestone", milestones[0].name)
		doc.append("deliverables", {"deliverable": "Handbook"})
		doc.append("criteria", {"criterion": "Fast"})
		doc.save()
		setting(acceptance_needs_deliverables=1, acceptance_needs_criteria=1)
		with pytest.raises(SPMError, match="Handbook"):
			api.submit(doc.name)
		doc.reload()
		doc.deliverables[0].is_delivered = 1
		doc.save()
		api.submit(doc.name)
		with pytest.raises(SPMError, match="Fast"):
			api.accept(doc.name)
		doc.reload()
		doc.criteria[0].is_met = 1
		doc.save()
		assert api.accept(doc.name)["status"] == "Accepted"
		setting(acceptance_needs_deliverables=0, acceptance_needs_criteria=0)


class TestTakingBack:
	def test_the_milestone_goes_on_and_the_project_with_it(self):
		project, milestones = make_running_project((1, 3))
		accept(milestones[1].name)
		assert frappe.db.get_value("SPM Project", project.name, "percent_complete") == 75
		answer = api.reopen(milestones[1].name, "Signed by mistake")
		assert answer["status"] == "In Progress"
		doc = frappe.get_doc("SPM Milestone", milestones[1].name)
		assert (doc.actual_date, doc.accepted_on, doc.submitted_on) == (None, None, None)
		assert frappe.db.get_value("SPM Project", project.name, "percent_complete") == 0
		with pytest.raises(SPMError):
			api.reopen(milestones[1].name, "Again")

	def test_it_needs_a_reason_and_the_right(self, as_user):
		_project, milestones = make_running_project((1,))
		accept(milestones[0].name)
		with pytest.raises(SPMError):
			api.reopen(milestones[0].name, " ")
		with as_user(make_user("SPM Sales User")), pytest.raises(frappe.PermissionError):
			api.reopen(milestones[0].name, "No")

	def test_a_released_payment_waits_again_unless_it_was_settled(self):
		project, milestones = make_running_project((1, 1))
		contract = make_contract(
			[
				{"title": "A", "percent": 50, "trigger_type": "Milestone", "milestone": milestones[0].name},
				{"title": "B", "percent": 50, "trigger_type": "Milestone", "milestone": milestones[1].name},
			],
			customer=project.customer,
			projects=[{"project": project.name}],
		)
		for milestone in milestones:
			accept(milestone.name)
		payments = {
			row.title: row
			for row in frappe.get_all("SPM Payment", {"contract": contract.name}, ["title", "name", "status"])
		}
		assert payments["A"].status != "Not Due"
		api.reopen(milestones[0].name, "Not complete")
		assert frappe.db.get_value("SPM Payment", payments["A"].name, "status") == "Not Due"
		receipts.invoice(payments["B"].name, "INV-1", getdate())
		with pytest.raises(SPMError, match="B"):
			api.reopen(milestones[1].name, "Not complete")
		assert frappe.db.get_value("SPM Milestone", milestones[1].name, "status") == "Accepted"


def test_accepting_costs_the_same_however_large_the_project(assert_query_count, live_mode):
	counts = []
	for size in (2, 40):
		_project, milestones = make_running_project((1,) * size)
		names = [m.name for m in milestones[:2]]
		for name in names:
			api.submit(name)
		api.accept(names[0])
		with assert_query_count(40) as queries:
			api.accept(names[1])
		counts.append(len(queries))
	# 38 milestones more: the roll-up writes all that moved with one statement.
	assert counts[1] <= counts[0] + 1


def test_both_teams_hear_of_it(monkeypatch):
	seller, manager = make_user("SPM Sales User"), make_manager()
	project = make_project(account_manager=seller, project_manager=manager)
	milestone = make_milestone(project.name)
	told = []
	monkeypatch.setattr(
		"sales_crm_pm.loop.notices.send", lambda people, *args: told.append((set(people), args[-1]("en")))
	)
	for event in ("Submitted", "Accepted", "Rejected", "Reopened", "Forecast"):
		loop.tell(milestone.name, event, manager)
	assert all(seller in people and manager not in people for people, _sentence in told)
	assert len({sentence for _people, sentence in told}) == 5


class TestReports:
	def test_eight_of_ten_are_eighty_percent(self):
		day = getdate("2026-06-30")
		due = [Due(day, day)] * 7 + [Due(day, add_days(day, -3)), Due(day, add_days(day, 10)), Due(day, None)]
		figures = measure(due, add_days(day, 10))
		assert (figures.due, figures.on_time, figures.on_time_rate, figures.delay_rate) == (10, 8, 80.0, 20.0)
		assert figures.average_delay == 2.0
		assert measure([], day).on_time_rate is None

	def test_punctuality_of_a_project(self):
		project, milestones = make_running_project((1,) * 10)
		yesterday = add_days(getdate(), -1)
		for number, milestone in enumerate(milestones):
			values = {"baseline_date": yesterday}
			if number < 9:
				values |= {"status": "Accepted", "actual_date": yesterday if number < 8 else getdate()}
			if number == 8:
				values["delay_reason"] = "Customer"
			frappe.db.set_value("SPM Milestone", milestone.name, values)
		_columns, rows, _message, chart, summary = spm_milestone_punctuality.execute(
			{"project": project.name}
		)
		assert len(rows) == 10
		assert [entry["value"] for entry in summary] == [10, 8, 80.0, 0.2]
		assert sorted(chart["data"]["datasets"][0]["values"]) == [1, 1]
		late = spm_milestone_punctuality.execute({"project": project.name, "late_only": 1})[1]
		assert len(late) == 2

	def test_a_stranger_sees_nothing(self, as_user):
		project, milestones = make_running_project((1,))
		frappe.db.set_value("SPM Milestone", milestones[0].name, "baseline_date", add_days(getdate(), -1))
		with as_user(make_user("SPM Sales User")):
			assert spm_milestone_punctuality.execute({"project": project.name})[1] == []
			assert spm_acceptance.execute({"project": project.name})[1] == []

	def test_rejections_and_days_to_accept(self):
		project, milestones = make_running_project((1, 1))
		first, second = (m.name for m in milestones)
		for name in (first, second):
			api.submit(name)
		api.reject(second, "Too slow")
		doc = frappe.get_doc("SPM Milestone", second)
		doc.status = "In Progress"
		doc.save()
		api.submit(second)
		for name in (first, second):
			api.accept(name)
		for name, day in ((first, "2026-06-01"), (second, "2026-06-05")):
			values = {"submitted_on": f"{day} 10:00:00", "accepted_on": "2026-06-05 12:00:00"}
			frappe.db.set_value("SPM Milestone", name, values)
		_columns, rows, _message, _chart, summary = spm_acceptance.execute(
			{"project": project.name, "from_date": "2026-06-01", "to_date": "2026-06-30"}
		)
		assert {row.milestone: row.rejection_count for row in rows} == {first: 0, second: 1}
		assert [entry["value"] for entry in summary] == [2, 2, 50.0, 1, 2]
