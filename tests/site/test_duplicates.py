"""Duplicates are caught the same way by the form's save, REST, both imports, the web form and the conversion."""

from __future__ import annotations

import json
import random

import frappe
import pytest

from sales_crm_pm.api.v1 import duplicate as api
from sales_crm_pm.api.v1 import lead as lead_api
from sales_crm_pm.exceptions import DuplicateRecordError, SPMError
from sales_crm_pm.importing import preview
from sales_crm_pm.loop import duplicate_rules, duplicates, search_keys
from sales_crm_pm.sales_crm_pm.report.spm_duplicates import spm_duplicates as report
from tests.factories import make, make_contact, make_customer, make_lead, make_user, unique
from tests.support.importing import run_now, upload
from tests.support.queries import counted_queries

RULE = "SPM Duplicate Rule"


@pytest.fixture(autouse=True)
def only_our_rules(site):
	"""The site's own rules rest, so that each test says which rules it is about."""
	frappe.db.set_value(RULE, {"enabled": 1}, "enabled", 0)
	duplicate_rules.forget_rules()
	yield
	duplicate_rules.forget_rules()


@pytest.fixture
def asked(site):
	"""Behave as within a request, where a person can be asked."""
	before = getattr(frappe.local, "request", None)
	frappe.local.request = frappe._dict(method="POST", path="/api")
	yield
	frappe.local.request = before


@pytest.fixture
def seller():
	return make_user("SPM Sales User")


def rule(record_type: str, **values):
	values.setdefault("rule_name", unique("Rule "))
	return make(RULE, record_type=record_type, **values)


def digits() -> str:
	"""A phone number nobody else uses."""
	return f"+49 30 {random.randrange(10**7, 10**8)}"


def keys(lead: str) -> set:
	rows = frappe.get_all(
		"SPM Search Key",
		filters={"reference_doctype": "SPM Lead", "reference_name": lead},
		fields=["kind", "search_key"],
		as_list=True,
	)
	return set(rows)


class TestWhatIsTheSame:
	def test_a_name_in_another_spelling(self, asked):
		rule("SPM Customer", by_company=1)
		tag = unique()
		make_customer(customer_name=f"Müller {tag} Robotics GmbH & Co. KG")
		with pytest.raises(DuplicateRecordError) as error:
			make_customer(customer_name=f"MULLER  {tag}  ROBOTICS")
		assert error.value.may_ignore and error.value.duplicates[0]["reasons"] == ["Company Name"]

	def test_a_typing_mistake_only_where_the_rule_says_so(self, asked):
		tag = frappe.generate_hash(length=8).translate(str.maketrans("0123456789", "ghijklmnop"))
		make_customer(customer_name=f"Harbour {tag} Logistics Ltd")
		exact = rule("SPM Customer", by_company=1)
		make_customer(customer_name=f"Harbour {tag} Logistik", ignore_duplicates=0)
		exact.name_similarity = 85
		exact.save()
		with pytest.raises(DuplicateRecordError) as error:
			make_customer(customer_name=f"Harbour {tag} Logistcs")
		assert any("% alike" in reason for found in error.value.duplicates for reason in found["reasons"])

	def test_names_with_different_numbers_are_different(self, asked):
		rule("SPM Customer", by_company=1, name_similarity=80)
		tag = unique("Plant of Everything ")
		make_customer(customer_name=f"{tag} No 1")
		make_customer(customer_name=f"{tag} No 2")

	def test_a_phone_across_record_types_and_spellings(self, asked):
		rule("SPM Lead", by_phone=1, among_contacts=1)
		number = digits()
		contact = make_contact()
		contact.append("phone_nos", {"phone": number})
		contact.save()
		with pytest.raises(DuplicateRecordError) as error:
			make_lead(mobile=number.replace("+49 ", "0").replace(" ", "-"))
		assert [d["doctype"] for d in error.value.duplicates] == ["Contact"]

	def test_an_own_domain_counts_and_a_mail_provider_does_not(self, asked):
		rule("SPM Lead", by_domain=1)
		domain = f"{unique('firm')}.de"
		customer = make_customer(website=f"https://www.{domain}/about")
		make_lead(email=f"{unique()}@gmail.com")
		make_lead(email=f"{unique()}@gmail.com")
		with pytest.raises(DuplicateRecordError) as error:
			make_lead(email=f"sales@mail.{domain}")
		assert error.value.duplicates[0]["name"] == customer.name

	def test_all_or_any(self, asked):
		both = rule("Contact", by_person=1, by_phone=1, among_contacts=1, match=duplicate_rules.ALL_THE_SAME)
		number, name = digits(), unique("Zhang ")
		make_contact(first_name=name, phone_nos=[{"phone": number}])
		make_contact(first_name=unique(), phone_nos=[{"phone": number}])
		with pytest.raises(DuplicateRecordError):
			make_contact(first_name=name, phone_nos=[{"phone": number}])
		both.match = "Any of These Is the Same"
		both.save()
		with pytest.raises(DuplicateRecordError):
			make_contact(first_name=unique(), phone_nos=[{"phone": number}])

	def test_a_disabled_rule_is_silent(self, asked):
		silent = rule("SPM Customer", by_tax_id=1, action="Refuse")
		code = unique("91310000").upper()
		make_customer(social_credit_code=code)
		with pytest.raises(DuplicateRecordError):
			make_customer(tax_id=code)
		silent.enabled = 0
		silent.save()
		make_customer(tax_id=code)

	def test_group_companies_may_share_a_domain(self, asked):
		rule("SPM Customer", by_domain=1)
		domain = f"https://{unique('group')}.com"
		parent = make_customer(website=domain)
		make_customer(website=domain, parent_customer=parent.name)
		with pytest.raises(DuplicateRecordError):
			make_customer(website=domain)

	@pytest.mark.parametrize(
		"values",
		[
			{},
			{"by_phone": 1, "among_customers": 0, "among_leads": 0},
			{"by_company": 1, "name_similarity": 40},
		],
	)
	def test_a_rule_without_sense_is_refused(self, values):
		with pytest.raises(SPMError):
			rule("SPM Customer", **values)


