"""Who sees and changes which records, by every way the server knows, acting as real users.

`tests/permission_world.py` holds the company and the table of who may what; tests/web/test_permissions_rest.py
asks the same table over HTTP.
"""

from __future__ import annotations

import frappe
import pytest
from frappe.desk import reportview
from frappe.desk.search import search_link
from pypika.terms import LiteralValue

from sales_crm_pm.loop import lead_pool
from sales_crm_pm.permissions import document, query
from sales_crm_pm.permissions.grants import Person, is_everything
from sales_crm_pm.permissions.rules import CHILD_TABLES, RULES
from sales_crm_pm.permissions.search import get_link_title, get_open_count, visible
from tests import permission_world as w
from tests.factories import (
	make,
	make_contact,
	make_customer,
	make_interaction,
	make_user,
	unique,
)


@pytest.fixture(scope="module")
def world(connection):
	with w.standing() as made:
		yield made


def by_list(doctype):
	return frappe.get_list(doctype, pluck="name", limit_page_length=0)


def by_report_view(doctype):
	w.form(doctype=doctype, fields=[f"`tab{doctype}`.`name`"], start="0", page_length="1000", view="Report")
	data = reportview.get()
	return [row[0] for row in data["values"]] if data else []


def by_link_search(doctype):
	return [row["value"] for row in search_link(doctype, "", page_length=1000)]


def by_client(doctype):
	return [row.name for row in frappe.call("frappe.client.get_list", doctype=doctype, limit_page_length=0)]


def by_export(doctype):
	w.form(doctype=doctype, fields=[f"`tab{doctype}`.`name`"], file_format_type="CSV", title="x")
	reportview.export_query()
	content = frappe.response.pop("filecontent")
	text = content.decode() if isinstance(content, bytes) else content
	return [line.split(",")[1].strip('"') for line in text.splitlines()[1:]]


WAYS = {"list": by_list, "report view": by_report_view, "link search": by_link_search, "client": by_client}


class TestMatrix:
	def test_lists_reports_and_searches_show_exactly_what_they_should(self, world, as_user):
		wrong = {}
		for user in w.ROLES:
			for doctype in w.DOCTYPES:
				expected = w.READS[user].get(doctype)
				shorts = world.names(doctype)
				for way, ask in WAYS.items():
					with as_user(world.users[user]):
						try:
							found = {shorts[name] for name in ask(doctype) if name in shorts}
						except frappe.PermissionError:
							found = None
					# A link field offers nothing to people without the right, where the other ways refuse.
					nothing_offered = way == "link search" and expected is None and not found
					if found != expected and not nothing_offered:
						wrong[user, doctype, way] = (found, expected)
		assert wrong == {}

	def test_counts_count_the_same(self, world, as_user):
		wrong = {}
		for user in w.ROLES:
			for doctype, expected in w.READS[user].items():
				with as_user(world.users[user]):
					w.form(doctype=doctype, filters=[[doctype, "name", "in", list(world.names(doctype))]])
					if (found := reportview.get_count()) != len(expected):
						wrong[user, doctype] = (found, expected)
		assert wrong == {}

	def test_documents_open_exactly_where_lists_show_them(self, world, as_user):
		wrong = {}
		for doctype in w.DOCTYPES:
			for name, short in world.names(doctype).items():
				doc = frappe.get_doc(doctype, name)
				for user in w.ROLES:
					with as_user(world.users[user]):
						found = (doc.has_permission("read"), frappe.has_permission(doctype, "read", doc=name))
					expected = short in w.READS[user].get(doctype, set())
					if found != (expected, expected):
						wrong[user, short] = (found, expected)
		assert wrong == {}

	def test_changing_reaches_exactly_as_far(self, world, as_user):
		wrong = {}
		for doctype in set(w.DOCTYPES) - {w.CONTACT}:
			for name, short in world.names(doctype).items():
				for user in w.ROLES:
					with as_user(world.users[user]):
						found = frappe.has_permission(doctype, "write", doc=name)
					if found != (short in w.WRITES[user].get(doctype, set())):
						wrong[user, short] = found
		assert wrong == {}

	def test_exports_hold_only_rows_one_sees_and_need_the_right(self, world, as_user):
		wrong, exporters = {}, set()
		for user in w.ROLES:
			for doctype in w.DOCTYPES:
				shorts = world.names(doctype)
				with as_user(world.users[user]):
					expected = w.READS[user].get(doctype) if frappe.permissions.can_export(doctype) else None
					try:
						found = {shorts[name] for name in by_export(doctype) if name in shorts}
					except frappe.PermissionError:
						found = None
				if found is not None and doctype != w.CONTACT:
					exporters.add(user)
				if found != expected:
					wrong[user, doctype] = (found, expected)
		assert wrong == {}
		assert exporters == w.EXPORTS


