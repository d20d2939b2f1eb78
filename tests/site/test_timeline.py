"""The history of a record: every kind of event in one order, for whom, and at what cost."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, now_datetime

from sales_crm_pm.api.v1.customer import timeline
from sales_crm_pm.insight import timeline as history
from sales_crm_pm.insight.timeline_sources import REMARKED, SOURCES
from tests.factories import (
	make,
	make_contact,
	make_customer,
	make_interaction,
	make_lead,
	make_opportunity,
	make_pipeline,
	make_user,
	unique,
)


@pytest.fixture
def seller():
	return make_user("SPM Sales User")


@pytest.fixture
def customer(seller):
	return make_customer(account_manager=seller)


def rows(name: str, doctype: str = "SPM Customer", **options) -> list[dict]:
	return timeline(name, doctype, length=200, **options)["rows"]


def kinds(name: str, doctype: str = "SPM Customer", **options) -> list[str]:
	return [row["kind"] for row in rows(name, doctype, **options)]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: f"{source.kind}-{source.doctype}")
def test_every_entry_names_columns_that_are_there(source):
	standard = {"name", "owner", "creation", "modified", "modified_by"}
	meta = frappe.get_meta(source.doctype)
	events = frappe.get_meta(source.child) if source.child else meta
	for column in filter(None, (source.on, source.title, source.text, source.user, *source.where)):
		assert column in standard or events.has_field(column), column
	for target, column in source.links.items():
		assert column == "name" or meta.get_field(column).options == target, (target, column)
	if source.about:
		assert meta.has_field(source.about)
	if source.participants:
		assert frappe.get_meta(source.participants[0]).get_field(source.participants[1]).options == "Contact"


def test_every_record_type_with_an_entry_shows_in_the_customer_s_timeline():
	"""Every customer sees the slice that leads on from it, and remarks hang on what has a rule of its own."""
	assert all("SPM Customer" in source.links for source in SOURCES)
	assert all("SPM Customer" in columns or doctype == "Contact" for doctype, columns in REMARKED.items())


def test_a_task_comment_of_a_project_is_in_the_customer_s_timeline(customer, seller, as_user):
	project = make("SPM Project", customer=customer.name, project_name=unique("P "), account_manager=seller)
	task = make("SPM Task", project=project.name, subject="Lay the cable")
	task.add_comment("Comment", "The cable <b>arrived</b> today")
	with as_user(seller):
		remark = next(row for row in rows(customer.name) if row["kind"] == "comment")
		assert "comment" in kinds(project.name, "SPM Project")
	assert (remark["text"], remark["doctype"], remark["name"]) == (
		"The cable arrived today",
		"SPM Task",
		task.name,
	)
	assert remark["about"] == "Lay the cable"


def test_what_was_done_in_delivery_is_in_it(customer, seller, as_user):
	project = make("SPM Project", customer=customer.name, project_name="New line", account_manager=seller)
	task = make("SPM Task", project=project.name, subject="Lay the cable", assigned_to=seller)
	task.status = "Completed"
	task.save()
	with as_user(seller):
		found = {row["kind"]: row for row in rows(customer.name)}
	assert found["task"]["title"] == "Lay the cable" and found["project"]["title"] == "New line"


def test_stages_are_told_by_their_name_in_the_reader_s_language(customer, seller, as_user, monkeypatch):
	deal = make_opportunity(customer=customer.name, opportunity_owner=seller, title="Press line")
	with as_user(seller):
		row = rows(deal.name, "SPM Opportunity")[0]
		assert (row["title"], row["about"], row["name"]) == ("First Contact", "Press line", deal.name)
		monkeypatch.setattr(frappe.local, "lang", "zh")
		assert rows(deal.name, "SPM Opportunity")[0]["title"] != "First Contact"


def test_filter_search_and_counts(customer, seller, as_user):
	deal = make_opportunity(customer=customer.name, opportunity_owner=seller)
	make_interaction(customer=customer.name, subject="Price of 100%_safe pumps")
	make_interaction(customer=customer.name, subject="Delivery", content="100 pumps by May")
	with as_user(seller):
		page = timeline(customer.name, length=1, kinds="interaction")
		assert (page["total"], len(page["rows"])) == (2, 1)
		assert (page["counts"]["interaction"], page["counts"]["stage"]) == (2, 1)
		assert kinds(customer.name, kinds='["stage"]') == ["stage"]
		assert kinds(customer.name, search="pumps") == ["interaction"] * 2
		assert [row["title"] for row in rows(customer.name, search="100%_safe")] == [
			"Price of 100%_safe pumps"
		]
		assert rows(customer.name, search="nothing of the kind") == []
		assert timeline(customer.name, kinds="no such kind")["rows"] == []
		assert kinds(deal.name, "SPM Opportunity") == ["stage"]


def test_pages_join_without_gap_or_double_even_when_all_happened_at_once(customer, seller, as_user):
	moment = now_datetime()
	made = {make_interaction(customer=customer.name, happened_on=moment).name for _ in range(7)}
	with as_user(seller):
		seen = [
			row["name"]
			for start in (0, 3, 6)
			for row in timeline(customer.name, start=start, length=3, kinds="interaction")["rows"]
		]
	assert len(seen) == 7 and set(seen) == made


def test_slices_of_deal_lead_and_contact(customer, seller, as_user):
	contact = make_contact(customer.name)
	deal = make_opportunity(customer=customer.name, opportunity_owner=seller)
	lead = make_lead(lead_owner=seller)
	make_interaction(customer=customer.name, contact=contact.name, subject="with her")
	make_interaction(opportunity=deal.name, subject="on the deal")
	make_interaction(lead=lead.name, subject="with the lead")
	with as_user(seller):
		assert [row["title"] for row in rows(contact.name, "Contact")] == ["with her"]
		assert "on the deal" in {row["title"] for row in rows(deal.name, "SPM Opportunity")}
		assert {row["title"] for row in rows(lead.name, "SPM Lead")} == {"with the lead", lead.lead_name}
		assert {row["title"] for row in rows(customer.name, kinds="interaction")} == {
			"with her",
			"on the deal",
		}


def mail(subject: str, **values):
	return make(
		"Communication",
		communication_type="Communication",
		communication_medium="Email",
		subject=subject,
		content="<p>Hello</p>",
		sent_or_received="Received",
		**values,
	)


def test_mails_show_where_they_hang_and_by_the_address_of_a_contact(customer, seller, as_user):
	contact = make_contact(customer.name, email=f"{unique('m')}@example.com")
	deal = make_opportunity(customer=customer.name, opportunity_owner=seller)
	hidden = make_opportunity(customer=customer.name)
	colleague = make_user("SPM Sales User")
	own = make_opportunity(customer=customer.name, opportunity_owner=colleague)
	mail("on the customer", reference_doctype="SPM Customer", reference_name=customer.name)
	mail("on the deal", reference_doctype="SPM Opportunity", reference_name=deal.name)
	loose = mail("out of the blue", sender=contact.email_ids[0].email_id)
	secret = mail(
		"on the hidden deal",
		sender=contact.email_ids[0].email_id,
		reference_doctype="SPM Opportunity",
		reference_name=hidden.name,
	)
	for message in (loose, secret):
		links = {(row.link_doctype, row.link_name) for row in message.timeline_links}
		for target in (("Contact", contact.name), ("SPM Customer", customer.name)):
			if target not in links:
				message.add_link(*target, autosave=True)
	with as_user(colleague):
		titles = {row["title"] for row in rows(customer.name, kinds="communication")}
		assert titles == {"on the customer", "out of the blue"}
		assert {row["title"] for row in rows(contact.name, "Contact")} == {"out of the blue"}
		assert own.name in {row["name"] for row in rows(customer.name, kinds="stage")}
	with as_user(seller):
		titles = {row["title"] for row in rows(customer.name, kinds="communication")}
		assert titles == {"on the customer", "on the deal", "out of the blue", "on the hidden deal"}


def test_a_colleague_s_hidden_deal_leaves_no_trace(customer, seller, as_user):
	"""Neither its stages nor its remarks nor what was said about it."""
	colleague = make_user("SPM Sales User")
	own = make_opportunity(customer=customer.name, opportunity_owner=colleague, title="Mine")
	hidden = make_opportunity(customer=customer.name, opportunity_owner=seller, title="Theirs")
	hidden.add_comment("Comment", "Between us")
	make_interaction(opportunity=hidden.name, subject="Our secret price")
	make_interaction(customer=customer.name, subject="For everybody")
	make("SPM Task", opportunity=hidden.name, subject="Bid work").db_set(
		{"status": "Completed", "completed_on": now_datetime()}
	)
	with as_user(colleague):
		seen = rows(customer.name)
		assert {row["title"] for row in seen if row["kind"] == "interaction"} == {"For everybody"}
		assert {row["name"] for row in seen if row["kind"] == "stage"} == {own.name}
		assert not {"comment", "task"} & {row["kind"] for row in seen}
		with pytest.raises(frappe.PermissionError):
			timeline(hidden.name, "SPM Opportunity")
	with as_user(seller):
		assert {"comment", "task"} <= set(kinds(customer.name))


@pytest.mark.parametrize(
	("role", "expected"),
	[
		("SPM Sales Manager", {"interaction", "stage", "project", "task"}),
		("SPM Executive", {"interaction", "stage", "project", "task"}),
		# Delivery and service know the project, not the deal before it.
		("SPM Service Agent", {"interaction", "project", "task"}),
	],
)
def test_roles_see_what_their_lists_show(customer, seller, as_user, role, expected):
	make_opportunity(customer=customer.name, opportunity_owner=seller)
	project = make("SPM Project", customer=customer.name, project_name="Line")
	make("SPM Task", project=project.name, subject="Work").db_set("completed_on", now_datetime())
	make_interaction(customer=customer.name)
	with as_user(make_user(role)):
		# What the customer itself tells (its place in its life, its tier) everybody sees who sees it.
		assert set(kinds(customer.name)) - {"lifecycle", "tier"} == expected


def test_a_stranger_is_refused(customer, as_user):
	with as_user(make_user("SPM Sales User")), pytest.raises(frappe.PermissionError):
		timeline(customer.name)
	with pytest.raises(frappe.ValidationError, match="no timeline"):
		timeline("Administrator", "User")


def test_the_shortcut_for_a_known_customer_gives_what_the_full_rule_gives(customer, seller, as_user):
	"""Reasons that follow from the right to read the customer are left out of the statement, not out of the rule."""
	colleague = make_user("SPM Sales User")
	make_opportunity(customer=customer.name, opportunity_owner=colleague)
	hidden = make_opportunity(customer=customer.name, opportunity_owner=seller)
	for values in ({}, {"opportunity": hidden.name}):
		make_interaction(customer=customer.name, **values)
	for user in (seller, colleague):
		with as_user(user):
			listed = frappe.get_list("SPM Interaction", filters={"customer": customer.name}, pluck="name")
			shown = [row["name"] for row in rows(customer.name, kinds="interaction")]
		assert sorted(listed) == sorted(shown)
	assert len(shown) == 1


def test_statements_do_not_grow_with_events(customer, seller, as_user, assert_query_count):
	deal = make_opportunity(
		customer=customer.name, opportunity_owner=seller, pipeline=make_pipeline()[0].name
	)
	counted = []
	with as_user(seller):
		timeline(customer.name)
		for _round in range(2):
			for number in range(8):
				make_interaction(customer=customer.name, happened_on=add_days(now_datetime(), -number))
				deal.add_comment("Comment", "more")
			frappe.clear_document_cache("SPM Customer", customer.name)
			with assert_query_count(12) as queries:
				timeline(customer.name)
			counted.append(len(queries))
	assert counted[0] == counted[1]


def test_the_indexes_of_the_registry_are_there():
	history.add_indexes()
	names = {row.Key_name for row in frappe.db.sql("SHOW INDEX FROM `tabSPM Interaction`", as_dict=True)}
	assert "timeline_customer_happened_on" in names
