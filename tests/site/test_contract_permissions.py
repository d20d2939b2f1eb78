"""Who sees which contracts, payments and sums: everybody by the table of tests/permission_world.py."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, today

from sales_crm_pm.insight import customer as overview
from sales_crm_pm.insight import timeline
from sales_crm_pm.loop import receipts
from sales_crm_pm.portal import views
from sales_crm_pm.sales_crm_pm.report.spm_contract_register import spm_contract_register as register
from sales_crm_pm.sales_crm_pm.report.spm_payment_plan_by_month import spm_payment_plan_by_month as by_month
from sales_crm_pm.sales_crm_pm.report.spm_receivables_ageing import spm_receivables_ageing as ageing
from tests import permission_world
from tests.factories_contract import make_contract, plan_of

SEES = {
	"seller": {"KA1", "KA2"},
	"rival": {"KA2", "KB"},
	"manager": {"KA1", "KA2", "KB"},
	"pm": {"KA1"},
	"other_pm": {"KB"},
	"executive": {"KA1", "KA2", "KB"},
	"member": None,
	"agent": None,
	"marketing": None,
	"configurator": None,
	"outsider": None,
	"portal": None,
}
"""Contracts each user may read; None where the roles do not open the record type."""
WRITES = {"seller": {"KA1", "KA2"}, "rival": {"KA2", "KB"}, "manager": {"KA1", "KA2", "KB"}}


@pytest.fixture(scope="module")
def world(connection):
	with permission_world.standing() as built:
		made = sign(built)
		frappe.db.commit()
		built.contracts = made
		try:
			yield built
		finally:
			frappe.db.rollback()
			frappe.set_user("Administrator")
			forget(list(made.values()))
			frappe.db.commit()


@pytest.fixture
def contracts(world):
	"""Contracts of the deals A1 (with project PA), A2 and B1 (with project PB): short name → name."""
	return world.contracts


def sign(world) -> dict[str, str]:
	made = {}
	for short, deal, customer, project in (
		("KA1", "A1", "A", "PA"),
		("KA2", "A2", "A", None),
		("KB", "B1", "B", "PB"),
	):
		doc = make_contract(
			title=f"{world.token} {short}",
			customer=world.name(customer),
			opportunity=world.name(deal),
			projects=[{"project": world.name(project)}] if project else [],
			rows=[
				{
					"title": f"{short} late",
					"amount": 400,
					"trigger_date": add_days(today(), -45),
					"term_days": 5,
				},
				{"title": f"{short} later", "amount": 600, "trigger_date": add_days(today(), 20)},
			],
		)
		made[short] = doc.name
	return made


def forget(names: list[str]) -> None:
	payments = frappe.get_all("SPM Payment", {"contract": ["in", names]}, pluck="name")
	for doctype, gone in (("SPM Payment", payments), ("SPM Contract", names)):
		for table in frappe.get_meta(doctype).get_table_fields():
			frappe.db.delete(table.options, {"parenttype": doctype, "parent": ["in", gone]})
		frappe.db.delete("Version", {"ref_doctype": doctype, "docname": ["in", gone]})
		frappe.db.delete("Comment", {"reference_doctype": doctype, "reference_name": ["in", gone]})
		frappe.db.delete("__global_search", {"doctype": doctype, "name": ["in", gone]})
		frappe.db.delete(doctype, {"name": ["in", gone]})


def acting(world, short):
	frappe.set_user(world.users[short])


def seen(doctype: str, contracts: dict[str, str]) -> set[str]:
	field = "name" if doctype == "SPM Contract" else "contract"
	back = {real: short for short, real in contracts.items()}
	return {back[name] for name in frappe.get_list(doctype, pluck=field, limit=0) if name in back}


@pytest.mark.parametrize("short", [s for s, found in SEES.items() if found is not None])
def test_lists_and_documents_agree(world, contracts, short):
	acting(world, short)
	assert seen("SPM Contract", contracts) == seen("SPM Payment", contracts) == SEES[short]
	for key, name in contracts.items():
		doc = frappe.get_doc("SPM Contract", name)
		assert doc.has_permission("read") == (key in SEES[short]), key
		assert doc.has_permission("write") == (key in WRITES.get(short, ())), key
		payment = frappe.get_doc("SPM Payment", plan_of(name)[0].name)
		assert payment.has_permission("read") == (key in SEES[short]), key
		assert payment.has_permission("write") == (key in WRITES.get(short, ())), key


@pytest.mark.parametrize("short", [s for s, found in SEES.items() if found is None])
def test_others_have_no_such_records(world, contracts, short):
	acting(world, short)
	for doctype in ("SPM Contract", "SPM Payment"):
		assert not frappe.has_permission(doctype, "read")
		with pytest.raises(frappe.PermissionError):
			frappe.get_list(doctype)


def test_a_member_sees_payments_of_the_project_once_the_admin_allows_it(world, contracts):
	from frappe.permissions import add_permission

	add_permission("SPM Payment", "SPM Delivery Member", 0)
	frappe.clear_cache(doctype="SPM Payment")
	acting(world, "member")
	assert seen("SPM Payment", contracts) == {"KA1"}
	with pytest.raises(frappe.PermissionError):
		receipts.record(plan_of(contracts["KA1"])[0].name, 5, "X")


@pytest.mark.parametrize(
	("short", "shown"), [("member", False), ("pm", True), ("seller", True), ("executive", True)]
)
def test_sums_on_projects_are_for_those_who_deal_with_money(world, contracts, short, shown):
	acting(world, short)
	doc = frappe.get_doc("SPM Project", world.name("PA"))
	assert ("contracted_base" in doc.as_dict()) == shown
	row = frappe.get_list("SPM Project", {"name": doc.name}, ["name", "contracted_base"])[0]
	assert (row.get("contracted_base") == 1000) == shown


@pytest.mark.parametrize(
	("short", "expected"), [("seller", 2), ("rival", 1), ("pm", 1), ("agent", 0), ("manager", 2)]
)
def test_the_customer_page_lists_the_payments_its_reader_may_see(world, contracts, short, expected):
	acting(world, short)
	page = overview.overview(frappe.get_doc("SPM Customer", world.name("A")))
	assert len(page["payments"]) == expected * 2
	late = [row for row in page["payments"] if row.status == "Overdue"]
	assert [row.amount for row in late] == [400] * expected
	knows = short in ("seller", "rival", "manager")
	assert page["metrics"]["overdue_base"] == (800 if knows else None)


@pytest.mark.parametrize("short", ["seller", "rival", "manager", "pm", "executive"])
def test_reports_count_what_the_reader_sees(world, contracts, short):
	acting(world, short)
	ours = {world.name("A"), world.name("B")}
	number = len(SEES[short])
	rows = [row for row in ageing.execute({})[1] if row["customer"] in ours]
	assert sum(row["over_31"] for row in rows) == 400 * number
	assert {row["days"] for row in rows} == {40}
	rows = [row for row in ageing.execute({"by": "Payment"})[1] if row["contract"] in contracts.values()]
	assert [(row["total"], row["over_31"]) for row in rows] == [(400, 400)] * number
	names = {row.contract for row in register.execute({})[1]} & set(contracts.values())
	assert names == {contracts[key] for key in SEES[short]}
	total = 0
	for customer in ours:
		filters = {
			"customer": customer,
			"from_date": add_days(today(), -90),
			"to_date": add_days(today(), 60),
		}
		total += sum(row["expected"] for row in by_month.execute(filters)[1])
	assert total == 1000 * number


def test_reports_follow_the_money(world, contracts):
	acting(world, "seller")
	late = plan_of(contracts["KA1"])[0]
	receipts.record(late.name, 150, "B-1", add_days(today(), -1))
	filters = {
		"customer": world.name("A"),
		"from_date": add_days(today(), -70),
		"to_date": add_days(today(), 40),
	}
	columns, rows, _message, chart = by_month.execute(filters)
	assert sum(row["received"] for row in rows) == 150
	assert sum(row["overdue"] for row in rows) == 250 + 400
	assert chart and len(columns) >= 6
	summary = ageing.execute({"customer": world.name("A")})[4]
	assert [card["value"] for card in summary] == [650, 650]
	ahead = ageing.execute({"customer": world.name("A"), "as_of": add_days(today(), 60)})[1]
	assert ahead[0]["over_91"] == 650
	doc = frappe.get_doc("SPM Contract", contracts["KA1"])
	doc.end_date = add_days(today(), 30)
	doc.save()
	soon = register.execute({"ends_within": 31, "customer": world.name("A")})[1]
	assert [(row.contract, row.days_left) for row in soon] == [(doc.name, 30)]
	assert ageing.execute({"customer": "nobody"})[1] == []
	assert by_month.execute({"customer": "nobody"})[3] is None


def test_the_timeline_tells_of_signature_change_and_money(world, contracts):
	receipts.record(plan_of(contracts["KA1"])[0].name, 10, "BANK-9")
	acting(world, "seller")
	rows = timeline.page(world.name("A"), 0, 50)["rows"]
	kinds = {(row["kind"], row["title"]) for row in rows}
	assert ("payment", "BANK-9") in kinds
	assert ("contract", f"{world.token} KA1") in kinds
	acting(world, "rival")
	titles = {row["title"] for row in timeline.page(world.name("A"), 0, 50)["rows"]}
	assert f"{world.token} KA2" in titles and f"{world.token} KA1" not in titles and "BANK-9" not in titles


class TestPortal:
	@pytest.fixture
	def portal(self, world, contracts):
		customer = frappe.get_doc("SPM Customer", world.name("A"))
		customer.append("portal_users", {"user": world.users["portal"]})
		customer.save(ignore_permissions=True)
		frappe.db.set_value("SPM Project", world.name("PA"), "status", "In Progress")
		settings = {
			"portal_enabled": 1,
			"portal_show_payments": 1,
			"portal_show_dates": 1,
			"portal_show_price": 0,
		}
		for field, value in settings.items():
			frappe.db.set_single_value("SPM Settings", field, value)
		frappe.set_user(world.users["portal"])
		return world.name("PA")

	def allow(self, field, value):
		user = frappe.session.user
		frappe.set_user("Administrator")
		frappe.db.set_single_value("SPM Settings", field, value)
		frappe.clear_document_cache("SPM Settings")
		frappe.set_user(user)

	def test_the_customer_sees_the_state_of_its_payments_and_no_amounts(self, portal):
		rows = views.project(portal)["payments"]
		assert [(row["title"], row["status"]) for row in rows] == [
			("KA1 late", "Overdue"),
			("KA1 later", "Not Due"),
		]
		assert rows[0]["due_date"] == str(add_days(today(), -40))
		assert not {"amount", "outstanding"} & set(rows[0])

	def test_amounts_only_where_prices_are_shared_and_nothing_when_switched_off(self, portal):
		self.allow("portal_show_price", 1)
		assert [row["amount"] for row in views.project(portal)["payments"]] == [400, 600]
		self.allow("portal_show_payments", 0)
		assert "payments" not in views.project(portal)

	def test_drafts_and_held_payments_are_nobody_s_business_outside(self, portal, world, contracts):
		name = plan_of(contracts["KA1"])[1].name
		frappe.db.set_value("SPM Payment", name, "status", "On Hold")
		assert [row["title"] for row in views.project(portal)["payments"]] == ["KA1 late"]
		frappe.db.set_value("SPM Contract", contracts["KA1"], "docstatus", 0)
		assert views.project(portal)["payments"] == []

	def test_the_portal_has_no_other_way_to_them(self, portal, contracts):
		for doctype in ("SPM Contract", "SPM Payment"):
			with pytest.raises(frappe.PermissionError):
				frappe.get_list(doctype)