class TestConditions:
	def test_the_set_for_lists_and_the_condition_for_records_at_hand_are_the_same(self, world):
		"""Two renderings of one rule: names found by indexes first, and reasons joined by OR."""
		for user in world.users.values():
			person = Person.of(user)
			for doctype in RULES:
				if not query.concerns(doctype, person):
					continue
				whole = frappe.qb.DocType(doctype)
				loose = query.rows(doctype, RULES[doctype].read, person, shared_for="read")
				by_or = frappe.qb.from_(whole).select(whole.name)
				if loose is None:
					by_or = by_or.where(whole.name.isnull())
				elif not is_everything(loose):
					by_or = by_or.where(loose)
				by_set = frappe.qb.from_(whole).select(whole.name)
				if condition := query.condition(doctype, user):
					by_set = by_set.where(LiteralValue(condition))
				assert set(by_set.run(pluck=True)) == set(by_or.run(pluck=True)), (user, doctype)

	def test_every_condition_is_bracketed_and_never_empty_by_accident(self, world):
		for doctype in RULES:
			for short in ("seller", "rival", "pm", "member", "agent", "marketing"):
				condition = query.condition(doctype, world.users[short])
				assert condition == "" or (condition.startswith("(") and condition.endswith(")")), doctype
				if condition == "":
					assert w.READS[short].get(doctype) == w.EVERYTHING.get(doctype), (doctype, short)

	def test_all_see_all_is_only_for_those_above(self, world):
		for short in ("executive",):
			assert query.condition("SPM Customer", world.users[short]) == ""
		assert query.condition("SPM Customer", "Administrator") == ""
		assert query.condition("SPM Customer", world.users["configurator"]) not in ("", None)

	def test_a_user_name_cannot_break_out_of_the_condition(self):
		condition = query.condition("SPM Lead", "x' OR 1=1 -- @example.com")
		assert "x' OR" not in condition and "x\\' OR" in condition

	def test_hooks_answer_true_or_false_and_nothing_else(self, world):
		for doctype in w.DOCTYPES:
			for name in world.names(doctype):
				doc = frappe.get_doc(doctype, name)
				for user in world.users.values():
					for ptype in ("write", "create", None):
						assert document.has_permission(doc, ptype, user) in (True, False)

	def test_the_document_s_own_fields_decide_without_a_statement(self, world, as_user, assert_query_count):
		doc = frappe.get_doc("SPM Opportunity", world.name("A1"))
		with as_user(world.users["seller"]):
			doc.has_permission("write")
			with assert_query_count(0):
				assert doc.has_permission("read") and doc.has_permission("write")

	def test_one_statement_decides_when_they_do_not(self, world, as_user, assert_query_count):
		doc = frappe.get_doc("SPM Task", world.name("TU"))
		person = world.users["pm"]
		with as_user(person):
			document.has_permission(doc, "read", person)
			with assert_query_count(1):
				assert document.has_permission(doc, "read", person)


class TestOutsiders:
	def test_without_a_role_of_ours_core_s_contacts_stay_as_core_has_them(self, world, as_user):
		clerk = make_user("Sales User")
		with as_user(clerk):
			names = frappe.get_list("Contact", pluck="name", limit_page_length=0)
		assert {world.name("CA"), world.name("CB"), world.name("CX")} <= set(names)

	@pytest.mark.parametrize("user", ["outsider", "portal", "configurator"])
	def test_no_business_data_at_all(self, world, as_user, user):
		with as_user(world.users[user]):
			for doctype in w.DOCTYPES:
				if doctype == w.CONTACT:
					continue
				for name in world.names(doctype):
					with pytest.raises(frappe.PermissionError):
						frappe.get_doc(doctype, name).check_permission("read")
					with pytest.raises(frappe.PermissionError):
						frappe.call(
							"frappe.client.get_value", doctype=doctype, fieldname="owner", filters=name
						)

	def test_a_configurator_keeps_the_masters(self, world, as_user):
		with as_user(world.users["configurator"]):
			make_source = frappe.get_doc({"doctype": "SPM Source", "source_name": unique()}).insert()
			assert frappe.get_list("SPM Stage", limit_page_length=1) and make_source.name


