"""Preview, run and undo on small files with every kind of dirt."""

import frappe
import pytest

from sales_crm_pm.exceptions import ImportRunError
from sales_crm_pm.importing import records, undo
from sales_crm_pm.importing.preview import preview
from tests.factories import make_customer, make_opportunity, make_product, make_user
from tests.support.importing import as_csv, run_now, table_counts, upload


@pytest.fixture
def mark():
	"""A word that makes the names of one test unlike all others."""
	return frappe.generate_hash(length=6)


@pytest.fixture
def deals(mark):
	"""A dirty list of deals and what it refers to."""
	make_customer(customer_name=f"Cancity {mark}")
	make_product(product_name=f"GTX Pro {mark}")
	base = {
		"account": f"Cancity {mark}",
		"product": f"GTX Pro {mark}",
		"engage_date": "2017-01-01",
		"sales_agent": "Moses Frase",
	}
	rows = [
		{
			**base,
			"opportunity_id": f"{mark}1",
			"deal_stage": "Won",
			"close_date": "2017-03-01",
			"close_value": "1,054.50",
		},
		{
			**base,
			"opportunity_id": f"{mark}2",
			"deal_stage": "Lost",
			"close_date": "2017-03-02",
			"close_value": "0",
		},
		{**base, "opportunity_id": f"{mark}3", "deal_stage": "Engaging", "close_date": "", "close_value": ""},
		{
			**base,
			"opportunity_id": f"{mark}4",
			"deal_stage": "Won",
			"close_date": "2017-03-01",
			"close_value": "5",
			"account": "",
		},
		{**base, "opportunity_id": f"{mark}5", "deal_stage": "Won", "close_date": "soon", "close_value": "5"},
		{
			**base,
			"opportunity_id": f"{mark}6",
			"deal_stage": "Won",
			"close_date": "2017-03-01",
			"close_value": "5",
			"product": f"GTXPro {mark}",
		},
		{
			**base,
			"opportunity_id": f"{mark}1",
			"deal_stage": "Won",
			"close_date": "2017-03-01",
			"close_value": "5",
		},
	]
	return upload(as_csv(rows))


def test_preview_counts_names_rows_and_writes_nothing(deals, mark):
	before = table_counts()
	seen = preview(deals)
	assert seen["target"] == "SPM Opportunity"
	assert seen["pipeline"] == "Direct Sales"
	assert seen["counts"]["SPM Opportunity"] == {"create": 3, "update": 0, "skip": 1, "fail": 3}
	reasons = {e["row"]: e["reason"] for e in seen["errors"]}
	assert set(reasons) == {6, 7, 8}
	assert "soon is not a date" in reasons[6]
	assert f"Did you mean GTX Pro {mark}" in reasons[7]
	assert "Row 2 has the same" in reasons[8]
	assert table_counts() == before


def test_misspelt_product_is_offered_and_taken_when_chosen(deals, mark):
	word = next(v for v in preview(deals)["values"] if v["fieldname"] == "product")
	assert (word["raw"], word["how"], word["suggestion"], word["first_rows"]) == (
		f"GTXPro {mark}",
		"open",
		f"GTX Pro {mark}",
		[7],
	)
	chosen = {"values": {"product": {f"GTXPro {mark}": f"GTX Pro {mark}"}}}
	assert 7 not in [e["row"] for e in preview(deals, mapping=chosen)["errors"]]
	assert 7 not in [e["row"] for e in preview(deals, options={"accept_suggestions": True})["errors"]]


def test_run_refuses_rows_without_customer_until_decided(deals):
	seen = preview(deals)
	decision = next(d for d in seen["decisions"] if d["key"] == "missing_customer")
	assert (decision["rows"], decision["chosen"], seen["ready"]) == ([5], None, False)
	with pytest.raises(ImportRunError, match="rows 5"):
		run_now(deals)


