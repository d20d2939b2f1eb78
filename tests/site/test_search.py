"""Search finds people and companies by beginnings, pinyin and numbers, for everybody only what they may see."""

from __future__ import annotations

import frappe
import pytest
from frappe.desk.search import search_link

from sales_crm_pm.api.v1 import search as api
from sales_crm_pm.insight import search as insight
from sales_crm_pm.loop import search_keys
from tests.factories import make_contact, make_customer, make_lead, make_opportunity, make_user, unique
from tests.factories_delivery import make_project
from tests.support.queries import counted_queries


@pytest.fixture
def seller():
	return make_user("SPM Sales User")


@pytest.fixture
def manager():
	return make_user("SPM Sales Manager")


def names(text: str, *doctypes: str, limit: int = 50) -> list[str]:
	return [row["name"] for row in api.find(text, list(doctypes) or None, limit=limit)]


class TestWords:
	@pytest.mark.parametrize(
		"text", ["zs", "ZS", "zhangsan", "zhang san", "zhangs", "张", "张三", "三", "san"]
	)
	def test_a_chinese_name(self, text, manager, as_user):
		contact = make_contact(first_name="张三")
		with as_user(manager):
			assert contact.name in names(text, "Contact", limit=100)

	@pytest.mark.parametrize("text", ["zs", "zhangsan", "张三", "san zhang"])
	def test_a_chinese_name_that_a_form_has_turned_round(self, text):
		contact = make_contact(first_name="三", last_name="张")
		assert contact.full_name == "三 张"
		assert contact.name in names(text, "Contact", limit=100)

	@pytest.mark.parametrize("text", ["zgf", "cgf", "zengguofan", "曾国"])
	def test_a_surname_with_two_readings(self, text):
		lead = make_lead(lead_name="曾国藩")
		assert lead.name in names(text, "SPM Lead")

	@pytest.mark.parametrize(
		"text", ["上海寰宇", "寰宇精密", "shhy", "huanyujingmi", "hyjm", "shanghai huanyu", "寰宇 上海"]
	)
	def test_a_chinese_company_from_any_character(self, text):
		customer = make_customer(customer_name="上海寰宇精密科技有限公司")
		assert customer.name in names(text, "SPM Customer")

	def test_any_word_of_a_name_in_any_order_and_spelling(self):
		tag = unique()
		customer = make_customer(customer_name=f"Müller {tag} Robotics GmbH")
		for text in (
			f"muller {tag}",
			f"{tag} rob",
			f"robotics {tag}",
			f"Robotics Müller {tag}",
			f"MÜLLER{tag}",
		):
			assert names(text, "SPM Customer") == [customer.name], text
		assert customer.name not in names(f"{tag} nothing", "SPM Customer")

	def test_numbers_and_addresses(self):
		tail = "77412309"
		domain = f"{unique('firm')}.de"
		customer = make_customer(
			phone=f"+49 30 {tail}", email=f"info@{domain}", social_credit_code=unique("91310000").upper()
		)
		for text in (f"030 {tail}", f"+4930{tail}", tail, tail[-4:], f"info@{domain[:6]}", domain):
			assert customer.name in names(text, "SPM Customer", limit=100), text
		assert customer.name in names(customer.social_credit_code.lower(), "SPM Customer")
		assert customer.name in names(customer.name.lower(), "SPM Customer")

	def test_deals_and_projects_by_title_number_and_customer(self):
		customer = make_customer(customer_name=unique("Harbour "))
		deal = make_opportunity(customer=customer.name, title=unique("Cranes "), contract_no=unique("HT-"))
		project = make_project(customer=customer.name, project_name=unique("Crane rollout "))
		for text in (deal.title, deal.contract_no, customer.customer_name):
			assert deal.name in names(text, "SPM Opportunity"), text
		assert project.name in names(project.project_name, "SPM Project")
		assert {deal.name, project.name, customer.name} <= set(names(customer.customer_name))

	@pytest.mark.parametrize("text", ["", "  ", "%", "_", "\\", "'", "' or 1=1 --", "a" * 500, "&&"])
	def test_nonsense_finds_nothing_and_breaks_nothing(self, text):
		assert isinstance(api.find(text), list)
		assert insight.link_query("SPM Customer", text) is not None

	def test_exact_names_come_first(self):
		tag = unique()
		longer = make_customer(customer_name=f"{tag}abc")
		exact = make_customer(customer_name=tag)
		assert names(tag, "SPM Customer") == [exact.name, longer.name]


class TestUpkeep:
	def test_keys_follow_the_record(self):
		old, new = unique("Before "), unique("After ")
		customer = make_customer(customer_name=old)
		customer.customer_name = new
		customer.save()
		assert names(new) == [customer.name] and names(old) == []
		customer.delete()
		assert names(new) == [] and not frappe.db.exists("SPM Search Key", {"reference_name": customer.name})

	def test_a_contacts_numbers_and_its_renaming(self):
		contact = make_contact(first_name=unique("Lena "))
		contact.append("phone_nos", {"phone": "+49 171 5550099"})
		contact.save()
		assert contact.name in names("0171 5550099", "Contact")
		contact.phone_nos = []
		contact.save()
		assert contact.name not in names("0171 5550099", "Contact")
		frappe.rename_doc("Contact", contact.name, unique("Renamed "), force=True)
		assert names(contact.first_name, "Contact")[0].startswith("Renamed")

	def test_rebuilding_from_nothing_gives_the_same(self):
		made = [
			make_customer(customer_name="北京华信" + unique(), phone="+86 10 88886666"),
			make_contact(),
			make_lead(),
		]
		made += [make_opportunity(), make_project()]
		for doc in made:
			before = stored_keys(doc)
			assert before
			frappe.db.delete("SPM Search Key", {"reference_name": doc.name})
			search_keys.rebuild(doc.doctype, [doc.name])
			assert stored_keys(doc) == before, doc.doctype
			search_keys.rebuild(doc.doctype, [doc.name])
			assert stored_keys(doc) == before

	def test_the_whole_table_in_batches(self, monkeypatch):
		monkeypatch.setattr(search_keys, "BATCH", 2)
		customers = [make_customer() for _ in range(5)]
		frappe.db.delete("SPM Search Key", {"reference_doctype": "SPM Customer"})
		counts = search_keys.rebuild_all(["SPM Customer"], commit=False)
		assert counts == {"SPM Customer": frappe.db.count("SPM Customer")}
		for customer in customers:
			assert names(customer.customer_name, "SPM Customer") == [customer.name]