class TestTakingWhatIsNotYours:
	def test_naming_oneself_owner_of_a_stranger_s_deal_is_refused(self, world, as_user):
		with as_user(world.users["seller"]):
			doc = frappe.get_doc("SPM Opportunity", world.name("B1"))
			doc.opportunity_owner = world.users["seller"]
			with pytest.raises(frappe.PermissionError):
				doc.save()

	def test_adding_oneself_to_a_stranger_s_team_is_refused(self, world, as_user):
		with as_user(world.users["seller"]):
			doc = frappe.get_doc("SPM Customer", world.name("B"))
			doc.append("team", {"user": world.users["seller"]})
			with pytest.raises(frappe.PermissionError):
				doc.save()

	def test_assigning_oneself_a_stranger_s_task_is_refused(self, world, as_user):
		with as_user(world.users["member"]):
			doc = frappe.get_doc("SPM Task", world.name("TB"))
			doc.assigned_to = world.users["member"]
			with pytest.raises(frappe.PermissionError):
				doc.save()

	def test_pointing_one_s_deal_at_a_hidden_customer_is_refused(self, world, as_user):
		with as_user(world.users["seller"]):
			doc = frappe.get_doc("SPM Opportunity", world.name("A1"))
			doc.customer = world.name("B")
			with pytest.raises(frappe.PermissionError, match="do not have access"):
				doc.save()
			assert not frappe.has_permission("SPM Customer", "read", doc=world.name("B"))

	@pytest.mark.parametrize(
		("doctype", "link", "target", "extra"),
		[
			("SPM Opportunity", "customer", "B", {"title": "x"}),
			("SPM Interaction", "customer", "B", {"interaction_type": "Call", "content": "x"}),
			("SPM Interaction", "opportunity", "B1", {"interaction_type": "Call", "content": "x"}),
			("SPM Task", "project", "PB", {"subject": "x"}),
		],
	)
	def test_nothing_is_made_on_hidden_records(self, world, as_user, doctype, link, target, extra):
		with as_user(world.users["seller"]), pytest.raises(frappe.PermissionError):
			frappe.get_doc({"doctype": doctype, link: world.name(target), **extra}).insert()

	def test_but_on_one_s_own(self, world, as_user):
		with as_user(world.users["seller"]):
			doc = frappe.get_doc(
				{"doctype": "SPM Opportunity", "title": "x", "customer": world.name("A")}
			).insert()
			assert doc.opportunity_owner == world.users["seller"]
			doc.title = "y"
			doc.save()

	def test_a_hidden_contact_is_not_taken_by_relinking_it(self, world, as_user):
		with as_user(world.users["seller"]):
			doc = frappe.get_doc("Contact", world.name("CB"))
			doc.links[0].link_name = world.name("A")
			with pytest.raises(frappe.PermissionError):
				doc.save()

	def test_a_contact_cannot_be_hung_on_a_hidden_customer(self, world, as_user):
		with as_user(world.users["seller"]), pytest.raises(frappe.PermissionError):
			frappe.get_doc(
				{
					"doctype": "Contact",
					"first_name": "x",
					"links": [{"link_doctype": "SPM Customer", "link_name": world.name("B")}],
				}
			).insert()

	def test_a_deal_that_is_handed_over_is_gone(self, world, as_user):
		with as_user(world.users["rival"]):
			doc = frappe.get_doc("SPM Opportunity", world.name("B1"))
			doc.opportunity_owner = world.users["manager"]
			doc.save()
			assert not frappe.has_permission("SPM Opportunity", "write", doc=doc.name)

	def test_the_pool_is_claimed_and_not_written(self, world, as_user):
		name = world.name("LP")
		with as_user(world.users["seller"]):
			doc = frappe.get_doc("SPM Lead", name)
			doc.lead_owner = world.users["seller"]
			with pytest.raises(frappe.PermissionError):
				doc.save()
			lead_pool.claim(name)
			assert frappe.has_permission("SPM Lead", "write", doc=name)
		with as_user(world.users["rival"]):
			assert not frappe.has_permission("SPM Lead", "read", doc=name)

	def test_rows_of_child_tables_are_not_a_way_in(self, world, as_user):
		with as_user(world.users["seller"]):
			for child, parent, hidden in (
				("SPM Opportunity Stage Log", "SPM Opportunity", "B1"),
				("SPM Project Member", "SPM Project", "PB"),
			):
				rows = frappe.get_list(child, parent_doctype=parent, fields=["parent"], limit_page_length=0)
				parents = {row.parent for row in rows}
				assert parents and world.name(hidden) not in parents

	def test_child_rows_are_narrowed_for_version_15_too(self, world, as_user):
		"""Version 15 asks the condition of the child table itself, so it must find the same parents."""
		for child, parents in CHILD_TABLES.items():
			assert frappe.get_meta(child).istable
			assert any(t.options == child for p in parents for t in frappe.get_meta(p).get_table_fields())
			assert frappe.get_hooks("permission_query_conditions")[child] == [
				"sales_crm_pm.permissions.query.child"
			]
		condition = query.child(world.users["seller"], "SPM Opportunity Stage Log")
		found = frappe.db.sql(f"select distinct parent from `tabSPM Opportunity Stage Log` where {condition}")
		shorts = world.names("SPM Opportunity")
		assert {shorts[name] for (name,) in found if name in shorts} == {"A1", "A2"}
		condition = query.child(world.users["outsider"], "SPM Opportunity Stage Log")
		assert not frappe.db.sql(f"select name from `tabSPM Opportunity Stage Log` where {condition}")
		assert query.child("Administrator", "SPM Project Member") == ""

	def test_a_delivery_member_does_not_delete_or_share(self, world, as_user):
		with as_user(world.users["member"]):
			for right in ("delete", "share", "create"):
				assert not frappe.has_permission("SPM Milestone", right, doc=world.name("MD"))


