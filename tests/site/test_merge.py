"""Two records of one customer, contact or lead become one, and no column of the database names the other."""

from __future__ import annotations

import json

import frappe
import pytest
from frappe.custom.doctype.custom_field.custom_field import create_custom_field
from frappe.desk.form import assign_to
from frappe.share import add as share

from sales_crm_pm.api.v1 import merge as api
from sales_crm_pm.exceptions import MergeError
from sales_crm_pm.loop import customer_figures, search_keys
from sales_crm_pm.loop.conversion import convert
from tests.factories import (
	make,
	make_contact,
	make_customer,
	make_interaction,
	make_lead,
	make_opportunity,
	make_user,
	make_won_opportunity,
	unique,
)
from tests.factories_delivery import make_project
from tests.support.queries import counted_queries

TEXT_TYPES = ("varchar", "text", "mediumtext", "longtext", "tinytext", "json")
# What was, told as such: the log itself, the recycle bin and the words of comments and versions.
HISTORY = {
	("SPM Merge Log", "merged_name"),
	("SPM Merge Log", "merged_title"),
	("SPM Merge Log", "merged_before"),
	("SPM Merge Log", "survivor_before"),
	("Deleted Document", "deleted_name"),
	("Deleted Document", "data"),
	("Comment", "content"),
	("Comment", "subject"),
	("Version", "data"),
}


def columns_naming(name: str) -> list[tuple[str, str]]:
	"""Every column of the database, of whatever kind, in which a row is exactly this name."""
	schema = frappe.qb.Schema("information_schema").columns
	columns = (
		frappe.qb.from_(schema)
		.select(schema.table_name, schema.column_name)
		.where((schema.table_schema == frappe.conf.db_name) & schema.data_type.isin(TEXT_TYPES))
		.run()
	)
	by_table: dict[str, list[str]] = {}
	for table, column in columns:
		by_table.setdefault(table, []).append(column)
	found = []
	for table, named in by_table.items():
		where = " OR ".join(f"`{column}` = %(name)s" for column in named)
		for row in frappe.db.sql(
			f"SELECT * FROM `{table}` WHERE {where} LIMIT 20", {"name": name}, as_dict=True
		):
			found += [(table.removeprefix("tab"), c) for c in named if row.get(c) == name]
	return sorted(set(found) - HISTORY)


def merged(doctype: str, survivor: str, gone: str, **options) -> dict:
	return api.run(doctype, survivor, gone, **options)


@pytest.fixture
def custom_link(site):
	"""A link to customers that an admin has added to another app's record type."""
	fieldname = "spm_test_customer"
	# Changing a table ends the transaction, so this comes before anything else and is undone for good.
	create_custom_field(
		"ToDo", {"fieldname": fieldname, "fieldtype": "Link", "options": "SPM Customer", "label": "Customer"}
	)
	yield fieldname
	frappe.db.rollback()
	frappe.delete_doc("Custom Field", f"ToDo-{fieldname}", force=True)
	frappe.db.sql_ddl(f"ALTER TABLE `tabToDo` DROP COLUMN `{fieldname}`")
	frappe.db.commit()
	frappe.clear_cache(doctype="ToDo")


@pytest.fixture
def manager():
	return make_user("SPM Sales Manager")


