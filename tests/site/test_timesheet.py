"""Hours: entering, handing in, approving, and what projects and tasks cost by them."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, flt, getdate, today

from sales_crm_pm.api.v1 import timesheet as api
from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import costs, timesheet_approval, timesheet_reminder, timesheets, transitions
from sales_crm_pm.sales_crm_pm.report.spm_missing_timesheets.spm_missing_timesheets import execute
from tests.factories import make, make_opportunity, make_user
from tests.factories_delivery import make_task
from tests.factories_time import (
	last_week,
	make_activity,
	make_booked_project,
	make_cost,
	make_member,
	make_rate,
	make_sheet,
)
from tests.support.queries import counted_queries

SHEET, LINE, PROJECT = "SPM Timesheet", "SPM Timesheet Line", "SPM Project"


@pytest.fixture
def world(site):
	manager, member = make_user("SPM Project Manager"), make_member()
	project = make_booked_project(manager, {"user": member, "project_role": "Engineer"})
	task = make_task(project=project.name, assigned_to=member)
	make_rate(user=member, cost_rate=150, billing_rate=400)
	return frappe._dict(manager=manager, member=member, project=project.name, task=task.name)


def status(sheet) -> str:
	return frappe.db.get_value(SHEET, sheet.name, "status")


def test_approved_hours_cost_their_frozen_rate_on_project_and_task(world, as_user):
	sheet = make_sheet(
		world.member,
		{"project": world.project, "task": world.task, "hours": 6},
		{"project": world.project, "hours": 1.5, "billable": 0},
		submit=True,
	)
	assert sheet.total_hours == 7.5 and sheet.billable_hours == 6
	assert not frappe.db.get_value(PROJECT, world.project, "actual_cost"), "only approved hours cost"
	with as_user(world.manager):
		answer = timesheet_approval.approve([sheet.name])
	assert answer["approved"] == [sheet.name] and answer["lines"] == 2
	lines = frappe.get_all(
		LINE,
		filters={"parent": sheet.name},
		fields=["cost_rate", "cost_amount", "billing_amount", "project_role", "status", "approved_by"],
		order_by="idx",
	)
	assert [(row.cost_amount, row.billing_amount) for row in lines] == [(900, 2400), (225, 0)]
	assert {(row.status, row.approved_by, row.project_role) for row in lines} == {
		("Approved", world.manager, "Engineer")
	}
	project = frappe.get_doc(PROJECT, world.project)
	assert (project.actual_cost, project.labour_cost, project.actual_hours) == (1125, 1125, 7.5)
	assert frappe.db.get_value("SPM Task", world.task, ["actual_hours", "actual_cost"]) == (6, 900)
	# A later change of the rate card changes nothing that has been approved.
	frappe.db.set_value("SPM Rate", {"user": world.member}, "cost_rate", 999)
	costs.recompute([world.project])
	assert frappe.db.get_value(PROJECT, world.project, "actual_cost") == 1125
	# Neither does saving the project with other numbers.
	project.update({"actual_cost": 1, "labour_cost": 1})
	project.save()
	assert frappe.db.get_value(PROJECT, world.project, ["actual_cost", "labour_cost"]) == (1125, 1125)
	# Reopened, the hours cost nothing until they are approved again.
	with as_user(make_user("SPM Executive")):
		transitions.move(frappe.get_doc(SHEET, sheet.name), "Draft")
	assert frappe.db.get_value(PROJECT, world.project, "actual_cost") == 0
	assert frappe.db.get_value("SPM Task", world.task, ["actual_hours", "actual_cost"]) == (0, 0)


def test_the_form_and_the_list_approve_alike(world, as_user):
	line = {"project": world.project, "task": world.task, "hours": 7.25}
	by_form = make_sheet(world.member, line, submit=True)
	by_list = make_sheet(world.member, line, submit=True, start=add_days(last_week(), -7))
	with as_user(world.manager):
		transitions.move(frappe.get_doc(SHEET, by_form.name), "Approved")
		timesheet_approval.approve([by_list.name])
	fields = ["status", "project_role", "cost_rate", "cost_amount", "billing_rate", "billing_amount"]
	one, other = (
		frappe.get_all(LINE, filters={"parent": name}, fields=fields) for name in (by_form.name, by_list.name)
	)
	assert one == other
	heads = [
		frappe.db.get_value(
			SHEET, name, ["status", "workflow_state", "approved_hours", "approved_by"], as_dict=True
		)
		for name in (by_form.name, by_list.name)
	]
	assert heads[0] == heads[1]
	assert frappe.db.get_value(PROJECT, world.project, "actual_hours") == 14.5


def test_each_manager_decides_about_his_projects(world, as_user):
	other_manager = make_user("SPM Project Manager")
	other = make_booked_project(other_manager, world.member)
	sheet = make_sheet(
		world.member,
		{"project": world.project},
		{"project": other.name, "work_date": add_days(last_week(), 1), "description": "secret work"},
		submit=True,
	)
	with as_user(other_manager):
		# The manager of one project learns nothing about the other one.
		seen = frappe.get_doc(SHEET, sheet.name).as_dict()
		assert [row.project for row in seen.lines] == [other.name] and seen.total_hours == 8
		assert timesheets.pending()["hours"] == 8
		assert timesheet_approval.approve([sheet.name]) == {
			"approved": [],
			"waiting": [sheet.name],
			"lines": 1,
			"hours": 8,
		}
		with pytest.raises(SPMError, match="None of these hours"):
			timesheet_approval.approve([sheet.name])
	assert status(sheet) == "Submitted"
	with as_user(world.manager):
		assert "secret work" not in frappe.as_json(frappe.get_doc(SHEET, sheet.name))
		with pytest.raises(SPMError, match="Say why"):
			timesheet_approval.reject([sheet.name], " ")
		timesheet_approval.reject([sheet.name], "Wrong project")
	doc = frappe.get_doc(SHEET, sheet.name)
	assert (doc.status, doc.rejection_reason) == ("Rejected", "Wrong project")
	assert [line.status for line in doc.lines] == ["Rejected", "Approved"]
	# What is approved stays; the rest is corrected and handed in again.
	with as_user(world.member):
		page = timesheets.week(last_week())
		assert page["sheet"]["rejection_reason"] == "Wrong project"
		for row in page["rows"]:
			for cell in row["cells"].values():
				cell["hours"] = 4
		timesheets.save_week(last_week(), page["rows"])
		timesheets.submit(last_week())
	doc.reload()
	assert [(line.hours, line.status) for line in sorted(doc.lines, key=lambda row: row.hours)] == [
		(4, "Submitted"),
		(8, "Approved"),
	]
	with as_user(world.manager):
		timesheet_approval.approve([sheet.name])
	assert status(sheet) == "Approved"
	with as_user(world.member), pytest.raises(SPMError, match="approved"):
		timesheets.save_week(last_week(), [])


def test_nobody_approves_their_own_hours_unless_the_workflow_says_so(world, as_user):
	sheet = make_sheet(world.manager, {"project": world.project}, submit=True)
	with as_user(world.manager):
		for attempt in (
			lambda: timesheet_approval.approve([sheet.name]),
			lambda: transitions.move(frappe.get_doc(SHEET, sheet.name), "Approved"),
		):
			with pytest.raises(transitions.TransitionError):
				attempt()
	assert status(sheet) == "Submitted"
	flow = frappe.get_doc("Workflow", "SPM Timesheet Flow")
	for step in flow.transitions:
		step.allow_self_approval = 1
	flow.save()
	with as_user(world.manager):
		assert timesheet_approval.approve([sheet.name])["approved"] == [sheet.name]
	# A member has no such step at all, not even for others.
	another = make_sheet(make_member(), {"activity_type": make_activity()}, submit=True)
	with as_user(world.member), pytest.raises((SPMError, frappe.PermissionError)):
		timesheet_approval.approve([another.name])


def test_statements_do_not_grow_with_the_hours(world, as_user):
	members = [world.member, make_member(), make_member()]
	project = frappe.get_doc(PROJECT, world.project)
	for user in members[1:]:
		project.append("team", {"user": user})
	project.save()
	day = {"project": world.project, "hours": 4}
	few = [make_sheet(members[0], day, submit=True).name]
	many = [
		make_sheet(
			user,
			*[{**day, "work_date": add_days(start, number % 5)} for number in range(10)],
			submit=True,
			start=start,
		).name
		for user in members
		for start in (add_days(last_week(), -7), add_days(last_week(), -14))
	]
	with as_user(world.manager):
		with counted_queries() as first:
			timesheet_approval.approve(few)
		with counted_queries(limit=len(first) + 1) as second:
			timesheet_approval.approve(many)
		assert len(second) <= 40
	assert frappe.db.get_value(PROJECT, world.project, "actual_hours") == 4 + 60 * 4


@pytest.mark.parametrize("state", ["Draft", "Pending Approval", "Closed", "Cancelled"])
def test_a_project_that_does_not_run_refuses_hours_and_costs(world, state):
	sheet = make_sheet(world.member, {"project": world.project})
	frappe.db.set_value(PROJECT, world.project, "status", state)
	for attempt in (
		lambda: make_sheet(world.member, {"project": world.project}, start=add_days(last_week(), -7)),
		lambda: transitions.move(sheet, "Submitted"),
		lambda: make_cost(world.project),
	):
		with pytest.raises(SPMError, match=r"takes no"):
			attempt()


def test_what_a_line_must_obey(world, as_user):
	start = last_week()
	hidden = make_booked_project(make_user("SPM Project Manager"))
	foreign_task = make_task(project=hidden.name)
	deal = make_opportunity()

	def refused(error, match, *lines):
		with pytest.raises(error, match=match):
			make_sheet(world.member, *lines)

	here = {"project": world.project}
	refused(SPMError, "24", {**here, "hours": 16}, {**here, "hours": 9})
	refused(SPMError, "more than 0", {**here, "hours": 0})
	refused(SPMError, "not in the week", {**here, "work_date": add_days(start, 7)})
	refused(SPMError, "another project", {**here, "task": foreign_task.name})
	refused(SPMError, "at least an activity", {})
	refused(frappe.PermissionError, "no access", {"project": hidden.name})
	refused(frappe.PermissionError, "no access", {"opportunity": deal.name})
	with pytest.raises(SPMError, match="still to come"):
		make_sheet(world.member, {**here, "work_date": add_days(today(), 8)}, start=add_days(today(), 8))
	frappe.db.set_single_value("SPM Settings", "costs_closed_until", start)
	frappe.clear_document_cache("SPM Settings", "SPM Settings")
	refused(SPMError, "books are closed", here)
	with pytest.raises(SPMError, match="books are closed"):
		make_cost(world.project, entry_date=start)
	frappe.db.set_single_value("SPM Settings", "costs_closed_until", None)
	frappe.clear_document_cache("SPM Settings", "SPM Settings")
	sheet = make_sheet(world.member, {"task": world.task, "work_date": start})
	assert sheet.lines[0].project == world.project, "the task says which project it is"
	refused(SPMError, "already", here)
	with as_user(world.member), pytest.raises(frappe.PermissionError):
		line = {"work_date": start, "hours": 1, **here}
		frappe.get_doc(
			{"doctype": SHEET, "user": world.manager, "week_start": start, "lines": [line]}
		).insert()
	# Nobody writes the approval or the money of their own lines.
	with as_user(world.member):
		doc = frappe.get_doc(SHEET, sheet.name)
		doc.lines[0].update({"status": "Approved", "cost_rate": 1, "approved_by": world.member})
		doc.save()
	assert frappe.db.get_value(LINE, {"parent": sheet.name}, ["status", "cost_rate", "approved_by"]) == (
		"Draft",
		0,
		None,
	)


def test_the_weekly_page_keeps_what_is_typed(world, as_user):
	start = str(last_week())
	monday, tuesday = start, str(getdate(add_days(start, 1)))
	with as_user(world.member):
		page = api.week(getdate(start))
		assert page["week_start"] == start and not page["rows"] and len(page["days"]) == 7
		assert [item["task"] for item in page["suggestions"]] == [world.task]
		assert sum(day["expected"] for day in page["days"]) == 40
		row = {**page["suggestions"][0], "activity_type": None, "billable": 1}
		row["cells"] = {monday: {"hours": 8}, tuesday: {"hours": 7.5, "description": "Wiring"}}
		with counted_queries(limit=45):
			answer = api.save_week(getdate(start), frappe.as_json([row]))
		assert answer["sheet"]["total_hours"] == 15.5
		stored = answer["rows"][0]["cells"]
		# Saving again keeps the lines and takes out what was emptied.
		row["cells"] = {monday: {**stored[monday], "hours": 0}, tuesday: {**stored[tuesday], "hours": 6}}
		again = api.save_week(getdate(start), [row], answer["sheet"]["modified"])
		assert again["sheet"]["total_hours"] == 6
		assert again["rows"][0]["cells"][tuesday]["name"] == stored[tuesday]["name"]
		with pytest.raises(frappe.TimestampMismatchError):
			api.save_week(getdate(start), [row], "2020-01-01 00:00:00")
		assert api.submit(getdate(start))["sheet"]["status"] == "Submitted"
		assert api.submit(getdate(start))["sheet"]["status"] == "Submitted", "once more is no error"
		with pytest.raises(SPMError, match="handed in"):
			api.save_week(getdate(start), [row])
		assert api.take_back(getdate(start))["sheet"]["status"] == "Draft"
		api.submit(getdate(start))
		with counted_queries(limit=30):
			following = api.week(getdate(add_days(start, 7)))
		assert list(following["last_week"][0]["cells"]) == [str(getdate(add_days(tuesday, 7)))]
	with as_user(world.manager):
		pending = api.pending()
		assert [(row["user"], row["hours"]) for row in pending["rows"]] == [(world.member, 6)]
		assert pending["rows"][0]["lines"][0]["task_subject"]
		api.approve(frappe.as_json([pending["rows"][0]["name"]]))
		assert api.pending()["total"] == 0


def test_who_has_not_handed_in_is_listed_and_reminded_once(world, as_user):
	start = last_week()
	away = make_member()
	project = frappe.get_doc(PROJECT, world.project)
	project.append("team", {"user": away})
	project.save()
	frappe.db.set_value(PROJECT, world.project, "planned_start_date", start)
	make("SPM Absence", user=away, from_date=start, to_date=add_days(start, 6), reason="Leave")
	people = [world.member, world.manager, away]
	names = {row["user"]: row for row in timesheet_reminder.missing(start, people)}
	assert set(names) == {world.member, world.manager}, "who is away all week owes no hours"
	assert names[world.member]["expected"] == 40 and not names[world.member]["status"]
	make_sheet(world.member, {"project": world.project, "hours": 3})
	row = timesheet_reminder.missing(start, [world.member])[0]
	assert (row["entered"], row["status"]) == (3, "Draft")
	assert timesheet_reminder.send(world.member, str(start), today())
	assert not timesheet_reminder.send(world.member, str(start), today()), "one per day is enough"
	with as_user(world.member):
		timesheets.submit(start)
	assert timesheet_reminder.missing(start, [world.member]) == []
	with as_user(world.manager):
		# The people of his teams, of whom nobody is missing; only he himself may be.
		assert {row["user"] for row in execute({"week": start})[1]} <= {world.manager}


def test_an_import_of_hours_obeys_the_same_rules(world, monkeypatch):
	"""The framework's Data Import makes documents as `insert` does: a week with its lines, one row per line."""
	from frappe.core.doctype.data_import.importer import Importer

	start = last_week()
	content = "\n".join(
		[
			"Person,Week Of,Date (Hours),Sales Project (Hours),Hours (Hours),What Was Done (Hours)",
			f"{world.member},{start},{start},{world.project},8,Cabling",
			f",,{add_days(start, 1)},{world.project},7.5,Testing",
		]
	)
	file = make("File", file_name="hours.csv", content=content, is_private=1)
	# The importer commits after each document; here everything goes with the test.
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	importing = make(
		"Data Import", reference_doctype=SHEET, import_type="Insert New Records", import_file=file.file_url
	)
	Importer(SHEET, data_import=importing).import_data()
	sheet = frappe.get_doc(SHEET, {"user": world.member, "week_start": start})
	assert [flt(line.hours) for line in sheet.lines] == [8, 7.5]
	assert (sheet.status, sheet.total_hours) == ("Draft", 15.5)
