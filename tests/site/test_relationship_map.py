"""People of a customer: contact fields, reporting lines, the map with who of us knows whom, and who may see it."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, now_datetime, today

from sales_crm_pm.api.v1 import customer as api
from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import customer_scores, survey
from sales_crm_pm.portal.access import customers_of
from sales_crm_pm.setup import contact_fields
from sales_crm_pm.setup.customer_data import CONTACT_FIELDS
from tests.factories import make, make_contact, make_customer, make_interaction, make_opportunity, make_user


@pytest.fixture
def bank():
	"""A customer of a seller with a boss, two people below her, and one who has left."""
	seller = make_user("SPM Sales User", first_name="Tom")
	name = make_customer(account_manager=seller).name
	frappe.db.set_value("SPM Customer", name, "owner", seller, update_modified=False)
	boss = make_contact(
		name, first_name="Ada", buying_role="Decision Maker", stance="Opponent", influence="High"
	)
	left = make_contact(
		name, first_name="Bob", reports_to=boss.name, stance="Supporter", left_company_on="2020-01-01"
	)
	user = make_contact(name, first_name="Cleo", reports_to=boss.name, buying_role="User", stance="Supporter")
	return frappe._dict(name=name, seller=seller, boss=boss.name, left=left.name, user=user.name)


def talk(bank, who, contact, **values):
	"""A talk that a colleague wrote down."""
	doc = make_interaction(customer=bank.name, contact=contact, **values)
	frappe.db.set_value("SPM Interaction", doc.name, "owner", who, update_modified=False)
	return doc.name


def people(bank, **options):
	return {row["name"]: row for row in api.relationship_map(bank.name, **options)["people"]}


class TestFields:
	def test_every_field_is_there_once_and_can_be_taken_back(self):
		names = [field["fieldname"] for field in CONTACT_FIELDS["Contact"]]
		contact_fields.create()
		assert sorted(
			frappe.get_all(
				"Custom Field", filters={"dt": "Contact", "fieldname": ["in", names]}, pluck="fieldname"
			)
		) == sorted(names)

	def test_what_an_admin_changed_stays(self):
		field = frappe.get_doc("Custom Field", {"dt": "Contact", "fieldname": "wechat"})
		field.db_set("label", "WeChat ID")
		contact_fields.create()
		assert frappe.db.get_value("Custom Field", field.name, "label") == "WeChat ID"

	def test_nobody_reports_to_themselves_in_the_end(self, bank):
		boss = frappe.get_doc("Contact", bank.boss)
		boss.reports_to = bank.user
		with pytest.raises(SPMError, match="report to themselves"):
			boss.save()

	def test_a_customer_with_reporting_lines_can_be_deleted(self, bank):
		frappe.delete_doc("SPM Customer", bank.name)
		assert not frappe.db.exists("Contact", bank.user)

	def test_who_has_left_or_wants_none_gets_no_survey(self, bank):
		stays = make_contact(bank.name)
		refuses = make_contact(bank.name, survey_opt_out=1)
		project = make(
			"SPM Project",
			project_name="P",
			customer=bank.name,
			project_manager="Administrator",
			contacts=[{"contact": c, "gets_survey": 1} for c in (bank.left, stays.name, refuses.name)],
		)
		names = survey.create_for_project(project)
		assert [frappe.db.get_value("SPM Survey", name, "contact") for name in names] == [stays.name]

	@pytest.mark.parametrize("change", [{"portal_enabled": 0}, {"left_company_on": "2020-01-01"}])
	def test_the_portal_closes_for_a_contact(self, bank, change):
		user = make_user("SPM Customer User", user_type="Website User")
		frappe.db.set_value("Contact", bank.user, "user", user)
		assert customers_of(user) == [bank.name]
		frappe.db.set_value("Contact", bank.user, change)
		assert customers_of(user) == []


class TestMap:
	def test_lines_roles_and_who_has_left(self, bank):
		found = people(bank)
		assert found[bank.boss]["boss"] is None
		assert found[bank.user]["boss"] == bank.boss
		assert (found[bank.boss]["buying_role"], found[bank.boss]["stance"]) == ("Decision Maker", "Opponent")
		assert [found[c]["has_left"] for c in (bank.left, bank.user)] == [True, False]

	def test_a_boss_of_another_company_makes_no_line(self, bank):
		stranger = make_contact(make_customer().name)
		frappe.db.set_value("Contact", bank.user, "reports_to", stranger.name)
		assert people(bank)[bank.user]["boss"] is None

	def test_who_of_us_knows_whom_and_how_well(self, bank):
		colleague = make_user("SPM Sales Manager", first_name="Grace")
		for _ in range(5):
			talk(bank, bank.seller, bank.user, direction="Incoming")
		talk(bank, colleague, bank.user, happened_on=add_days(now_datetime(), -100))
		talk(bank, colleague, bank.boss, happened_on=add_days(now_datetime(), -400))
		group = make_interaction(
			customer=bank.name,
			contact=bank.user,
			participants=[{"contact": bank.user}, {"contact": bank.boss}],
		)
		frappe.db.set_value("SPM Interaction", group.name, "owner", bank.seller, update_modified=False)
		found = people(bank)
		known = {row["user"]: row for row in found[bank.user]["known_by"]}
		assert (known[bank.seller]["talks"], known[colleague]["talks"]) == (6, 1)
		assert known[bank.seller]["level"] > known[colleague]["level"] > 0
		assert [row["user"] for row in found[bank.boss]["known_by"]] == [bank.seller], (
			"400 days ago is too long ago"
		)
		for row in found.values():
			assert row["strength"] == sum(factor["points"] for factor in row["factors"])

	def test_gaps_say_what_to_do(self, bank):
		gaps = api.relationship_map(bank.name)["gaps"]
		assert gaps == ["Nobody of us talks with Ada, who decides.", "Ada decides and is against us."]
		frappe.db.set_value("Contact", bank.boss, {"buying_role": "", "stance": "Opponent"})
		talk(bank, bank.seller, bank.user)
		assert api.relationship_map(bank.name)["gaps"] == [
			"No decision maker is known yet.",
			"Ada has much influence and is against us.",
			"All talks hang on one person; find a second one.",
		]

	def test_a_deal_brings_its_own_roles(self, bank):
		deal = make_opportunity(
			customer=bank.name,
			contacts=[{"contact": bank.user, "buying_role": "Sponsor", "stance": "Neutral"}],
		)
		found = people(bank, opportunity=deal.name)
		assert (found[bank.user]["in_deal"], found[bank.boss]["in_deal"]) == (True, False)
		assert (found[bank.user]["buying_role"], found[bank.user]["stance"]) == ("Sponsor", "Neutral")
		with pytest.raises(SPMError, match="another customer"):
			api.relationship_map(make_customer().name, opportunity=deal.name)

	def test_the_stored_strength_is_that_of_the_map(self, bank):
		for _ in range(4):
			talk(bank, bank.seller, bank.user)
		customer_scores.refresh_people()
		stored = frappe.db.get_value("Contact", bank.user, "relationship_strength")
		assert stored == people(bank)[bank.user]["strength"] > 0
		standing = api.standing(bank.name)
		assert standing["strength"] == sum(factor["points"] for factor in standing["factors"])
		customer_scores.refresh_customers()
		assert frappe.db.get_value("SPM Customer", bank.name, "relationship_strength") == standing["strength"]

	def test_statements_do_not_grow_with_people_and_talks(self, bank, as_user, assert_query_count):
		with as_user(bank.seller):
			talk(bank, bank.seller, bank.user)
			api.relationship_map(bank.name)
			with assert_query_count(12) as queries:
				api.relationship_map(bank.name)
			spent = len(queries)
			for _ in range(6):
				contact = make_contact(bank.name)
				for _ in range(3):
					talk(bank, bank.seller, contact.name)
			with assert_query_count(spent):
				assert len(api.relationship_map(bank.name)["people"]) == 9
			api.standing(bank.name)
			with assert_query_count(16):
				api.standing(bank.name)


class TestWhoSees:
	def test_strangers_see_nothing(self, bank, as_user):
		for role in ("SPM Sales User", "SPM Configurator", "SPM Project Manager"):
			with as_user(make_user(role)), pytest.raises(frappe.PermissionError):
				api.relationship_map(bank.name)

	def test_the_account_manager_and_the_director_see_the_same(self, bank, as_user):
		for user in (bank.seller, make_user("SPM Sales Manager")):
			with as_user(user):
				assert set(people(bank)) == {bank.boss, bank.left, bank.user}

	def test_a_contact_that_left_the_list_today_counts_from_today(self, bank):
		frappe.db.set_value("Contact", bank.user, "left_company_on", today())
		assert people(bank)[bank.user]["has_left"]