class TestCustomers:
	def test_nothing_names_the_old_customer_any_more(self, custom_link, manager, as_user):
		keep, gone = make_customer(), make_customer()
		everything_about(gone, manager)
		make("ToDo", description="x", **{custom_link: gone.name})
		assert len(columns_naming(gone.name)) > 15
		with as_user(manager):
			done = merged("SPM Customer", keep.name, gone.name)
		assert columns_naming(gone.name) == []
		assert done["created"] and not frappe.db.exists("SPM Customer", gone.name)
		assert frappe.db.get_value("ToDo", {custom_link: keep.name})

	@pytest.mark.parametrize("doctype", ["SPM Customer", "SPM Lead", "Contact"])
	def test_no_column_of_any_record_type_is_forgotten(self, doctype, manager, as_user):
		make_one = {"SPM Customer": make_customer, "SPM Lead": make_lead, "Contact": make_contact}[doctype]
		keep, gone = make_one(), make_one()
		filled = name_everywhere(doctype, gone.name)
		assert len(filled) > 20
		assert filled <= set(columns_naming(gone.name))
		with as_user(manager):
			merged(doctype, keep.name, gone.name)
		assert columns_naming(gone.name) == []

	def test_figures_copies_and_search_are_those_of_one_customer(self, manager, as_user):
		keep, gone = (
			make_customer(customer_name=unique("Keep ")),
			make_customer(customer_name=unique("Gone ")),
		)
		make_won_opportunity(customer=keep.name, amount=100)
		deal = make_won_opportunity(customer=gone.name, amount=250)
		project = make_project(customer=gone.name)
		make_interaction(customer=gone.name)
		with as_user(manager):
			merged("SPM Customer", keep.name, gone.name)
		keep.reload()
		assert (keep.won_count, keep.won_amount_base) == (2, 350) and keep.last_interaction_on
		assert frappe.db.get_value("SPM Opportunity", deal.name, "customer_name") == keep.customer_name
		assert frappe.db.get_value("SPM Project", project.name, "customer_name") == keep.customer_name
		before = keep.as_dict()
		customer_figures.refresh([keep.name])
		assert {f: keep.reload().get(f) for f in keep.COMPUTED} == {f: before.get(f) for f in keep.COMPUTED}
		assert not frappe.db.exists("SPM Search Key", {"reference_name": gone.name})
		assert not frappe.db.exists("__global_search", {"name": gone.name})

	def test_teams_and_portal_users_are_united_without_doubles(self, manager, as_user):
		one, two, three = (make_user("SPM Sales User") for _ in range(3))
		keep = make_customer(team=[{"user": one, "split_percent": 60}])
		gone = make_customer(
			team=[
				{"user": one, "role": "Presales"},
				{"user": two, "split_percent": 30},
				{"user": three, "split_percent": 40},
			]
		)
		with as_user(manager):
			done = merged("SPM Customer", keep.name, gone.name)
		keep.reload()
		assert [(row.user, row.split_percent) for row in keep.team] == [(one, 60), (two, 30), (three, 0)]
		assert [row.idx for row in keep.team] == [1, 2, 3]
		team = next(row for row in done["moved"] if row["doctype"] == "SPM Customer Member")
		assert (team["rows"], team["united"]) == (2, 1)

	def test_chosen_values_win_and_gaps_are_filled(self, manager, as_user):
		keep = make_customer(phone="+49 30 1111111", tier="B")
		gone = make_customer(phone="+49 30 2222222", tier="A", email="info@example.com", annual_revenue=5000)
		with as_user(manager):
			seen = api.preview("SPM Customer", keep.name, gone.name)
			rows = {row["fieldname"]: row for row in seen["fields"]}
			assert rows["tier"]["taken"] is False and rows["email"]["taken"] is True
			assert rows["customer_name"]["survivor"] == keep.customer_name
			merged("SPM Customer", keep.name, gone.name, take=["phone"])
		keep.reload()
		assert (keep.phone, keep.tier, keep.email, keep.annual_revenue) == (
			"+49 30 2222222",
			"B",
			"info@example.com",
			5000,
		)

	def test_preview_counts_what_moves_and_changes_nothing(self, manager, as_user):
		keep, gone = make_customer(), make_customer()
		for _ in range(3):
			make_opportunity(customer=gone.name)
		make_contact(gone.name)
		with as_user(manager):
			counts = {
				row["doctype"]: row["rows"]
				for row in api.preview("SPM Customer", keep.name, gone.name)["counts"]
			}
		assert counts["SPM Opportunity"] == 3 and counts["Contact"] == 1
		assert frappe.db.count("SPM Opportunity", {"customer": gone.name}) == 3

	def test_a_contact_of_both_is_linked_once(self, manager, as_user):
		keep, gone = make_customer(), make_customer()
		contact = make_contact(keep.name)
		contact.append("links", {"link_doctype": "SPM Customer", "link_name": gone.name})
		contact.save()
		with as_user(manager):
			merged("SPM Customer", keep.name, gone.name)
		assert [row.link_name for row in contact.reload().links] == [keep.name]

	def test_a_company_and_its_parent(self, manager, as_user):
		grandparent = make_customer()
		gone = make_customer(parent_customer=grandparent.name)
		keep = make_customer(parent_customer=gone.name)
		with as_user(manager):
			merged("SPM Customer", keep.name, gone.name)
		assert keep.reload().parent_customer == grandparent.name

	def test_only_for_those_who_may_write_both(self, as_user):
		seller = make_user("SPM Sales User")
		mine, other = make_customer(account_manager=seller), make_customer()
		with as_user(seller):
			for pair in ((mine.name, other.name), (other.name, mine.name)):
				with pytest.raises(frappe.PermissionError):
					api.preview("SPM Customer", *pair)
				with pytest.raises(frappe.PermissionError):
					merged("SPM Customer", *pair)
			second = frappe.get_doc({"doctype": "SPM Customer", "customer_name": unique()}).insert()
			assert merged("SPM Customer", mine.name, second.name)["created"]

	def test_a_second_call_finds_it_done(self, manager, as_user):
		keep, gone = make_customer(), make_customer(customer_name=unique("Gone "))
		with as_user(manager):
			first = merged("SPM Customer", keep.name, gone.name)
			again = merged("SPM Customer", keep.name, gone.name)
			assert again["log"] == first["log"] and again["created"] is False
			log = frappe.get_doc("SPM Merge Log", first["log"])
			log.check_permission("read")
		assert (log.merged_by, log.survivor, log.merged_title) == (manager, keep.name, gone.customer_name)
		assert json.loads(log.merged_before)["customer_name"] == gone.customer_name
		with as_user(make_user("SPM Sales User")), pytest.raises(frappe.PermissionError):
			frappe.get_doc("SPM Merge Log", first["log"]).check_permission("read")

	def test_chains_of_merges(self, manager, as_user):
		first, second, third = make_customer(), make_customer(), make_customer()
		deal = make_opportunity(customer=third.name)
		with as_user(manager):
			merged("SPM Customer", second.name, third.name)
			merged("SPM Customer", first.name, second.name)
			assert merged("SPM Customer", first.name, third.name)["created"] is False
		assert frappe.db.get_value("SPM Opportunity", deal.name, "customer") == first.name
		assert columns_naming(second.name) == columns_naming(third.name) == []

	@pytest.mark.parametrize("take", [["won_count"], ["owner"], ["no_such_field"]])
	def test_only_fields_that_people_write_can_be_chosen(self, take, manager, as_user):
		keep, gone = make_customer(), make_customer()
		with as_user(manager), pytest.raises(MergeError):
			merged("SPM Customer", keep.name, gone.name, take=take)

	def test_itself_and_other_types_are_refused(self):
		customer = make_customer()
		with pytest.raises(MergeError):
			merged("SPM Customer", customer.name, customer.name)
		with pytest.raises(MergeError):
			merged("SPM Task", "a", "b")

	def test_statements_do_not_grow_with_what_moves(self):
		def statements(deals: int) -> int:
			keep, gone = make_customer(), make_customer()
			pipeline = make_opportunity(customer=gone.name).pipeline
			for _ in range(deals - 1):
				make_opportunity(customer=gone.name, pipeline=pipeline)
			with counted_queries() as queries:
				merged("SPM Customer", keep.name, gone.name)
			return len(queries)

		statements(1)
		assert statements(12) <= statements(2) + 2


