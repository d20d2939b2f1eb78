"""Reports about customers: numbers on built data, the empty case, and what a restricted user gets."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, now_datetime, today

from sales_crm_pm.loop import customer_scores, lifecycle
from sales_crm_pm.sales_crm_pm.report.spm_customer_analytics import spm_customer_analytics as analytics
from sales_crm_pm.sales_crm_pm.report.spm_lifecycle_moves import spm_lifecycle_moves as moves
from tests.factories import (
	make,
	make_customer,
	make_interaction,
	make_loss_reason,
	make_opportunity,
	make_pipeline,
	make_user,
	make_won_opportunity,
	unique,
)


@pytest.fixture
def world():
	"""Seller and rival with a customer each, in a group of their own, with deals, talks and milestones."""
	group = make("SPM Customer Group", group_name=unique("Group ")).name
	seller, rival = make_user("SPM Sales User"), make_user("SPM Sales User")
	pipeline = make_pipeline()[0].name
	found = frappe._dict(group=group, seller=seller, rival=rival)
	for key, user in (("mine", seller), ("other", rival)):
		name = make_customer(account_manager=user, customer_group=group).name
		frappe.db.set_value("SPM Customer", name, "owner", user, update_modified=False)
		deal = {"customer": name, "pipeline": pipeline, "opportunity_owner": user}
		for _ in range(3):
			make_won_opportunity(amount=1000, **deal)
		lost = make_opportunity(amount=700, **deal)
		lost.status, lost.loss_reason = "Lost", make_loss_reason().name
		lost.save()
		make_opportunity(amount=250, **deal)
		make_interaction(customer=name, happened_on=add_days(now_datetime(), -4))
		project = make("SPM Project", project_name="P", customer=name, project_manager="Administrator").name
		for status, late in (("Accepted", 0), ("Accepted", 5), ("Planned", 0), ("Cancelled", 0)):
			milestone = make(
				"SPM Milestone", title="M", project=project, planned_date=add_days(today(), -10)
			).name
			frappe.db.set_value(
				"SPM Milestone",
				milestone,
				{"status": status, "customer": name, "actual_date": add_days(today(), -10 + late)},
			)
		found[key] = name
	customer_scores.run()
	return found


class TestAnalytics:
	def rows(self, world, **filters):
		columns, rows, _message, chart, summary = analytics.execute(
			{"customer_group": world.group, **filters}
		)
		return {row["name"]: row for row in rows}, [c["fieldname"] for c in columns], chart, summary

	def test_one_row_per_customer_with_its_measures(self, world):
		rows, columns, chart, summary = self.rows(world)
		assert set(rows) == {world.mine, world.other}
		row = rows[world.mine]
		assert (row["won_count"], row["won_amount_base"], row["open_pipeline_base"]) == (3, 3000, 250)
		assert row["win_rate"] == 75
		assert (row["talks"], row["days_silent"]) == (1, 4)
		assert row["on_time"] == pytest.approx(33.3)
		assert row["clv_revenue"] == 3000 + 250 * 0.1
		assert row["rfm"].count("-") == 2
		assert (
			len(
				[
					c
					for c in columns
					if c not in ("name", "currency", "tier", "lifecycle_stage", "account_manager")
				]
			)
			>= 8
		)
		assert chart["data"]["datasets"][0]["values"] == [3000, 3000]
		assert [s["value"] for s in summary[:4]] == [2, 6000, 500, 100]

	def test_nothing_to_show(self):
		empty = make("SPM Customer Group", group_name=unique("Empty ")).name
		_columns, rows, _message, chart, summary = analytics.execute({"customer_group": empty})
		assert (rows, chart, summary[0]["value"]) == ([], None, 0)

	def test_a_seller_gets_the_seller_s_customers_and_no_margin(self, world, as_user):
		with as_user(world.seller):
			rows, columns, _chart, _summary = self.rows(world)
		assert set(rows) == {world.mine}
		assert "clv_margin" not in columns and "clv_margin" not in rows[world.mine]
		with as_user(make_user("SPM Sales Manager")):
			assert "clv_margin" not in self.rows(world)[1]
		with as_user(make_user("SPM Executive")):
			rows, columns, _chart, _summary = self.rows(world)
			assert "clv_margin" in columns and set(rows) == {world.mine, world.other}

	def test_counts_hold_only_what_the_reader_may_see(self, world, as_user):
		"""Marketing sees customers and talks, but neither deals nor milestones."""
		with as_user(make_user("SPM Marketing User")):
			row = self.rows(world)[0][world.mine]
		assert (row["win_rate"], row["on_time"], row["talks"]) == (100, None, 1)

	def test_filters(self, world):
		assert self.rows(world, tier="A")[0] == {}
		assert set(self.rows(world, account_manager=world.rival)[0]) == {world.other}
		make_customer(customer_group=world.group)
		assert len(self.rows(world)[0]) == 3
		assert len(self.rows(world, bought=1)[0]) == 2

	def test_statements_do_not_grow_with_customers(self, world, as_user, assert_query_count):
		with as_user(world.seller):
			self.rows(world)
			with assert_query_count(8) as queries:
				self.rows(world)
			spent = len(queries)
			for _ in range(8):
				make_customer(customer_group=world.group, account_manager=world.seller)
			with assert_query_count(spent):
				assert len(self.rows(world)[0]) == 9


class TestMoves:
	def test_each_move_with_who_when_and_why(self, world):
		doc = frappe.get_doc("SPM Customer", world.mine)
		lifecycle.move_by_hand(doc, "Lost", "gone")
		_columns, rows, _message, chart = moves.execute({"customer": world.mine})
		first = rows[0]
		assert (first["from_stage"], first["to_stage"], first["reason"]) == ("Converted", "Lost", "gone")
		assert [r["event"] for r in rows] == ["By Hand", "Deal Won", "Opportunity"]
		assert chart["data"]["labels"][-1] == "Lost"

	@pytest.mark.parametrize("group_by", ["Way", "Event", "Person", "Month"])
	def test_groups_count_every_move_once(self, world, group_by):
		every = moves.execute({})[1]
		grouped = moves.execute({"group_by": group_by})[1]
		assert sum(row["moves"] for row in grouped) == len(every)

	def test_a_seller_sees_moves_of_own_customers_only(self, world, as_user):
		with as_user(world.seller):
			rows = moves.execute({})[1]
		assert {row["customer"] for row in rows} == {world.mine}

	def test_a_period_that_ends_before_it_begins(self):
		with pytest.raises(frappe.ValidationError, match="lies after"):
			moves.execute({"from_date": "2026-02-01", "to_date": "2026-01-01"})
		assert moves.execute({"from_date": "1990-01-01", "to_date": "1990-02-01"})[1] == []
