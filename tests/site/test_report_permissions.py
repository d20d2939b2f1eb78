"""Every report of the app, run as a salesperson in a world with a rival: nothing of the rival's, no cost, no margin."""

from __future__ import annotations

import frappe
import pytest
from frappe.desk import query_report

from sales_crm_pm.loop import forecast
from tests import permission_world as w
from tests.factories import make_opportunity
from tests.factories_contract import make_contract

NEEDS_A_CHOICE = {"SPM Segment Customers": "a segment"}
"""Reports that show nothing before something is chosen; their own tests look at their rows."""


@pytest.fixture(scope="module")
def world(connection):
	with w.standing() as made:
		yield made


@pytest.fixture
def rivals(world, site):
	"""What only the rival may see: the world's own records, and a contract with payments and an open deal."""
	customer, deal = world.name("B"), world.name("B1")
	contract = make_contract(customer=customer, opportunity=deal, title=f"{world.token} Beta contract")
	other = make_opportunity(
		customer=customer, opportunity_owner=world.users["rival"], title=f"{world.token} Beta offer"
	)
	forecast.take_snapshot("Scheduled")
	return [
		f"{world.token} Beta",
		f"{world.token} B1",
		f"{world.token} LB",
		f"{world.token} PB",
		*(world.name(short) for short in ("B", "B1", "LB", "PB", "MB")),
		contract.name,
		other.name,
	]


def reports() -> list[str]:
	return frappe.get_all(
		"Report", filters={"module": "Sales CRM PM", "disabled": 0}, pluck="name", order_by="name"
	)


def secret_fields() -> set[str]:
	"""Names of fields above permission level 0 in any of our record types, which a salesperson never reads.

	A name that is open in another record type (`rate`, `amount`) says nothing about a column of a report.
	"""
	doctypes = frappe.get_all("DocType", filters={"module": "Sales CRM PM"}, pluck="name")
	fields = [df for doctype in doctypes for df in frappe.get_meta(doctype).fields]
	return {df.fieldname for df in fields if df.permlevel} - {df.fieldname for df in fields if not df.permlevel}


def shown(report: str) -> str | None:
	"""All that a report answers, as text; None when the user may not run it."""
	try:
		return frappe.as_json(query_report.run(report, filters={}, ignore_prepared_report=True))
	except frappe.PermissionError:
		frappe.clear_messages()
		return None


def test_no_report_tells_a_salesperson_about_a_rival_s_deals(world, rivals, as_user):
	refused, empty = [], []
	with as_user(world.users["seller"]):
		for report in reports():
			if report in NEEDS_A_CHOICE:
				continue
			text = shown(report)
			if text is None:
				refused.append(report)
				continue
			leaked = [secret for secret in rivals if secret in text]
			assert not leaked, (report, leaked)
			if world.token not in text:
				empty.append(report)
	# The test would prove nothing if the seller saw nothing at all.
	assert len(empty) + len(refused) < len(reports()), (refused, empty)


def test_a_manager_sees_both_where_a_salesperson_sees_one(world, rivals, as_user):
	with as_user(world.users["manager"]):
		seen = [
			report
			for report in reports()
			if report not in NEEDS_A_CHOICE and rivals[0] in (shown(report) or "")
		]
	assert len(seen) >= 3, seen


def test_no_report_has_a_column_of_cost_or_margin_for_a_salesperson(world, rivals, as_user):
	secrets = secret_fields()
	assert {"estimated_cost", "expected_margin"} <= secrets
	with as_user(world.users["seller"]):
		for report in reports():
			if report in NEEDS_A_CHOICE:
				continue
			text = shown(report)
			columns = frappe.parse_json(text)["columns"] if text else []
			assert not secrets & {
				column.get("fieldname") for column in columns if isinstance(column, dict)
			}, report