class TestContactsAndLeads:
	def test_contacts(self, manager, as_user):
		customer = make_customer()
		keep, gone = make_contact(customer.name), make_contact(customer.name)
		gone.append("phone_nos", {"phone": "+49 30 123456789", "is_primary_phone": 1})
		gone.save()
		customer.primary_contact = gone.name
		customer.save()
		deal = make_opportunity(
			customer=customer.name, contacts=[{"contact": keep.name}, {"contact": gone.name, "is_primary": 1}]
		)
		old_mail = gone.email_ids[0].email_id
		with as_user(manager):
			merged("Contact", keep.name, gone.name)
		keep.reload()
		assert columns_naming(gone.name) == []
		assert [row.contact for row in deal.reload().contacts] == [keep.name]
		assert deal.contacts[0].is_primary == 1
		assert {row.email_id for row in keep.email_ids} >= {old_mail}
		assert sum(row.is_primary for row in keep.email_ids) == 1
		assert keep.phone == "+49 30 123456789"
		assert customer.reload().primary_contact == keep.name

	def test_leads(self, manager, as_user):
		keep, gone = make_lead(), make_lead(need="Robots", mobile="+49 151 7654321")
		talk = make_interaction(lead=gone.name)
		with as_user(manager):
			merged("SPM Lead", keep.name, gone.name)
		keep.reload()
		assert columns_naming(gone.name) == []
		assert frappe.db.get_value("SPM Interaction", talk.name, "lead") == keep.name
		assert (keep.need, keep.mobile) == ("Robots", "+49 151 7654321") and keep.last_followup_on

	def test_a_converted_lead_hands_its_customer_on(self, manager, as_user):
		keep, gone, other = make_lead(), make_lead(), make_lead()
		done = convert(gone.name)
		with as_user(manager):
			merged("SPM Lead", keep.name, gone.name)
		keep.reload()
		assert (keep.status, keep.customer, keep.opportunity) == (
			"Converted",
			done.customer,
			done.opportunity,
		)
		assert columns_naming(gone.name) == []
		convert(other.name)
		with as_user(manager), pytest.raises(MergeError):
			merged("SPM Lead", keep.name, other.name)