def test_skipped_rows_are_noted(deals, mark):
	run = run_now(deals, options={"missing_customer": "skip"})
	assert (run.rows_created, run.rows_skipped, run.rows_failed) == (3, 1, 3)
	assert run.status == "Completed with Errors"
	note = frappe.get_all("SPM Import Record", {"import_run": run.name, "row_no": 5}, ["action", "reason"])[0]
	assert note.action == "Skipped" and "no customer" in note.reason


def test_values_of_an_imported_deal(deals, mark):
	run_now(deals, options={"missing_customer": "placeholder", "placeholder_customer": f"Nobody {mark}"})
	won, lost, engaged, orphan = (
		frappe.get_doc("SPM Opportunity", {"external_id": f"{mark}{i}"}) for i in (1, 2, 3, 4)
	)
	assert (won.status, won.amount, str(won.won_on), str(won.closed_on), won.sales_cycle_days) == (
		"Won",
		1054.5,
		"2017-03-01",
		"2017-03-01",
		59,
	)
	assert won.title == f"GTX Pro {mark} – Cancity {mark}"
	assert (won.source_owner, won.opportunity_owner) == ("Moses Frase", "Administrator")
	assert [(row.product, row.qty, row.rate, row.amount) for row in won.products] == [
		(f"GTX Pro {mark}", 1, 1054.5, 1054.5)
	]
	assert [(row.to_stage, str(row.entered_on)) for row in won.stage_log] == [
		("Direct Sales - Won", "2017-03-01 00:00:00")
	]
	assert (lost.status, lost.loss_reason, lost.won_on) == ("Lost", "Not Stated", None)
	assert (engaged.status, engaged.closed_on, str(engaged.opened_on)) == ("Open", None, "2017-01-01")
	assert orphan.customer_name == f"Nobody {mark}"
	customer = frappe.get_doc("SPM Customer", won.customer)
	assert (
		customer.won_count,
		customer.won_amount_base,
		str(customer.first_won_on),
		customer.lifecycle_stage,
	) == (
		1,
		1054.5,
		"2017-03-01",
		"Converted",
	)


def test_owner_is_the_user_of_that_name_or_mail(mark):
	user = make_user("SPM Sales User")
	customer = make_customer(customer_name=f"C {mark}")
	full_name = frappe.db.get_value("User", user, "full_name")
	rows = [
		{"title": f"by mail {mark}", "customer": customer.customer_name, "owner": user},
		{"title": f"by name {mark}", "customer": customer.customer_name, "owner": full_name},
	]
	run_now(upload(as_csv(rows)), {"target": "SPM Opportunity"})
	owners = frappe.get_all(
		"SPM Opportunity",
		{"title": ["like", f"by % {mark}"]},
		["opportunity_owner", "source_owner"],
		limit_page_length=0,
	)
	same_name = frappe.db.count("User", {"full_name": full_name, "enabled": 1}) > 1
	expected = {(user, None)} if not same_name else {(user, None), ("Administrator", full_name)}
	assert {(o.opportunity_owner, o.source_owner) for o in owners} == expected


def test_parents_may_come_after_their_children(mark):
	rows = [
		{"account": f"Child {mark}", "subsidiary_of": f"Middle {mark}"},
		{"account": f"Middle {mark}", "subsidiary_of": f"Top {mark}"},
		{"account": f"Top {mark}", "subsidiary_of": ""},
	]
	file = upload(as_csv(rows))
	assert preview(file)["counts"]["SPM Customer"]["create"] == 3
	run = run_now(file)
	assert (run.rows_created, run.rows_failed) == (3, 0)
	parents = {
		c.customer_name: frappe.db.get_value("SPM Customer", c.parent_customer, "customer_name")
		for c in frappe.get_all(
			"SPM Customer", {"import_run": run.name}, ["customer_name", "parent_customer"]
		)
	}
	assert parents == {
		f"Child {mark}": f"Middle {mark}",
		f"Middle {mark}": f"Top {mark}",
		f"Top {mark}": None,
	}


def test_circles_of_parents_are_refused(mark):
	rows = [
		{"account": f"A {mark}", "subsidiary_of": f"B {mark}"},
		{"account": f"B {mark}", "subsidiary_of": f"A {mark}"},
	]
	seen = preview(upload(as_csv(rows)))
	assert seen["counts"]["SPM Customer"]["fail"] == 2
	assert "circle" in seen["errors"][0]["reason"]