class TestRights:
	def test_everybody_finds_only_what_they_may_see(self, seller, manager, as_user):
		tag = unique()
		mine = make_customer(customer_name=f"{tag} mine", account_manager=seller)
		other = make_customer(customer_name=f"{tag} other")
		deal = make_opportunity(customer=other.name, title=f"{tag} deal")
		with as_user(seller):
			assert names(tag) == [mine.name]
			assert [row["name"] for row in insight.search(tag)] == [mine.name]
		with as_user(manager):
			assert set(names(tag)) == {mine.name, other.name, deal.name}
		with as_user(make_user("SPM Customer User", user_type="Website User")):
			assert names(tag) == []

	def test_ones_own_are_found_behind_many_of_others(self, seller, as_user, monkeypatch):
		monkeypatch.setattr(insight, "LOOKED_AT", 5)
		tag = unique()
		for number in range(8):
			make_customer(customer_name=f"{tag} a{number}")
		mine = make_customer(customer_name=f"{tag} z", account_manager=seller)
		with as_user(seller):
			assert names(tag, "SPM Customer") == [mine.name]
			assert [row[0] for row in insight.link_query("SPM Customer", tag)] == [mine.name]

	def test_the_same_holds_for_people_whom_core_s_rules_know_too(self, seller, as_user, monkeypatch):
		"""Contacts have a condition of core's as well, which is no set of names to start from."""
		monkeypatch.setattr(insight, "LOOKED_AT", 5)
		tag = unique()
		mine = make_customer(account_manager=seller)
		other = make_customer()
		for number in range(8):
			make_contact(other.name, first_name=f"{tag} a{number}")
		contact = make_contact(mine.name, first_name=f"{tag} z")
		with as_user(seller):
			assert names(tag, "Contact") == [contact.name]

	def test_user_permissions_narrow_the_answer(self, seller, as_user):
		tag = unique()
		one = make_customer(customer_name=f"{tag} one", account_manager=seller)
		make_customer(customer_name=f"{tag} two", account_manager=seller)
		frappe.get_doc(
			{"doctype": "User Permission", "user": seller, "allow": "SPM Customer", "for_value": one.name}
		).insert()
		with as_user(seller):
			assert names(tag) == [one.name]


class TestDesk:
	def test_link_fields(self, seller, as_user):
		customer = make_customer(customer_name="广州云帆" + unique(), account_manager=seller)
		disabled = make_customer(customer_name=customer.customer_name, account_manager=seller, disabled=1)
		contact = make_contact(customer.name, first_name="李四光")
		stranger = make_contact(first_name="李四光")
		with as_user(seller):
			found = search_link("SPM Customer", "gzyf")
			assert customer.name in [row["value"] for row in found]
			assert disabled.name not in [row["value"] for row in found]
			row = next(row for row in found if row["value"] == customer.name)
			assert row["label"] == customer.customer_name
			linked = {"link_doctype": "SPM Customer", "link_name": customer.name}
			assert [row["value"] for row in search_link("Contact", "lsg", filters=linked)] == [contact.name]
			assert stranger.name not in [row["value"] for row in search_link("Contact", "", filters=linked)]
			assert search_link("SPM Customer", "gzyf", filters={"name": ["!=", customer.name]}) == []
			assert search_link("SPM Customer", customer.name)[0]["value"] == customer.name

	def test_global_search_finds_other_types_by_words(self, manager, as_user):
		lead = make_lead(lead_name="欧阳修")
		with as_user(manager):
			rows = insight.search("oyx", doctype="SPM Lead")
		assert lead.name in [row["name"] for row in rows]
		assert rows[0]["title"].startswith("欧阳修")


class TestCost:
	def test_a_fixed_number_of_statements(self, seller, as_user):
		tag = unique()

		def statements(text: str) -> int:
			with as_user(seller), counted_queries() as queries:
				api.find(text, limit=5)
			return len(queries)

		make_customer(customer_name=f"{tag} first", account_manager=seller)
		make_opportunity(title=f"{tag} first deal", opportunity_owner=seller)
		statements(tag)
		few = statements(tag)
		for number in range(12):
			make_customer(customer_name=f"{tag} {number}", account_manager=seller)
			make_opportunity(title=f"{tag} {number}", opportunity_owner=seller)
		assert statements(tag) <= few + 1
		with as_user(seller), counted_queries(16):
			api.find(tag, limit=5)


def stored_keys(doc) -> set:
	rows = frappe.get_all(
		"SPM Search Key",
		filters={"reference_doctype": doc.doctype, "reference_name": doc.name},
		fields=["kind", "search_key"],
		as_list=True,
		limit_page_length=0,
	)
	return set(rows)