class TestWhatBecomesOfIt:
	def test_save_anyway_keeps_a_comment(self, asked):
		rule("SPM Customer", by_company=1)
		first = make_customer()
		second = make_customer(customer_name=first.customer_name, ignore_duplicates=1)
		comment = frappe.get_all(
			"Comment",
			filters={"reference_doctype": second.doctype, "reference_name": second.name},
			pluck="content",
		)
		assert len(comment) == 1 and first.name in comment[0]

	def test_refuse_cannot_be_passed_over(self, asked):
		rule("SPM Customer", by_company=1, action="Refuse")
		first = make_customer()
		with pytest.raises(DuplicateRecordError) as error:
			make_customer(customer_name=first.customer_name, ignore_duplicates=1)
		assert not error.value.may_ignore
		assert not frappe.local.message_log[-1].get("primary_action")

	def test_nobody_to_ask_means_a_comment_and_no_loss(self):
		rule("SPM Lead", by_phone=1)
		number = digits()
		make_lead(mobile=number)
		lead = make_lead(mobile=number)
		assert frappe.db.exists("Comment", {"reference_name": lead.name, "comment_type": "Info"})

	def test_a_hidden_record_gives_nothing_away_but_whom_to_ask(self, asked, seller, as_user):
		rule("SPM Customer", by_phone=1)
		colleague = make_user("SPM Sales User", first_name="Petra", last_name="Holder")
		number, name = digits(), unique("Secret ")
		hidden = make_customer(customer_name=name, phone=number, account_manager=colleague)
		with as_user(seller), pytest.raises(DuplicateRecordError) as error:
			frappe.get_doc({"doctype": "SPM Customer", "customer_name": unique(), "phone": number}).insert()
		told = json.dumps([str(error.value), error.value.duplicates, frappe.local.message_log], default=str)
		assert name not in told and hidden.name not in told
		assert "Petra Holder" in told

	def test_known_to_differ(self, asked, seller, as_user):
		rule("SPM Lead", by_phone=1)
		number = digits()
		first = make_lead(mobile=number, lead_owner=seller)
		second = make_lead(lead_owner=seller)
		with as_user(seller):
			done = api.dismiss("SPM Lead", second.name, "SPM Lead", first.name, "Two people, one desk")
			again = api.dismiss("SPM Lead", first.name, "SPM Lead", second.name)
		assert done["created"] and again == {"name": done["name"], "created": False}
		second.mobile = number
		second.save()

	def test_the_hint_says_the_same_without_saving(self, seller, as_user):
		rule("SPM Lead", by_company=1)
		customer = make_customer(account_manager=seller)
		with as_user(seller):
			found = api.check("SPM Lead", {"organisation": f"{customer.customer_name} Ltd."})
			assert api.check("SPM Lead", {"organisation": unique("Other ")}) == []
		assert [(row["name"], row["action"], row["hidden"]) for row in found] == [
			(customer.name, "Warn", False)
		]
		with as_user(make_user("SPM Delivery Member")), pytest.raises(frappe.PermissionError):
			api.check("SPM Lead", {"organisation": customer.customer_name})