def test_missing_masters_are_created_on_demand_and_undone(mark):
	before = table_counts()
	file = upload(as_csv([{"account": f"A {mark}", "sector": f"Space {mark}", "employees": "2822"}]))
	assert preview(file)["counts"]["SPM Customer"]["fail"] == 1
	options = {"create_missing": ["SPM Industry"]}
	seen = preview(file, options=options)
	assert seen["counts"]["SPM Industry"]["create"] == 1
	assert not frappe.db.exists("SPM Industry", f"Space {mark}")
	run = run_now(file, options=options)
	customer = frappe.get_doc("SPM Customer", {"import_run": run.name})
	assert (customer.industry, customer.no_of_employees) == (f"Space {mark}", "1000+")
	answer = undo.undo(run.name)
	assert answer["counts"]["SPM Customer"]["delete"] == answer["counts"]["SPM Industry"]["delete"] == 1
	assert table_counts() == before


def test_importing_twice_updates_instead_of_doubling(deals, mark):
	options = {"missing_customer": "skip", "accept_suggestions": True}
	first = run_now(deals, options=options)
	again = run_now(deals, options=options)
	assert (first.rows_created, again.rows_created, again.rows_updated) == (4, 0, 0)
	assert frappe.db.count("SPM Opportunity", {"external_id": ["like", f"{mark}%"]}) == 4


def test_changes_of_a_second_file_are_taken_and_can_be_put_back(deals, mark):
	run_now(deals, options={"missing_customer": "skip"})
	name = frappe.db.get_value("SPM Opportunity", {"external_id": f"{mark}3"})
	before = frappe.get_doc("SPM Opportunity", name).as_dict()
	customer = frappe.get_doc("SPM Customer", before.customer).as_dict()
	file = upload(
		as_csv(
			[
				{
					"opportunity_id": f"{mark}3",
					"deal_stage": "Won",
					"close_date": "2017-05-01",
					"close_value": "77",
				}
			]
		)
	)
	run = run_now(file, {"target": "SPM Opportunity"}, {"missing_customer": "skip"})
	assert (run.rows_created, run.rows_updated, run.rows_failed) == (0, 1, 0), records.errors(run.name)
	changed = frappe.get_doc("SPM Opportunity", name)
	assert (changed.status, changed.amount_base, str(changed.won_on), len(changed.stage_log)) == (
		"Won",
		77,
		"2017-05-01",
		2,
	)
	assert undo.undo(run.name)["counts"]["SPM Opportunity"]["restore"] == 1
	assert frappe.get_doc("SPM Opportunity", name).as_dict() == before
	assert frappe.get_doc("SPM Customer", before.customer).as_dict() == customer


def test_undo_leaves_everything_as_before(deals):
	before = table_counts()
	run = run_now(deals, options={"missing_customer": "placeholder"})
	customer = frappe.get_value(
		"SPM Opportunity", {"import_run": run.name, "customer_name": ["like", "Cancity%"]}, "customer"
	)
	assert frappe.db.get_value("SPM Customer", customer, "lifecycle_stage") == "Converted"
	undo.undo(run.name)
	assert table_counts() == before
	assert frappe.db.get_value("SPM Customer", customer, ["won_count", "lifecycle_stage"]) == (0, "Prospect")
	assert frappe.db.get_value("SPM Import Run", run.name, "status") == "Undone"
	with pytest.raises(ImportRunError, match="undone already"):
		undo.undo(run.name)


def test_undo_names_what_people_changed_and_keeps_it_on_demand(deals, mark):
	run = run_now(deals, options={"missing_customer": "skip"})
	changed = frappe.get_doc("SPM Opportunity", {"external_id": f"{mark}3"})
	changed.next_step = "Call them"
	changed.save()
	with pytest.raises(ImportRunError, match=changed.name):
		undo.undo(run.name)
	assert frappe.local.response["blocked"][0]["name"] == changed.name
	frappe.db.set_value("SPM Import Run", run.name, "status", "Completed")
	answer = undo.undo(run.name, keep_changed=True)
	assert answer["counts"]["SPM Opportunity"] == {"delete": 2, "restore": 0, "keep": 1}
	assert frappe.db.exists("SPM Opportunity", changed.name)


