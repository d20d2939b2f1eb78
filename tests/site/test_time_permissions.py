"""Hours, rates and costs by every way: a member sees own hours and no money, sellers and customers see neither."""

from __future__ import annotations

from functools import partial

import frappe
import pytest
from frappe.desk import query_report, reportview
from frappe.desk.form.load import getdoc
from frappe.desk.search import search_link

from sales_crm_pm.api.v1 import cost, timesheet
from sales_crm_pm.loop import timesheet_approval
from tests import permission_world as w
from tests.factories_time import make_cost, make_rate, make_sheet

SHEET, LINE, ENTRY, RATE = "SPM Timesheet", "SPM Timesheet Line", "SPM Cost Entry", "SPM Rate"
MONEY = ("cost_rate", "cost_amount", "billing_rate", "billing_amount")
BLIND = ("seller", "rival", "manager", "marketing", "configurator", "outsider", "portal")
"""Users who see neither hours nor cost."""
REPORTS = ("SPM Timesheet Summary", "SPM Project Costs", "SPM Missing Timesheets")


@pytest.fixture(scope="module")
def world(connection):
	with w.standing() as made:
		yield made


@pytest.fixture
def booked(world, site):
	"""Approved hours of the member and a cost on project PA, hours of the other manager on PB."""
	for short in ("PA", "PB"):
		frappe.db.set_value("SPM Project", world.name(short), "status", "In Progress")
	member, other = world.users["member"], world.users["other_pm"]
	make_rate(user=member, cost_rate=4321, billing_rate=8765)
	pa = {"project": world.name("PA"), "task": world.name("TA"), "description": "hush hush"}
	sheet = make_sheet(member, pa, submit=True)
	timesheet_approval.approve([sheet.name])
	elsewhere = make_sheet(other, {"project": world.name("PB")}, submit=True)
	entry = make_cost(world.name("PA"), title="Secret purchase", amount=7654)
	return frappe._dict(sheet=sheet.name, elsewhere=elsewhere.name, entry=entry.name)


def shown(ask) -> str:
	"""What the answer says, as text; nothing when it is refused."""
	try:
		return frappe.as_json(ask())
	except (frappe.PermissionError, frappe.ValidationError, frappe.DataError):
		frappe.clear_messages()
		return ""


def form(doctype: str, name: str):
	frappe.local.response = frappe._dict(docs=[])
	getdoc(doctype, name)
	return frappe.response.docs


def export(doctype: str):
	w.form(doctype=doctype, fields=["*"], file_format_type="CSV", title="x")
	reportview.export_query()
	return frappe.response.pop("filecontent").decode()


def test_sellers_and_customers_see_neither_hours_nor_cost(world, booked, as_user):
	project, task = world.name("PA"), world.name("TA")
	secrets = ("hush hush", "Secret purchase", "4321", "34568", "7654", booked.sheet, booked.entry)
	for short in BLIND:
		asks = [
			*(partial(frappe.get_list, doctype, fields=["*"]) for doctype in (SHEET, ENTRY, RATE)),
			partial(frappe.get_list, LINE, parent_doctype=SHEET, fields=["*"]),
			partial(frappe.get_list, SHEET, fields=["name", "lines.hours"]),
			partial(frappe.call, "frappe.client.get", SHEET, booked.sheet),
			partial(frappe.call, "frappe.client.get", ENTRY, booked.entry),
			partial(frappe.call, "frappe.client.get_value", ENTRY, "amount", booked.entry),
			*(partial(search_link, doctype, "") for doctype in (SHEET, ENTRY)),
			*(partial(form, *pair) for pair in ((SHEET, booked.sheet), (ENTRY, booked.entry))),
			*(partial(export, doctype) for doctype in (SHEET, ENTRY)),
			*(partial(query_report.run, report, {}, ignore_prepared_report=True) for report in REPORTS),
			partial(cost.status, project),
			partial(timesheet.pending),
			partial(form, "SPM Task", task),
			partial(form, "SPM Project", project),
		]
		with as_user(world.users[short]):
			for ask in asks:
				text = shown(ask)
				assert not [s for s in secrets if s in text], (short, ask)
				assert '"actual_hours"' not in text and '"committed_cost"' not in text, (short, ask)
			for fieldname in ("actual_hours", "actual_cost"):
				with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
					frappe.get_list("SPM Task", filters={fieldname: [">", 0]})


def test_a_member_sees_own_hours_without_money(world, booked, as_user):
	with as_user(world.users["member"]):
		assert frappe.get_list(SHEET, pluck="name") == [booked.sheet]
		own = frappe.get_doc(SHEET, booked.sheet).as_dict()
		assert own.lines[0].hours == 8 and not set(MONEY) & set(own.lines[0])
		for ask in (
			*(partial(frappe.get_list, LINE, parent_doctype=SHEET, fields=["hours", f]) for f in MONEY),
			partial(form, SHEET, booked.sheet),
			partial(query_report.run, REPORTS[0], {}, ignore_prepared_report=True),
			partial(timesheet.week),
			partial(frappe.call, "frappe.client.set_value", SHEET, booked.sheet, "approver", None),
		):
			text = shown(ask)
			assert "4321" not in text and "34568" not in text and "8765" not in text
		assert [row["user"] for row in query_report.run(REPORTS[0], {})["result"][:1]] == [
			world.users["member"]
		]
		for doctype in (ENTRY, RATE):
			with pytest.raises(frappe.PermissionError):
				frappe.get_list(doctype)


def test_managers_see_their_projects_and_executives_all(world, booked, as_user):
	with as_user(world.users["pm"]):
		assert frappe.get_list(SHEET, pluck="name") == [booked.sheet]
		assert frappe.get_doc(SHEET, booked.sheet).as_dict().lines[0].cost_amount == 34568
		assert frappe.get_list(ENTRY, pluck="name") == [booked.entry]
		assert cost.status(world.name("PA"))["actual"] == 34568 + 7654
		with pytest.raises(frappe.PermissionError):
			frappe.get_list(RATE)
	with as_user(world.users["other_pm"]):
		assert frappe.get_list(SHEET, pluck="name") == [booked.elsewhere]
		assert frappe.get_list(ENTRY) == []
		assert not frappe.has_permission(ENTRY, "read", doc=booked.entry)
	with as_user(world.users["executive"]):
		assert {booked.sheet, booked.elsewhere} <= set(frappe.get_list(SHEET, pluck="name"))
		assert frappe.get_list(RATE, filters={"user": world.users["member"]}, pluck="cost_rate") == [4321]