class TestEveryWayIn:
	"""The same phone number twice, by each way in (requirement L-01)."""

	@pytest.fixture
	def number(self):
		rule("SPM Lead", by_phone=1)
		number = digits()
		make_lead(mobile=number)
		return number

	def test_our_import_and_its_preview(self, number):
		file = upload(f"Name,Phone\n{unique('P ')},{number}\n{unique('Q ')},{digits()}\n")
		mapping = {"target": "SPM Lead"}
		seen = preview.preview(file, mapping=mapping)
		assert seen["error_count"] == 1 and "Phone Number" in seen["errors"][0]["reason"]
		assert preview.preview(file, mapping=mapping, options={"duplicates": "create"})["error_count"] == 0
		run = run_now(file, mapping)
		assert (run.rows_created, run.rows_failed) == (1, 1)

	def test_our_import_recognises_a_record_by_its_number_in_any_spelling(self, number):
		file = upload(f"Name,Mobile\n{unique('P ')},{number.replace('+49 ', '0')}\n")
		assert preview.preview(file, mapping={"target": "SPM Lead"})["counts"]["SPM Lead"]["update"] == 1

	def test_rows_of_one_file_against_each_other(self, number):
		other = digits()
		text = f"Name,Mobile\n{unique('P ')},{other}\n{unique('Q ')},{other.replace('+49 ', '0049')}\n"
		file = upload(text)
		seen = preview.preview(file, mapping={"target": "SPM Lead"})
		assert seen["error_count"] == 1
		run = run_now(file, {"target": "SPM Lead"})
		assert (run.rows_created, run.rows_failed) == (1, 1)

	def test_imported_records_have_the_same_keys_as_inserted_ones(self, number):
		name, mobile = unique("Li Wei "), digits()
		run = run_now(upload(f"Name,Mobile\n{name},{mobile}\n"), {"target": "SPM Lead"})
		imported = frappe.db.get_value("SPM Lead", {"import_run": run.name})
		frappe.db.set_value("SPM Lead", imported, "mobile", "")
		inserted = make_lead(lead_name=name, mobile=mobile, organisation="")
		assert keys(imported) == keys(inserted.name) != set()

	def test_the_frameworks_data_import(self, number):
		frappe.flags.in_import = True
		with pytest.raises(DuplicateRecordError):
			make_lead(mobile=number)

	def test_web_form_keeps_the_request(self, number, as_user):
		frappe.flags.in_web_form = True
		with as_user("Guest"):
			lead = frappe.get_doc(
				{"doctype": "SPM Lead", "lead_name": unique(), "mobile": number, "consent": 1}
			)
			lead.insert(ignore_permissions=True)
		assert frappe.db.exists("Comment", {"reference_name": lead.name, "comment_type": "Info"})

	def test_a_visitor_learns_nothing_from_a_refusal(self, number, as_user):
		frappe.db.set_value(RULE, {"enabled": 1}, "action", "Refuse")
		duplicate_rules.forget_rules()
		with as_user("Guest"), pytest.raises(DuplicateRecordError) as error:
			frappe.get_doc(
				{"doctype": "SPM Lead", "lead_name": unique(), "mobile": number, "consent": 1}
			).insert(ignore_permissions=True)
		assert "Phone" not in str(error.value)

	def test_conversion_takes_the_customer_that_is_there(self, seller, as_user, asked):
		rule("SPM Customer", by_company=1, by_phone=1, among_leads=0)
		lead = make_lead(lead_owner=seller, mobile=digits(), phone=digits())
		customer = make_customer(customer_name=f"{lead.organisation} Co., Ltd.", account_manager=seller)
		with as_user(seller):
			assert lead_api.convert(lead.name)["customer"] == customer.name

	def test_conversion_asks_about_a_colleagues_customer(self, seller, as_user, asked):
		rule("SPM Customer", by_company=1, among_leads=0)
		lead = make_lead(lead_owner=seller)
		make_customer(customer_name=lead.organisation.upper())
		with as_user(seller):
			with pytest.raises(DuplicateRecordError):
				lead_api.convert(lead.name)
			frappe.local.form_dict.ignore_duplicates = 1
			assert lead_api.convert(lead.name)["created"]

	def test_a_lead_is_no_duplicate_of_what_it_became(self, seller, as_user, asked):
		rule("SPM Customer", by_phone=1, by_email=1)
		rule("Contact", by_phone=1, by_email=1, among_contacts=1)
		rule("SPM Lead", by_phone=1, by_email=1, among_contacts=1)
		lead = make_lead(lead_owner=seller, phone=digits(), email=f"{unique()}@{unique('x')}.com")
		with as_user(seller):
			done = lead_api.convert(lead.name)
		lead.reload()
		lead.phone = digits()
		lead.save()
		assert done["customer"] and done["contact"]