def test_undo_keeps_customers_that_deals_of_others_use(mark):
	run = run_now(
		upload(as_csv([{"account": f"Used {mark}"}, {"account": f"Unused {mark}"}])),
		{"target": "SPM Customer"},
	)
	used = frappe.db.get_value("SPM Customer", {"customer_name": f"Used {mark}"})
	deal = make_opportunity(customer=used)
	with pytest.raises(ImportRunError, match=deal.name):
		undo.undo(run.name)
	frappe.db.set_value("SPM Import Run", run.name, "status", "Completed")
	assert undo.undo(run.name, keep_changed=True)["counts"]["SPM Customer"] == {
		"delete": 1,
		"restore": 0,
		"keep": 1,
	}
	assert frappe.db.exists("SPM Customer", used)


def test_rules_of_the_desk_hold_for_rows(mark):
	customer = make_customer(customer_name=f"C {mark}")
	rows = [
		{
			"customer": customer.customer_name,
			"title": f"T1 {mark}",
			"stage": "Contract Signed",
			"close date": "2017-01-01",
		},
		{
			"customer": customer.customer_name,
			"title": f"T2 {mark}",
			"stage": "First Contact",
			"close date": "",
		},
	]
	seen = preview(upload(as_csv(rows)), options={"pipeline": "Project Sales"})
	assert [e["row"] for e in seen["errors"]] == [2]
	assert "Contract or Order No." in seen["errors"][0]["reason"]


def test_bad_addresses_are_errors_of_their_rows(mark):
	rows = [
		{"account": f"A {mark}", "email": "not a mail"},
		{"account": f"B {mark}", "email": "b@example.com"},
	]
	run = run_now(upload(as_csv(rows)), {"target": "SPM Customer"})
	assert (run.rows_created, run.rows_failed) == (1, 1)
	assert records.errors(run.name)[0]["row"] == 2


def test_unknown_columns_and_options_are_refused(deals):
	with pytest.raises(ImportRunError, match="no column"):
		preview(deals, mapping={"columns": {"nothing": "title"}})
	with pytest.raises(ImportRunError, match="no field"):
		preview(deals, mapping={"columns": {"account": "owner"}})
	with pytest.raises(ImportRunError, match="Unknown options"):
		preview(deals, options={"missing_custmer": "skip"})


def test_users_need_the_right_to_import_and_rows_obey_row_rules(mark, as_user):
	hidden = make_customer(customer_name=f"Hidden {mark}")
	content = as_csv([{"title": f"T {mark}", "customer": hidden.customer_name}])
	seller, service = make_user("SPM Sales User"), make_user("SPM Service Agent")
	with as_user(service):
		file = upload(content)
		with pytest.raises(frappe.PermissionError):
			preview(file, mapping={"target": "SPM Opportunity"})
	with as_user(seller):
		file = upload(content)
		seen = preview(file, mapping={"target": "SPM Opportunity"})
		assert seen["counts"]["SPM Opportunity"] == {"create": 0, "update": 0, "skip": 0, "fail": 1}
		own = upload(as_csv([{"account": f"Own {mark}"}]))
		run = run_now(own, {"target": "SPM Customer"})
		assert run.rows_created == 1
	with as_user(make_user("SPM Sales User")):
		with pytest.raises(frappe.PermissionError):
			undo.undo(run.name)


def test_sales_users_cannot_fill_cost(mark, as_user):
	with as_user(make_user("SPM Sales User")):
		with pytest.raises(ImportRunError, match="no field"):
			preview(
				upload("title,cost\na,5\n"),
				mapping={"target": "SPM Opportunity", "columns": {"cost": "estimated_cost"}},
			)
