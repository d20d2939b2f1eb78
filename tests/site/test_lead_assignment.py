"""Leads without an owner go to people: in turn or by load, past those who are away or full."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, today

from sales_crm_pm.api.v1 import lead as api
from sales_crm_pm.exceptions import SPMError
from tests.factories import make, make_lead, make_user, unique
from tests.factories_lead import make_assignment, make_pool, make_pool_lead, no_rules


@pytest.fixture(autouse=True)
def quiet(site):
	no_rules()
	make_pool()


@pytest.fixture
def people():
	return [make_user("SPM Sales User") for _n in range(3)]


def owners(count, **values):
	return [make_pool_lead(**values).lead_owner for _n in range(count)]


class TestRoundRobin:
	def test_everybody_in_turn(self, people):
		rule = make_assignment(people)
		assert owners(6) == people * 2
		rule.reload()
		assert rule.last_user == people[-1] and rule.last_assigned_on

	def test_shares(self, people):
		make_assignment([{"user": people[0], "share": 2}, {"user": people[1]}])
		assert owners(6).count(people[0]) == 4

	def test_disabled_and_absent_people_are_passed_over(self, people):
		make_assignment(people)
		frappe.db.set_value("User", people[0], "enabled", 0)
		absence = make("SPM Absence", user=people[1], from_date=today(), to_date=add_days(today(), 3))
		assert set(owners(3)) == {people[2]}
		absence.db_set({"from_date": add_days(today(), 1)})
		assert set(owners(4)) == {people[1], people[2]}

	def test_who_is_full_is_passed_over_and_nobody_left_means_the_pool(self, people):
		make_assignment([{"user": people[0], "max_open": 1}, {"user": people[1], "max_open": 2}])
		assert owners(4) == [people[0], people[1], people[1], None]

	def test_a_closed_lead_frees_its_place(self, people):
		make_assignment([{"user": people[0], "max_open": 1}])
		lead = make_pool_lead()
		assert owners(1) == [None]
		lead.status = "Junk"
		lead.save()
		assert owners(1) == [people[0]]


class TestLoad:
	def test_the_least_loaded_gets_the_next(self, people):
		for _n in range(2):
			make_lead(lead_owner=people[0])
		make_lead(lead_owner=people[1])
		make_assignment(people, method="Load Balancing")
		assert owners(4) == [people[2], people[1], people[2], people[0]]


class TestConditions:
	def test_the_first_matching_rule_by_priority(self, people):
		make_assignment([people[0]], priority=20)
		make_assignment(
			[people[1]],
			priority=10,
			conditions=[{"fieldname": "source", "operator": "is one of", "value": "Website, Referral"}],
		)
		assert owners(1, source="Website") == [people[1]]
		assert owners(1, source="Trade Fair") == [people[0]]

	def test_a_territory_includes_those_below(self, people):
		north = make("SPM Territory", territory_name=unique("North ")).name
		city = make("SPM Territory", territory_name=unique("City "), parent_territory=north).name
		make_assignment([people[0]], conditions=[{"fieldname": "territory", "operator": "=", "value": north}])
		assert owners(1, territory=city) == [people[0]]
		assert owners(1) == [None]

	def test_outside_working_hours_the_pool_waits(self, people, freeze):
		hours = make(
			"SPM Working Hours",
			hours_name=unique("Hours "),
			days=[{"weekday": "Monday", "start_time": "09:00:00", "end_time": "17:00:00"}],
		)
		make_assignment([people[0]], skip_outside_hours=hours.name)
		with freeze("2026-03-02 10:00:00"):
			assert owners(1) == [people[0]]
		with freeze("2026-03-02 18:00:00"):
			assert owners(1) == [None]

	def test_a_lead_with_an_owner_or_a_salesperson_s_own_is_left_alone(self, people, as_user):
		make_assignment([people[0]])
		assert make_lead(lead_owner=people[1]).lead_owner == people[1]
		with as_user(people[2]):
			assert frappe.get_doc({"doctype": "SPM Lead", "lead_name": "x"}).insert().lead_owner == people[2]
		with as_user(make_user("SPM Marketing User")):
			assert frappe.get_doc({"doctype": "SPM Lead", "lead_name": "x"}).insert().lead_owner == people[0]

	def test_a_rule_says_what_is_wrong_with_it(self, people):
		with pytest.raises(SPMError, match="no field"):
			make_assignment(people, conditions=[{"fieldname": "colour", "operator": "=", "value": "red"}])
		with pytest.raises(SPMError, match="enter the value"):
			make_assignment(people, conditions=[{"fieldname": "source", "operator": "contains"}])
		with pytest.raises(SPMError, match="stands here twice"):
			make_assignment([people[0], people[0]])
		with pytest.raises(SPMError, match="does not work on leads"):
			make_assignment([make_user("SPM Delivery Member")])

	def test_a_disabled_rule_does_nothing(self, people):
		make_assignment(people, disabled=1)
		assert owners(1) == [None]


class TestByHand:
	def test_a_manager_distributes_the_pool(self, people, as_user):
		leads = [make_pool_lead() for _n in range(3)]
		make_assignment(people[:2])
		with as_user(make_user("SPM Sales Manager")):
			answer = api.many("distribute", [lead.name for lead in leads])
		assert len(answer["done"]) == 3
		assert [frappe.db.get_value("SPM Lead", lead.name, "lead_owner") for lead in leads] == [
			people[0],
			people[1],
			people[0],
		]
		log = frappe.get_all("SPM Lead Move", {"lead": leads[0].name, "action": "Assigned"}, pluck="rule")
		assert log == frappe.get_all("SPM Assignment Rule", {"disabled": 0}, pluck="name")

	def test_without_a_rule_it_says_so(self, as_user):
		lead = make_pool_lead()
		with as_user(make_user("SPM Sales Manager")):
			assert "No rule fits" in api.many("distribute", [lead.name])["refused"][0]["reason"]

	def test_a_salesperson_does_not_distribute(self, people, as_user):
		make_assignment(people)
		with as_user(people[0]), pytest.raises(frappe.PermissionError):
			lead = frappe.get_doc({"doctype": "SPM Lead", "lead_name": "x"}).insert()
			api.release(lead.name)
			api.distribute(lead.name)

	def test_only_known_actions(self):
		with pytest.raises(SPMError, match="cannot do"):
			api.many("delete", [])


class TestAbsence:
	def test_people_report_their_own(self, people, as_user):
		with as_user(people[0]):
			make_own = {"doctype": "SPM Absence", "user": people[0], "from_date": today(), "to_date": today()}
			frappe.get_doc(make_own).insert()
			with pytest.raises(frappe.PermissionError):
				frappe.get_doc({**make_own, "user": people[1]}).insert()
		with as_user(people[1]):
			assert frappe.get_list("SPM Absence") == []
		with as_user(make_user("SPM Sales Manager")):
			frappe.get_doc({**make_own, "user": people[1]}).insert()
			assert len(frappe.get_list("SPM Absence", filters={"user": ["in", people]})) == 2

	def test_it_ends_after_it_starts(self, people):
		with pytest.raises(SPMError, match="ends before it starts"):
			make("SPM Absence", user=people[0], from_date=today(), to_date=add_days(today(), -1))