class TestCost:
	def test_statements(self, assert_query_count):
		rule("SPM Customer", by_company=1, by_phone=1, by_domain=1, name_similarity=90)
		doc = make_customer(phone=digits(), website=f"https://{unique('w')}.com")
		with assert_query_count(1):
			duplicates.check(
				frappe.copy_doc(doc).update(
					{"phone": digits(), "customer_name": unique("New "), "website": ""}
				)
			)
		stored = frappe.get_doc(doc.doctype, doc.name)
		stored.load_doc_before_save()
		stored.notes = "Nothing that is looked at"
		with assert_query_count(0):
			duplicates.check(stored)
			search_keys.refresh(stored)
		stored.customer_name = unique("Renamed ")
		with assert_query_count(2):
			search_keys.refresh(stored)

	def test_import_asks_once_per_chunk(self):
		rule("SPM Lead", by_phone=1, by_email=1)
		duplicate_rules.rules_for("SPM Lead")
		search_keys.company_suffixes()
		values = [{"lead_name": unique(), "mobile": digits()} for _ in range(50)]
		with counted_queries(1), duplicates.batch("SPM Lead", values):
			for row in values:
				doc = frappe.get_doc({"doctype": "SPM Lead", **row})
				duplicates.check(doc)
				duplicates.remember(doc)


class TestPairs:
	def test_pairs_are_listed_for_those_who_see_both(self, seller, as_user):
		rule("SPM Customer", by_company=1, by_phone=1)
		number, name = digits(), unique("Twice ")
		first = make_customer(customer_name=name, phone=number, account_manager=seller)
		second = make_customer(customer_name=f"{name} Ltd", phone=number, account_manager=seller)
		hidden = make_customer(customer_name=f"{name} Inc")
		with as_user(seller):
			columns, rows, _said = report.execute({"record_type": "SPM Customer"})
			mine = [row for row in rows if row["first_title"] == name]
			assert [(row["first"], row["second"], row["reasons_count"]) for row in mine] == [
				(first.name, second.name, 2)
			]
			assert hidden.name not in json.dumps(rows, default=str)
			assert {column["fieldname"] for column in columns} >= {"first_title", "second_title", "reasons"}
			api.dismiss("SPM Customer", first.name, "SPM Customer", second.name)
			assert not [r for r in report.execute({})[1] if r["first"] == first.name]

	def test_companies_of_one_group_and_rules_that_want_everything(self):
		rule("SPM Customer", by_company=1, by_phone=1, match=duplicate_rules.ALL_THE_SAME)
		number = digits()
		parent = make_customer(phone=number)
		make_customer(customer_name=f"{parent.customer_name} Ltd", phone=number, parent_customer=parent.name)
		other = make_customer(phone=number)
		rows = report.execute({})[1]
		assert not {parent.name, other.name} & {row[side] for row in rows for side in ("first", "second")}

	def test_without_rules_and_without_rights(self, as_user):
		assert report.execute({"record_type": "SPM Lead"})[1] == []
		with as_user(make_user("SPM Delivery Member")), pytest.raises(frappe.PermissionError):
			report.execute({"record_type": "SPM Lead"})
