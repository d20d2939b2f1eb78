"""The public pool: who sees what, claims within limits, returns after silence, and a log of every move."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, getdate

from sales_crm_pm.api.v1 import lead as api
from sales_crm_pm.exceptions import LeadTakenError, SPMError
from sales_crm_pm.loop import lead_recycling
from sales_crm_pm.loop.lead_config import WEEKDAYS
from tests.factories import make, make_interaction, make_lead, make_user, unique
from tests.factories_lead import make_pool, make_pool_lead, no_rules


@pytest.fixture(autouse=True)
def quiet(site):
	no_rules()


@pytest.fixture
def seller():
	return make_user("SPM Sales User")


@pytest.fixture
def rival():
	return make_user("SPM Sales User")


def entry(lead):
	name = frappe.db.exists("SPM Pool Lead", {"lead": lead.name})
	return frappe.get_doc("SPM Pool Lead", name) if name else None


def moves(lead):
	return frappe.get_all(
		"SPM Lead Move",
		{"lead": lead.name},
		["action", "from_user", "to_user", "reason"],
		order_by="moved_on, creation",
	)


class TestWhatIsSeen:
	SECRETS = ("Ada Byron", "+4915112345678", "ada@byron.example.com")

	@pytest.fixture
	def lead(self):
		make_pool()
		return make_pool_lead(
			lead_name="Ada Byron",
			organisation=unique("Byron "),
			mobile="+4915112345678",
			email="ada@byron.example.com",
			need="A press line",
		)

	def test_the_row_in_the_pool_says_enough_to_choose_and_hides_the_rest(self, lead, seller, as_user):
		with as_user(seller):
			row = entry(lead)
			row.check_permission("read")
			listed = frappe.get_list("SPM Pool Lead", filters={"lead": lead.name}, fields=["*"])
		assert row.title == lead.organisation and row.need == "A press line"
		assert (row.person_masked, row.email_masked) == ("Ada B.", "a•••@•••.com")
		for shown in (row.as_dict(), listed[0]):
			assert not any(secret in str(value) for value in shown.values() for secret in self.SECRETS)

	def test_the_lead_itself_is_closed_by_every_way(self, lead, seller, as_user):
		with as_user(seller):
			assert frappe.get_list("SPM Lead", filters={"name": lead.name}) == []
			with pytest.raises(frappe.PermissionError):
				frappe.get_doc("SPM Lead", lead.name).check_permission("read")
			with pytest.raises(frappe.PermissionError):
				frappe.client.get("SPM Lead", lead.name)
			frappe.local.form_dict = frappe._dict(
				doctype="SPM Lead", fields='["name","mobile"]', filters=f'{{"name": "{lead.name}"}}'
			)
			from frappe.desk import reportview

			assert not (reportview.get() or {}).get("values")

	def test_not_even_its_writer_sees_it_once_it_is_back(self, seller, as_user):
		make_pool()
		with as_user(seller):
			lead = frappe.get_doc({"doctype": "SPM Lead", "lead_name": "Mine"}).insert()
			assert lead.lead_owner == seller
			api.release(lead.name, "no time")
			assert not frappe.has_permission("SPM Lead", "read", doc=lead.name)
			assert frappe.get_list("SPM Lead", filters={"name": lead.name}) == []

	def test_a_pool_for_a_team_is_closed_to_others(self, seller, rival, as_user):
		make_pool(claimers=[{"user": seller}])
		lead = make_pool_lead()
		with as_user(rival):
			assert frappe.get_list("SPM Pool Lead", filters={"lead": lead.name}) == []
			with pytest.raises(frappe.PermissionError):
				entry(lead).check_permission("read")
			with pytest.raises(frappe.PermissionError, match="not open to you"):
				api.claim(lead.name)
		with as_user(seller):
			assert frappe.get_list("SPM Pool Lead", filters={"lead": lead.name})
			assert api.claim(lead.name)["claimed"]

	def test_a_pool_may_be_open_to_a_role(self, as_user):
		make_pool(claimers=[{"role": "SPM Sales Manager"}])
		lead = make_pool_lead()
		with as_user(make_user("SPM Sales User")), pytest.raises(frappe.PermissionError):
			api.claim(lead.name)
		with as_user(make_user("SPM Sales Manager")):
			assert api.claim(lead.name)["claimed"]

	def test_nobody_writes_rows_or_log_by_hand(self, lead, seller, as_user):
		with as_user(seller):
			row = entry(lead)
			row.score = 99
			with pytest.raises(frappe.PermissionError):
				row.save()
			with pytest.raises(frappe.PermissionError):
				frappe.get_doc({"doctype": "SPM Lead Move", "lead": lead.name, "action": "Claimed"}).insert()

	def test_the_row_follows_the_lead(self, lead):
		lead.need = "Two press lines"
		lead.mobile = "+4915199999999"
		lead.save()
		row = entry(lead)
		assert row.need == "Two press lines" and row.mobile_masked.endswith("99")
		lead.status = "Junk"
		lead.save()
		assert entry(lead) is None
		lead.delete()
		assert not moves(lead)


class TestClaim:
	def test_claiming_gives_the_lead_and_is_logged_once(self, seller, as_user):
		make_pool()
		lead = make_pool_lead()
		with as_user(seller):
			assert api.claim(lead.name) == {"lead": lead.name, "lead_owner": seller, "claimed": True}
			assert api.claim(lead.name)["claimed"] is False
			assert frappe.get_doc("SPM Lead", lead.name).has_permission("write")
		assert entry(lead) is None
		assert [m.action for m in moves(lead)] == ["Entered", "Claimed"]
		lead.reload()
		assert lead.assigned_on and not lead.in_pool_since

	def test_the_second_gets_a_clear_sentence(self, seller, rival, as_user):
		make_pool()
		lead = make_pool_lead()
		with as_user(seller):
			api.claim(lead.name)
		with as_user(rival), pytest.raises(LeadTakenError, match="was faster"):
			api.claim(lead.name)

	def test_a_quota_of_open_leads(self, seller, as_user):
		pool = make_pool(max_open=2)
		leads = [make_pool_lead() for _n in range(4)]
		with as_user(seller):
			answer = api.many("claim", [lead.name for lead in leads])
			assert answer["done"] == [leads[0].name, leads[1].name]
			assert "2 open leads" in answer["refused"][0]["reason"]
			doc = frappe.get_doc("SPM Lead", leads[0].name)
			doc.status = "Junk"
			doc.save()
			assert api.claim(leads[2].name)["claimed"]
		assert pool.name == frappe.db.get_value("SPM Lead", leads[0].name, "pool")

	def test_a_quota_per_day(self, seller, as_user, freeze):
		make_pool(max_per_day=1)
		leads = [make_pool_lead() for _n in range(2)]
		with as_user(seller):
			with freeze("2026-03-02 10:00:00"):
				api.claim(leads[0].name)
				with pytest.raises(SPMError, match="tomorrow"):
					api.claim(leads[1].name)
			with freeze("2026-03-03 10:00:00"):
				assert api.claim(leads[1].name)["claimed"]

	def test_the_last_owner_waits_while_others_may_claim(self, seller, rival, as_user, freeze):
		make_pool(cool_down_days=7)
		lead = make_pool_lead()
		with freeze("2026-03-02 10:00:00"), as_user(seller):
			api.claim(lead.name)
			api.release(lead.name, "not mine")
		with (
			freeze("2026-03-08 10:00:00"),
			as_user(seller),
			pytest.raises(SPMError, match="had this lead before"),
		):
			api.claim(lead.name)
		with freeze("2026-03-09 10:00:00"), as_user(seller):
			api.claim(lead.name)
			api.release(lead.name)
		with freeze("2026-03-09 11:00:00"), as_user(rival):
			assert api.claim(lead.name)["claimed"]

	def test_a_closed_lead_is_not_claimed(self, seller, as_user):
		make_pool()
		lead = make_pool_lead()
		lead.status = "Unqualified"
		lead.save()
		with as_user(seller), pytest.raises(LeadTakenError, match="closed"):
			api.claim(lead.name)

	def test_who_does_not_sell_claims_nothing(self, as_user):
		make_pool()
		lead = make_pool_lead()
		with as_user(make_user("SPM Delivery Member")), pytest.raises(frappe.PermissionError):
			api.claim(lead.name)


class TestHandingOn:
	def test_owner_and_manager_hand_on_and_nobody_else(self, seller, rival, as_user):
		make_pool()
		lead = make_lead(lead_owner=seller)
		with as_user(rival), pytest.raises(frappe.PermissionError):
			api.assign(lead.name, rival)
		with as_user(seller):
			assert api.assign(lead.name, rival)["lead_owner"] == rival
		with as_user(make_user("SPM Sales Manager")):
			assert api.assign(lead.name, seller, "closer by")["lead_owner"] == seller
			with pytest.raises(SPMError, match="does not work on leads"):
				api.assign(lead.name, make_user("SPM Delivery Member"))
		assert [(m.action, m.to_user) for m in moves(lead)] == [
			("Handed Over", rival),
			("Handed Over", seller),
		]
		assert moves(lead)[-1].reason == "closer by"

	def test_a_colleague_s_lead_is_not_taken_by_writing(self, seller, rival, as_user):
		with as_user(rival):
			lead = frappe.get_doc({"doctype": "SPM Lead", "lead_name": "x", "lead_owner": seller}).insert()
			lead.lead_owner = rival
			with pytest.raises(frappe.PermissionError, match="manager can hand"):
				lead.save()

	def test_marketing_gives_leads_by_the_form(self, seller, as_user):
		make_pool()
		with as_user(make_user("SPM Marketing User")):
			lead = frappe.get_doc({"doctype": "SPM Lead", "lead_name": "x"}).insert()
			assert not lead.lead_owner and entry(lead)
			lead.lead_owner = seller
			lead.save()
		assert entry(lead) is None and moves(lead)[-1].action == "Assigned"

	def test_a_released_lead_says_so_in_the_pool(self, seller, as_user):
		make_pool()
		lead = make_lead(lead_owner=seller)
		with as_user(seller):
			api.release(lead.name, "wrong region")
		assert (entry(lead).reason, entry(lead).last_owner) == ("Released", seller)
		assert moves(lead)[-1].reason == "wrong region"

	def test_who_holds_a_lead_does_not_choose_its_pool(self, seller, as_user):
		pool, other = make_pool(recycle_after_days=5), make_pool(is_default=0)
		lead = make_lead(lead_owner=seller)
		with as_user(seller):
			doc = frappe.get_doc("SPM Lead", lead.name)
			doc.pool = other.name
			doc.save()
		assert doc.pool == pool.name and doc.recycle_on
		with as_user(make_user("SPM Sales Manager")):
			doc = frappe.get_doc("SPM Lead", lead.name)
			doc.pool = other.name
			doc.save()
		assert doc.pool == other.name and not doc.recycle_on


class TestFrameworkAssignment:
	def test_assign_to_makes_the_owner_and_follows_the_owner(self, seller, rival, as_user):
		from frappe.desk.form import assign_to

		make_pool()
		lead = make_pool_lead()
		assign_to.add(
			{"doctype": "SPM Lead", "name": lead.name, "assign_to": [seller], "description": "call"}
		)
		assert frappe.db.get_value("SPM Lead", lead.name, "lead_owner") == seller
		with as_user(seller):
			api.assign(lead.name, rival)
		todo = frappe.get_all("ToDo", {"reference_name": lead.name}, ["allocated_to", "status"])
		assert todo == [{"allocated_to": rival, "status": "Open"}]
		with as_user(rival):
			api.release(lead.name)
		assert frappe.get_all("ToDo", {"reference_name": lead.name}, pluck="status") == ["Cancelled"]

	def test_a_rule_of_the_framework_gives_the_owner(self, seller):
		make_pool()
		frappe.get_doc(
			{
				"doctype": "Assignment Rule",
				"name": unique("Core "),
				"document_type": "SPM Lead",
				"assign_condition": "status == 'New' and not lead_owner",
				"rule": "Round Robin",
				"description": "New lead",
				"users": [{"user": seller}],
				"assignment_days": [{"day": day} for day in WEEKDAYS],
			}
		).insert()
		frappe.cache.delete_value("assignment_rule_map")
		lead = make_pool_lead()
		assert frappe.db.get_value("SPM Lead", lead.name, "lead_owner") == seller


class TestReturn:
	@pytest.fixture
	def lead(self, seller, freeze):
		make_pool(recycle_after_days=10, warn_days_before=3)
		with freeze("2026-03-02 10:00:00"):
			return make_lead(lead_owner=seller)

	def test_silence_brings_it_back_and_counts(self, lead, seller, freeze):
		assert getdate(lead.recycle_on) == getdate("2026-03-12")
		with freeze("2026-03-11 23:00:00"):
			assert not frappe.db.get_value("SPM Lead", {"name": lead.name, "lead_owner": None})
			lead_recycling.recycle_due()
			assert frappe.db.get_value("SPM Lead", lead.name, "lead_owner") == seller
		with freeze("2026-03-12 03:00:00"):
			assert lead_recycling.recycle_due() == 1
			assert lead_recycling.recycle_due() == 0
		lead.reload()
		assert not lead.lead_owner and lead.times_recycled == 1 and not lead.recycle_on
		row = entry(lead)
		assert (row.reason, row.last_owner, row.times_recycled) == ("Returned", seller, 1)
		assert "10 days" in moves(lead)[-1].reason

	def test_a_talk_starts_the_time_anew(self, lead, freeze):
		with freeze("2026-03-09 10:00:00"):
			make_interaction(lead=lead.name)
		assert getdate(frappe.db.get_value("SPM Lead", lead.name, "recycle_on")) == getdate("2026-03-19")
		with freeze("2026-03-15 03:00:00"):
			lead_recycling.recycle_due()
		assert frappe.db.get_value("SPM Lead", lead.name, "lead_owner")

	def test_qualified_and_closed_leads_stay(self, lead):
		lead.status = "Qualified"
		lead.save()
		assert not lead.recycle_on
		lead.status = "Contacted"
		lead.save()
		assert lead.recycle_on
		lead.status = "Junk"
		lead.save()
		assert not lead.recycle_on

	def test_the_owner_is_warned_once(self, lead, seller, freeze):
		with freeze("2026-03-08 03:00:00"):
			assert lead_recycling.warn_before_recycling() == 0
		with freeze("2026-03-09 03:00:00"):
			assert lead_recycling.warn_before_recycling() == 1
			assert lead_recycling.warn_before_recycling() == 0

	def test_a_rule_that_became_milder_counts_at_once(self, lead, freeze):
		pool = frappe.get_doc("SPM Lead Pool", lead.pool)
		pool.recycle_after_days = 100
		pool.save()
		with freeze("2026-03-12 03:00:00"):
			assert lead_recycling.recycle_due() == 0
		assert getdate(frappe.db.get_value("SPM Lead", lead.name, "recycle_on")) == add_days(
			getdate("2026-03-02"), 100
		)

	def test_who_leaves_gives_the_leads_back(self, lead, seller):
		frappe.db.set_value("User", seller, "enabled", 0)
		assert lead_recycling.release_all_of(seller) == 1
		lead.reload()
		assert not lead.lead_owner and entry(lead)
		assert lead_recycling.release_all_of("Administrator") == 0


class TestWhichPool:
	def test_the_nearest_territory_decides(self):
		default = make_pool()
		north = make("SPM Territory", territory_name=unique("North ")).name
		city = make("SPM Territory", territory_name=unique("City "), parent_territory=north).name
		regional = make_pool(is_default=0, territories=[{"territory": north}])
		assert make_pool_lead(territory=city).pool == regional.name
		assert make_pool_lead().pool == default.name
		lead = make_pool_lead()
		lead.territory = north
		lead.save()
		assert lead.pool == regional.name

	def test_only_one_default(self):
		make_pool()
		with pytest.raises(SPMError, match="default pool already"):
			make_pool()

	def test_the_warning_comes_before_the_return(self):
		with pytest.raises(SPMError, match="warning must come"):
			make_pool(recycle_after_days=3, warn_days_before=3)


def test_budget_of_a_claim(seller, as_user, assert_query_count):
	make_pool(max_open=5, max_per_day=5, cool_down_days=3)
	lead = make_pool_lead()
	other = make_pool_lead()
	with as_user(seller):
		api.claim(other.name)
		with assert_query_count(12):
			api.claim(lead.name)


def test_budget_of_a_talk_with_a_lead(assert_query_count):
	make_pool()
	lead = make_lead()
	make_interaction(lead=lead.name)
	with assert_query_count(22):
		make_interaction(lead=lead.name)


def test_budget_of_a_new_lead(assert_query_count):
	make_pool()
	make_lead()
	values = {"doctype": "SPM Lead", "lead_name": "x", "organisation": "y", "lead_owner": "Administrator"}
	with assert_query_count(7):
		frappe.get_doc(values).insert()


def test_moves_are_seen_by_those_who_see_the_lead(seller, rival, as_user):
	make_pool()
	lead = make_pool_lead()
	with as_user(seller):
		api.claim(lead.name)
		assert len(frappe.get_list("SPM Lead Move", filters={"lead": lead.name})) == 2
	with as_user(rival):
		assert frappe.get_list("SPM Lead Move", filters={"lead": lead.name}) == []
