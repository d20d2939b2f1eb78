"""Shares of a deal's team: they add up to 100 %, the owner takes what is left open, amounts to the last cent."""

from __future__ import annotations

import frappe
import pytest

from sales_crm_pm.exceptions import SplitError, SPMError
from sales_crm_pm.sales_crm_pm.report.spm_split_credit import spm_split_credit
from tests.factories import make_customer, make_opportunity, make_pipeline, make_user, make_won_opportunity


@pytest.fixture
def people():
	return [make_user("SPM Sales User") for _ in range(3)]


def team(*rows):
	return [{"user": user, "split_percent": percent} for user, percent in rows]


class TestShares:
	def test_too_much_names_the_row_and_what_to_take_away(self, people):
		with pytest.raises(SplitError, match=r"row 2: the shares add up to 110\.0 %.*Take 10\.0 % away"):
			make_opportunity(team=team((people[0], 60), (people[1], 50)))

	def test_too_little_with_the_owner_in_it(self, people):
		with pytest.raises(SplitError, match=r"row 2: the shares add up to 90\.0 %.*Give 10\.0 % more"):
			make_opportunity(opportunity_owner=people[0], team=team((people[0], 60), (people[1], 30)))

	def test_the_owner_gets_what_is_left_open(self, people):
		doc = make_opportunity(opportunity_owner=people[0], team=team((people[1], 30)), amount=1000)
		assert [(row.user, row.split_percent, row.split_amount) for row in doc.team] == [
			(people[1], 30, 300),
			(people[0], 70, 700),
		]
		doc = make_opportunity(opportunity_owner=people[0], team=team((people[0], 0), (people[1], 25)))
		assert [row.split_percent for row in doc.team] == [75, 25]

	def test_nobody_twice(self, people):
		with pytest.raises(SPMError, match=r"row 2.*row 1 already"):
			make_opportunity(team=team((people[0], 50), (people[0], 50)))

	def test_a_team_without_shares_is_a_team(self, people):
		doc = make_opportunity(team=team((people[0], 0), (people[1], 0)))
		assert [row.split_percent for row in doc.team] == [0, 0]

	def test_the_cents_add_up_and_follow_the_amount(self, people):
		doc = make_opportunity(
			amount=100,
			team=team((people[0], 33.3), (people[1], 33.3), (people[2], 33.4)),
			currency="EUR",
			exchange_rate=7.77,
		)
		assert round(sum(row.split_amount for row in doc.team), 2) == 777
		doc.amount = 0.05
		doc.save()
		assert round(sum(row.split_amount for row in doc.team), 2) == round(float(doc.amount_base), 2)

	def test_old_shares_that_are_wrong_do_not_block_other_work(self, people):
		doc = make_opportunity(team=team((people[0], 50), (people[1], 50)))
		frappe.db.set_value("SPM Opportunity Member", doc.team[0].name, "split_percent", 20)
		doc.reload()
		doc.next_step = "Call"
		doc.save()

	def test_a_co_owner_may_write(self, people, as_user):
		doc = make_opportunity(
			opportunity_owner=people[0],
			team=[{"user": people[1], "is_co_owner": 1}],
			customer=make_customer().name,
		)
		with as_user(people[1]):
			mine = frappe.get_doc("SPM Opportunity", doc.name)
			mine.next_step = "From the co-owner"
			mine.save()


class TestReport:
	def run(self, user, **filters):
		rows = spm_split_credit.execute({"user": user, **filters})[1]
		return rows[0] if rows else None

	def test_credit_by_share_and_by_owner(self, people):
		owner, helper, _ = people
		pipeline = make_pipeline()[0].name
		make_won_opportunity(pipeline=pipeline, opportunity_owner=owner, amount=1000, team=team((helper, 40)))
		make_won_opportunity(pipeline=pipeline, opportunity_owner=owner, amount=500)
		make_opportunity(pipeline=pipeline, opportunity_owner=owner, amount=200, team=team((helper, 50)))
		mine = self.run(owner, pipeline=pipeline)
		assert (mine.won_deals, mine.won, mine.open_deals, mine.open, mine.weighted) == (2, 1100, 1, 100, 10)
		theirs = self.run(helper, pipeline=pipeline)
		assert (theirs.won_deals, theirs.won, theirs.open_deals, theirs.open) == (1, 400, 1, 100)

	def test_the_credit_of_all_is_the_amount_of_all(self, people):
		pipeline = make_pipeline()[0].name
		make_won_opportunity(pipeline=pipeline, amount=99.99, team=team((people[0], 33.3), (people[1], 66.7)))
		make_won_opportunity(pipeline=pipeline, amount=11)
		rows = spm_split_credit.execute({"pipeline": pipeline})[1]
		assert round(sum(row.won for row in rows), 2) == 110.99

	def test_a_salesperson_sees_the_credit_of_visible_deals_only(self, people, as_user):
		owner, rival, _ = people
		pipeline = make_pipeline()[0].name
		make_won_opportunity(pipeline=pipeline, opportunity_owner=owner, amount=1000)
		make_won_opportunity(pipeline=pipeline, opportunity_owner=rival, amount=700)
		with as_user(owner):
			rows = spm_split_credit.execute({"pipeline": pipeline})[1]
		assert [(row.user, row.won) for row in rows] == [(owner, 1000)]

	def test_nothing_is_an_empty_report(self):
		assert spm_split_credit.execute({"pipeline": make_pipeline()[0].name})[1] == []
