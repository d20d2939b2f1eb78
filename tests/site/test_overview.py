"""The customer page as data: what is on it, for whom, and at what cost."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, now_datetime, today

from sales_crm_pm.api.v1.customer import overview
from tests.factories import (
	make,
	make_contact,
	make_customer,
	make_interaction,
	make_loss_reason,
	make_opportunity,
	make_pipeline,
	make_user,
	make_won_opportunity,
	unique,
)

KEYS = {
	"profile",
	"contacts",
	"tier",
	"tier_reason",
	"health",
	"opportunities",
	"projects",
	"milestones_next",
	"risks",
	"payments",
	"tickets",
	"surveys",
	"promises",
	"timeline",
	"metrics",
}


def bulk_rows(doctype: str, count: int, **values) -> None:
	"""Insert many bare rows by one statement; only what reading needs."""
	now = now_datetime()
	columns = ["name", "creation", "modified", "owner", "modified_by", *values]
	rows = [
		[unique("z"), add_days(now, -number), now, "Administrator", "Administrator", *values.values()]
		for number in range(count)
	]
	frappe.db.bulk_insert(doctype, columns, rows, chunk_size=1000)


def fill(customer: str, opportunity: str, project: str, count: int) -> None:
	"""Give a customer this many talks, remarks, deals, stage moves, milestones and answers."""
	now = now_datetime()
	bulk_rows("SPM Interaction", count, customer=customer, happened_on=now, subject="s", content="c")
	bulk_rows("SPM Opportunity", count, customer=customer, title="t", status="Open", amount=1)
	bulk_rows("SPM Project", count, customer=customer, project_name="p", status="In Progress")
	bulk_rows(
		"SPM Milestone",
		count,
		customer=customer,
		project=project,
		title="m",
		status="Planned",
		planned_date=today(),
	)
	bulk_rows(
		"SPM Survey", count, customer=customer, project=project, status="Answered", answered_on=now, csat=4
	)
	bulk_rows(
		"SPM Opportunity Stage Log",
		count,
		parent=opportunity,
		parenttype="SPM Opportunity",
		parentfield="stage_log",
		entered_on=now,
	)
	bulk_rows(
		"Comment",
		count,
		comment_type="Comment",
		reference_doctype="SPM Opportunity",
		reference_name=opportunity,
		content="<p>A remark</p>",
	)


@pytest.fixture
def customer():
	seller = make_user("SPM Sales User")
	doc = make_customer(account_manager=seller, tier="A")
	doc.seller = seller
	return doc


def test_the_page_of_an_empty_customer(customer, as_user):
	with as_user(customer.seller):
		page = overview(customer.name)
	assert set(page) == KEYS
	assert page["profile"]["customer_name"] == customer.customer_name
	assert page["tier"] == "A" and page["health"] is None
	assert page["timeline"] == {"total": 0, "rows": [], "counts": {}}
	assert page["opportunities"] == page["projects"] == page["contacts"] == []
	assert page["metrics"]["win_rate"] is None


def test_what_happened_is_on_it_newest_first(customer, as_user):
	pipeline = make_pipeline()[0].name
	won = make_won_opportunity(customer=customer.name, pipeline=pipeline, amount=500)
	lost = make_opportunity(customer=customer.name, pipeline=pipeline)
	lost.status, lost.loss_reason = "Lost", make_loss_reason().name
	lost.save()
	contact = make_contact(customer.name)
	make_interaction(
		customer=customer.name, subject="Kick-off call", happened_on=add_days(now_datetime(), -2)
	)
	customer.add_comment("Comment", "They <b>like</b> us")
	survey = make("SPM Survey", customer=customer.name, contact=contact.name)
	survey.db_set(
		{"status": "Answered", "answered_on": add_days(now_datetime(), -1), "csat": 5, "comment": "Great"}
	)
	with as_user(customer.seller):
		page = overview(customer.name)
	assert [row["name"] for row in page["contacts"]] == [contact.name]
	assert {row["name"] for row in page["opportunities"]} == {won.name, lost.name}
	assert [row["csat"] for row in page["surveys"]] == [5]
	assert (page["metrics"]["won_count"], page["metrics"]["lost_count"], page["metrics"]["win_rate"]) == (
		1,
		1,
		50,
	)
	rows = page["timeline"]["rows"]
	assert page["timeline"]["total"] == len(rows)
	assert [row["on"] for row in rows] == sorted((row["on"] for row in rows), reverse=True)
	kinds = [row["kind"] for row in rows]
	assert kinds.count("stage") == 4 and kinds[-2:] == ["survey", "interaction"]
	remark = next(row for row in rows if row["kind"] == "comment")
	assert remark["text"] == "They like us"


def test_it_is_paged_by_the_database(customer, as_user):
	for number in range(7):
		make_interaction(
			customer=customer.name, subject=f"talk {number}", happened_on=add_days(now_datetime(), -number)
		)
	with as_user(customer.seller):
		whole = overview(customer.name, 0, 100)["timeline"]
		pages = [overview(customer.name, start, 3)["timeline"] for start in (0, 3, 6)]
	assert all(page["total"] == whole["total"] == len(whole["rows"]) for page in pages)
	assert [row for page in pages for row in page["rows"]] == whole["rows"][:9]
	titles = [row["title"] for row in whole["rows"] if row["kind"] == "interaction"]
	assert titles == [f"talk {number}" for number in range(7)]


def test_everybody_finds_only_what_they_may_see(customer, as_user):
	"""A colleague with one deal of this customer sees the page, but not the other deal nor its history."""
	colleague = make_user("SPM Sales User")
	own = make_opportunity(customer=customer.name, opportunity_owner=colleague)
	hidden = make_opportunity(customer=customer.name, opportunity_owner=customer.seller)
	hidden.add_comment("Comment", "Between us")
	with as_user(colleague):
		page = overview(customer.name)
	assert [row["name"] for row in page["opportunities"]] == [own.name]
	assert {row["name"] for row in page["timeline"]["rows"] if row["kind"] == "stage"} == {own.name}
	assert "Between us" not in frappe.as_json(page)


def test_a_role_without_a_record_type_gets_an_empty_list(customer, as_user):
	make_opportunity(customer=customer.name)
	agent = make_user("SPM Service Agent")
	with as_user(agent):
		page = overview(customer.name)
	assert page["opportunities"] == []
	assert not [row for row in page["timeline"]["rows"] if row["kind"] == "stage"]


def test_cost_and_margin_are_not_on_it(customer, as_user):
	make_opportunity(customer=customer.name, estimated_cost=431)
	for user in (customer.seller, "Administrator"):
		with as_user(user):
			page = frappe.as_json(overview(customer.name))
		assert "estimated_cost" not in page and "expected_margin" not in page and "431" not in page


def test_a_stranger_s_customer_is_refused_and_an_unknown_one_not_found(customer, as_user):
	with as_user(make_user("SPM Sales User")), pytest.raises(frappe.PermissionError):
		overview(customer.name)
	with pytest.raises(frappe.DoesNotExistError):
		overview("CUST-nothing")


@pytest.mark.parametrize("role", ["SPM Sales User", "SPM Project Manager", "SPM Executive"])
def test_500_rows_cost_the_same_statements_as_5_and_never_more_than_25(role, as_user, assert_query_count):
	user = make_user(role)
	deals = make_pipeline()[0].name
	counts, customers = [], []
	for rows in (5, 500):
		doc = make_customer(account_manager=user)
		deal = make_opportunity(customer=doc.name, pipeline=deals, opportunity_owner=user)
		project = unique("z")
		bulk_rows(
			"SPM Project",
			1,
			customer=doc.name,
			project_name="own",
			status="In Progress",
			project_manager=user,
		)
		project = frappe.db.get_value("SPM Project", {"customer": doc.name})
		fill(doc.name, deal.name, project, rows)
		customers.append(doc.name)
	with as_user(user):
		overview(customers[0])  # fills the caches that outlive a request
		for name in customers:
			with assert_query_count(25) as queries:
				page = overview(name, timeline_length=200)
			counts.append(len(queries))
			assert page["timeline"]["total"] >= 5
	assert counts[0] == counts[1]