def test_a_renamed_customer_leaves_no_stale_name():
	customer = make_customer(customer_name=unique("Before "))
	old = customer.customer_name
	make_opportunity(customer=customer.name)
	make_project(customer=customer.name)
	customer.customer_name = unique("After ")
	customer.save()
	assert columns_naming(old) == []
	assert not frappe.db.exists("SPM Search Key", {"search_key": search_keys.identity.company_key(old)})


def name_everywhere(doctype: str, name: str) -> set[tuple[str, str]]:
	"""Put a bare row with the name into every Link and Dynamic Link column of the database that may hold it."""
	filled = set()
	for table in frappe.get_all("DocType", {"issingle": 0, "is_virtual": 0}, pluck="name"):
		meta = frappe.get_meta(table)
		for df in meta.fields:
			if df.get("is_virtual") or table in ("SPM Merge Log", doctype):
				continue
			values = {"name": unique("bare-"), df.fieldname: name}
			if df.fieldtype == "Dynamic Link" and meta.has_field(df.options):
				values[df.options] = doctype
			elif not (df.fieldtype == "Link" and df.options == doctype):
				continue
			if meta.istable:
				values |= {"parent": unique("nobody-"), "parenttype": "Note", "parentfield": "rows"}
			columns = ", ".join(f"`{column}`" for column in values)
			places = ", ".join(["%s"] * len(values))
			frappe.db.sql(f"INSERT INTO `tab{table}` ({columns}) VALUES ({places})", list(values.values()))
			filled.add((table, df.fieldname))
	return filled


def everything_about(customer, user: str) -> None:
	"""Records of every kind that name the customer, of ours and of the framework."""
	name, link = customer.name, {"reference_doctype": "SPM Customer", "reference_name": customer.name}
	make_customer(parent_customer=name)
	make_contact(name)
	deal = make_opportunity(customer=name, originated_from_type="SPM Customer", originated_from=name)
	make_project(customer=name)
	make_interaction(customer=name, opportunity=deal.name)
	make_lead(referral_customer=name)
	make(
		"Address",
		address_title=unique(),
		address_line1="Street",
		city="Berlin",
		country="Germany",
		address_type="Office",
		links=[{"link_doctype": "SPM Customer", "link_name": name}],
	)
	customer.add_comment("Comment", "Remember this")
	customer.add_tag("vip")
	assign_to.add({"doctype": "SPM Customer", "name": name, "assign_to": [user]})
	share("SPM Customer", name, user=user, write=1)
	make("Communication", content="Hello", subject="Hello", communication_medium="Email", **link)
	make("File", file_name="a.txt", content="a", attached_to_doctype="SPM Customer", attached_to_name=name)
	make("User Permission", user=make_user("SPM Sales User"), allow="SPM Customer", for_value=name)
	make("Document Follow", ref_doctype="SPM Customer", ref_docname=name, user=user)
	make("Version", ref_doctype="SPM Customer", docname=name, data="{}")
	make("Notification Log", subject="x", for_user=user, document_type="SPM Customer", document_name=name)
	make("View Log", viewed_by=user, **link)
	make(
		"Event",
		subject="Fair",
		starts_on="2026-03-01",
		event_participants=[{"reference_doctype": "SPM Customer", "reference_docname": name}],
	)
	make(
		"SPM Duplicate Exception",
		first_type="SPM Customer",
		first_record=name,
		second_type="SPM Customer",
		second_record=make_customer().name,
	)
