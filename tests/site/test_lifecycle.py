"""Lifecycle of customers: events move them, people move them, silence moves them, and every move is kept."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, add_to_date, now_datetime

from sales_crm_pm.api.v1 import customer as api
from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.importing import undo
from sales_crm_pm.importing.bulk import BulkWriter, importing_mode
from sales_crm_pm.loop import customer_figures, lifecycle, transitions
from tests.factories import (
	make_customer,
	make_interaction,
	make_opportunity,
	make_pipeline,
	make_user,
	make_won_opportunity,
)
from tests.factories_delivery import make_project
from tests.support.importing import as_csv, run_now, upload


def stage(customer):
	return frappe.db.get_value("SPM Customer", customer, "lifecycle_stage")


def moves(customer):
	rows = frappe.get_all(
		"SPM Lifecycle Log",
		filters={"customer": customer},
		fields=["from_stage", "to_stage", "event", "moved_by", "reason"],
		order_by="moved_on asc, creation asc",
	)
	return [(row.from_stage, row.to_stage, row.event) for row in rows]


def put_to(customer, value, days_ago=0, by_hand=0):
	frappe.db.set_value(
		"SPM Customer",
		customer,
		{
			"lifecycle_stage": value,
			"lifecycle_changed_on": add_to_date(now_datetime(), days=-days_ago),
			"lifecycle_by_hand": by_hand,
		},
		update_modified=False,
	)


class TestEvents:
	def test_the_whole_way_is_walked_and_kept(self):
		customer = make_customer().name
		assert (stage(customer), moves(customer)) == ("Prospect", [])
		make_interaction(customer=customer)
		assert stage(customer) == "Following"
		make_opportunity(customer=customer)
		assert stage(customer) == "Following"
		make_won_opportunity(customer=customer)
		assert stage(customer) == "Converted"
		lifecycle.project_moved(customer, "In Progress")
		assert stage(customer) == "Converted"
		lifecycle.project_moved(customer, "Delivered")
		assert stage(customer) == "Maintained"
		assert moves(customer) == [
			("Prospect", "Following", "Interaction"),
			("Following", "Converted", "Deal Won"),
			("Converted", "Maintained", "Project"),
		]

	def test_a_delivered_project_moves_its_customer(self):
		customer = make_customer().name
		project = make_project(customer=customer, goals="x")
		for status in ("Pending Approval", "Approved", "In Progress"):
			project = transitions.move(frappe.get_doc("SPM Project", project.name), status)
		assert (stage(customer), moves(customer)) == ("Converted", [("Prospect", "Converted", "Project")])

	def test_a_talk_in_the_future_moves_nobody_yet(self, freeze):
		customer = make_customer().name
		make_interaction(customer=customer, happened_on=add_days(now_datetime(), 2))
		assert stage(customer) == "Prospect"
		with freeze(add_days(now_datetime(), 3)):
			customer_figures.refresh_talks([customer])
			lifecycle.fall_asleep()
		assert stage(customer) == "Following"

	def test_a_new_talk_wakes_a_dormant_customer_and_an_old_one_does_not(self):
		customer = make_customer().name
		put_to(customer, "Dormant", days_ago=10)
		make_interaction(customer=customer, happened_on=add_days(now_datetime(), -40))
		assert stage(customer) == "Dormant"
		make_interaction(customer=customer)
		assert stage(customer) == "Following"
		put_to(customer, "Lost", days_ago=10)
		make_interaction(customer=customer)
		assert stage(customer) == "Lost"
		make_opportunity(customer=customer)
		assert stage(customer) == "Following"

	def test_days_in_the_stage_before_are_measured(self):
		customer = make_customer().name
		put_to(customer, "Prospect", days_ago=12)
		make_opportunity(customer=customer)
		days = frappe.db.get_value("SPM Lifecycle Log", {"customer": customer}, "days_in_stage")
		assert days == pytest.approx(12, abs=0.1)


class TestByHand:
	def test_a_hand_move_is_kept_with_who_and_why(self, as_user):
		seller = make_user("SPM Sales User")
		customer = make_customer(account_manager=seller).name
		with as_user(seller):
			assert api.move(customer, "Lost", "Bought by a competitor") == {
				"customer": customer,
				"lifecycle_stage": "Lost",
			}
		log = frappe.get_last_doc("SPM Lifecycle Log", filters={"customer": customer})
		assert (log.from_stage, log.to_stage, log.event, log.moved_by, log.reason) == (
			"Prospect",
			"Lost",
			"By Hand",
			seller,
			"Bought by a competitor",
		)

	def test_saving_the_form_is_a_hand_move_too(self):
		doc = make_customer()
		doc.lifecycle_stage = "Maintained"
		doc.save()
		assert moves(doc.name) == [("Prospect", "Maintained", "By Hand")]
		doc.lifecycle_stage = "Dormant"
		doc.lifecycle_reason = "asleep"
		doc.save()
		doc.lifecycle_stage = "Following"
		doc.save()
		assert not frappe.db.get_value("SPM Customer", doc.name, "lifecycle_reason"), (
			"an old reason stays nowhere"
		)

	def test_it_sticks_until_something_really_happens(self):
		customer = make_customer().name
		pipeline = make_pipeline()[0].name
		deal = make_opportunity(customer=customer, pipeline=pipeline)
		lifecycle.move_by_hand(frappe.get_doc("SPM Customer", customer), "Prospect", "not serious yet")
		deal.amount = 5000
		deal.save()
		customer_figures.refresh([customer])
		assert stage(customer) == "Prospect", "an edit is no event"
		make_opportunity(customer=customer, pipeline=pipeline)
		assert stage(customer) == "Following", "a new deal is one"
		assert frappe.db.get_value("SPM Customer", customer, "lifecycle_by_hand") == 0

	def test_unknown_stages_are_refused_with_the_known_ones(self):
		with pytest.raises(SPMError, match="Prospect, Following"):
			api.move(make_customer().name, "Sleeping")

	def test_who_may_not_write_the_customer_may_not_move_it(self, as_user):
		customer = make_customer(owner="Administrator").name
		with as_user(make_user("SPM Sales User")), pytest.raises(frappe.PermissionError):
			api.move(customer, "Lost")
		assert stage(customer) == "Prospect"

	def test_the_marks_cannot_be_forged(self):
		doc = make_customer(lifecycle_by_hand=1, lifecycle_changed_on="2001-01-01")
		assert (doc.lifecycle_by_hand, doc.lifecycle_changed_on) == (0, None)


class TestSilence:
	@pytest.fixture(autouse=True)
	def days(self):
		frappe.db.set_single_value(
			"SPM Settings", {"lifecycle_dormant_days": 100, "lifecycle_lost_days": 300}
		)
		frappe.clear_document_cache("SPM Settings", "SPM Settings")

	def test_silent_customers_fall_asleep_and_are_lost_later(self, freeze):
		silent, busy, spoken, prospect = (make_customer().name for _ in range(4))
		for customer in (silent, busy, spoken):
			put_to(customer, "Following", days_ago=120)
		put_to(prospect, "Prospect", days_ago=500)
		make_opportunity(customer=busy)
		make_interaction(customer=spoken, happened_on=add_days(now_datetime(), -50))
		assert lifecycle.fall_asleep() >= 1
		assert [stage(c) for c in (silent, busy, spoken, prospect)] == [
			"Dormant",
			"Following",
			"Following",
			"Prospect",
		]
		assert moves(silent) == [("Following", "Dormant", "Inactivity")]
		assert lifecycle.fall_asleep() == 0, "twice does no harm"
		with freeze(add_days(now_datetime(), 301)):
			lifecycle.fall_asleep()
		assert stage(silent) == "Lost"
		assert moves(silent)[-1] == ("Dormant", "Lost", "Inactivity")

	def test_the_statement_agrees_with_the_rule_on_the_last_day(self):
		from sales_crm_pm.rules import lifecycle as rules

		for days in (99, 100, 101):
			customer = make_customer().name
			put_to(customer, "Converted", days_ago=days)
			lifecycle.fall_asleep()
			assert stage(customer) == rules.after_silence(
				"Converted", days=days, dormant_after=100, lost_after=300
			), days

	def test_zero_means_never(self):
		frappe.db.set_single_value("SPM Settings", {"lifecycle_dormant_days": 0, "lifecycle_lost_days": 0})
		frappe.clear_document_cache("SPM Settings", "SPM Settings")
		customer = make_customer().name
		put_to(customer, "Following", days_ago=5000)
		lifecycle.fall_asleep()
		assert stage(customer) == "Following"

	def test_statements_do_not_grow_with_customers(self, assert_query_count):
		few = [make_customer().name for _ in range(2)]
		for customer in few:
			put_to(customer, "Following", days_ago=200)
		with assert_query_count(12) as queries:
			lifecycle.fall_asleep()
		spent = len(queries)
		many = [make_customer().name for _ in range(25)]
		for customer in many:
			put_to(customer, "Following", days_ago=200)
		with assert_query_count(spent):
			lifecycle.fall_asleep()
		assert {stage(customer) for customer in many} == {"Dormant"}


class TestImport:
	def test_deals_in_bulk_move_customers_and_undo_forgets_it(self):
		mark = frappe.generate_hash(length=6)
		customer = make_customer(customer_name=f"Bulk {mark}").name
		row = {"account": f"Bulk {mark}", "product": "", "sales_agent": "X", "engage_date": "2017-01-01"}
		file = upload(
			as_csv(
				[
					{
						**row,
						"opportunity_id": f"{mark}1",
						"deal_stage": "Won",
						"close_date": "2017-03-01",
						"close_value": "5",
					},
					{
						**row,
						"opportunity_id": f"{mark}2",
						"deal_stage": "Engaging",
						"close_date": "",
						"close_value": "",
					},
				]
			)
		)
		run = run_now(file)
		assert (stage(customer), moves(customer)) == ("Converted", [("Prospect", "Converted", "Import")])
		undo.undo(run.name)
		assert (stage(customer), moves(customer)) == ("Prospect", [])

	def test_talks_in_bulk_move_customers(self):
		customer = make_customer().name
		with importing_mode():
			writer = BulkWriter("SPM Interaction")
			writer.add(
				{
					"customer": customer,
					"interaction_type": "Call",
					"content": "x",
					"happened_on": str(add_days(now_datetime(), -1)),
				}
			)
			writer.flush()
		customer_figures.refresh([customer])
		lifecycle.talked([customer])
		assert moves(customer) == [("Prospect", "Following", "Interaction")]


class TestWhoSees:
	def test_the_history_is_as_secret_as_the_customer(self, as_user):
		seller, rival, manager = (
			make_user("SPM Sales User"),
			make_user("SPM Sales User"),
			make_user("SPM Sales Manager"),
		)
		customer = make_customer(account_manager=seller, owner="Administrator")
		frappe.db.set_value("SPM Customer", customer.name, "owner", seller, update_modified=False)
		lifecycle.move_by_hand(frappe.get_doc("SPM Customer", customer.name), "Lost", "x")
		for user, expected in ((seller, 1), (rival, 0), (manager, 1)):
			with as_user(user):
				found = frappe.get_list("SPM Lifecycle Log", filters={"customer": customer.name})
				assert len(found) == expected, user
		with as_user(rival), pytest.raises(frappe.PermissionError):
			api.standing(customer.name)

	def test_nobody_writes_history(self, as_user):
		with as_user(make_user("SPM Sales Manager")), pytest.raises(frappe.PermissionError):
			frappe.get_doc(
				{"doctype": "SPM Lifecycle Log", "customer": make_customer().name, "to_stage": "Lost"}
			).insert()

	def test_deleting_a_customer_takes_its_history_along(self):
		doc = make_customer()
		lifecycle.move_by_hand(doc, "Lost", "x")
		doc.delete()
		assert not frappe.db.exists("SPM Lifecycle Log", {"customer": doc.name})