class TestSharing:
	def test_a_shared_document_opens_for_reading_in_lists_too(self, world, as_user):
		frappe.share.add("SPM Opportunity", world.name("B1"), world.users["seller"], read=1, notify=0)
		with as_user(world.users["seller"]):
			assert world.name("B1") in by_list("SPM Opportunity")
			assert frappe.has_permission("SPM Opportunity", "read", doc=world.name("B1"))
			assert not frappe.has_permission("SPM Opportunity", "write", doc=world.name("B1"))

	def test_a_document_shared_for_writing_can_be_changed(self, world, as_user):
		frappe.share.add(
			"SPM Opportunity", world.name("B1"), world.users["seller"], read=1, write=1, notify=0
		)
		with as_user(world.users["seller"]):
			doc = frappe.get_doc("SPM Opportunity", world.name("B1"))
			doc.next_step = "Call"
			doc.save()
		assert frappe.db.get_value("SPM Opportunity", doc.name, "next_step") == "Call"

	def test_user_permissions_still_narrow(self, world, as_user):
		frappe.permissions.add_user_permission("SPM Customer", world.name("A"), world.users["manager"])
		frappe.clear_cache(user=world.users["manager"])
		with as_user(world.users["manager"]):
			shorts = world.names("SPM Opportunity")
			assert {shorts[n] for n in by_list("SPM Opportunity") if n in shorts} == {"A1", "A2"}


class TestApproval:
	def test_who_decides_on_a_project_may_write_it_while_it_waits(self, world):
		name = world.name("PA")
		for status, may in (("Draft", False), ("Pending Approval", True), ("In Progress", False)):
			frappe.db.set_value("SPM Project", name, "status", status, update_modified=False)
			doc = frappe.get_doc("SPM Project", name)
			assert document.has_permission(doc, "write", world.users["manager"]) is may
		assert document.has_permission(doc, "write", world.users["pm"]) is True


class TestNames:
	def test_a_link_does_not_tell_the_title_of_a_hidden_record(self, world, as_user):
		with as_user(world.users["seller"]):
			assert get_link_title("SPM Customer", world.name("B")) == world.name("B")
			assert get_link_title("SPM Customer", world.name("A")).endswith("Alpha")

	def test_connections_count_what_a_click_would_show(self, world, as_user):
		def counted(user):
			with as_user(world.users[user]):
				found = get_open_count("SPM Customer", world.name("A"))["count"]["external_links_found"]
			return {row["doctype"]: row["count"] for row in found}

		assert counted("seller")["SPM Opportunity"] == 2
		assert counted("rival")["SPM Opportunity"] == 1
		assert counted("agent")["SPM Opportunity"] == 0 and counted("agent")["SPM Project"] == 1
		with pytest.raises(frappe.PermissionError):
			counted("other_pm")

	def test_search_results_are_narrowed_with_a_list_per_type(self, world, as_user, assert_query_count):
		found = [
			frappe._dict(doctype=doctype, name=name, rank=1)
			for doctype in ("SPM Customer", "SPM Opportunity")
			for name in world.names(doctype)
		]
		with as_user(world.users["seller"]):
			visible(found)
			with assert_query_count(4):
				shown = visible(found)
		assert {row.name for row in shown} == {world.name("A"), world.name("A1"), world.name("A2")}


def test_talks_of_a_shared_customer_are_seen_by_its_team(as_user):
	helper = make_user("SPM Sales User")
	customer = make_customer(team=[{"user": helper}]).name
	talk, contact = make_interaction(customer=customer).name, make_contact(customer).name
	with as_user(helper):
		assert talk in by_list("SPM Interaction") and contact in by_list("Contact")
		assert frappe.has_permission("SPM Customer", "write", doc=customer)
	assert make("SPM Survey", customer=customer).name
