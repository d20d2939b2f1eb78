"""Competitors and reasons of losing: several per deal, who won instead, records, reports."""

from __future__ import annotations

import frappe
import pytest

from sales_crm_pm.api.v1 import competitor as api
from sales_crm_pm.api.v1 import opportunity as opportunity_api
from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.patches.v1_0 import pipelines_and_rates
from sales_crm_pm.sales_crm_pm.report.spm_loss_reasons import spm_loss_reasons
from sales_crm_pm.sales_crm_pm.report.spm_win_and_loss_by_competitor import spm_win_and_loss_by_competitor
from tests.factories import (
	make,
	make_customer,
	make_loss_reason,
	make_opportunity,
	make_pipeline,
	make_user,
	make_won_opportunity,
	unique,
)


def competitor(**values):
	return make("SPM Competitor", competitor_name=unique("Rival "), **values).name


def lost(reason, **values):
	more = values.pop("more", None)
	winner = values.pop("to", None)
	doc = make_opportunity(**values)
	opportunity_api.lose(doc.name, reason, "Too late", winner, more)
	return doc.name


class TestLosing:
	def test_several_reasons_and_who_won(self):
		main, further, rival = make_loss_reason().name, make_loss_reason().name, competitor()
		deal = frappe.get_doc("SPM Opportunity", lost(main, more=[further], to=rival))
		assert (deal.loss_reason, [row.loss_reason for row in deal.more_loss_reasons]) == (main, [further])
		assert deal.lost_to_competitor == rival
		# Who won was in the deal, so the competitor is listed there as well.
		assert [row.competitor for row in deal.competitors] == [rival]

	def test_by_the_dialog_of_board_and_form(self):
		main, rival = make_loss_reason().name, competitor()
		doc = make_opportunity()
		opportunity_api.move(
			doc.name,
			"Lost",
			values={"loss_reason": main, "lost_to_competitor": rival, "loss_detail": "Price"},
		)
		doc.reload()
		assert (doc.status, doc.loss_detail, doc.lost_to_competitor) == ("Lost", "Price", rival)

	def test_each_reason_once(self):
		reason = make_loss_reason().name
		with pytest.raises(SPMError, match="row 1"):
			lost(reason, more=[reason])

	def test_reopening_forgets_why_it_was_lost(self):
		name = lost(make_loss_reason().name, more=[make_loss_reason().name], to=competitor())
		opportunity_api.move(name, "First Contact")
		deal = frappe.get_doc("SPM Opportunity", name)
		assert (deal.loss_reason, deal.lost_to_competitor, deal.more_loss_reasons) == (None, None, [])


class TestRecord:
	@pytest.fixture
	def rival(self):
		return competitor()

	def test_won_lost_open(self, rival):
		pipeline, reason = make_pipeline()[0].name, make_loss_reason().name
		row = {"pipeline": pipeline, "competitors": [{"competitor": rival}]}
		make_won_opportunity(amount=100, **row)
		lost(reason, amount=40, to=rival, **row)
		lost(reason, amount=2, **row)
		make_opportunity(amount=7, **row)
		record = api.record(rival)
		assert (record["won"], record["lost"], record["lost_to"], record["open"]) == (1, 2, 1, 1)
		assert (record["won_amount"], record["lost_amount"], record["open_amount"]) == (100, 42, 7)
		assert record["win_rate"] == 33.3
		rows = spm_win_and_loss_by_competitor.execute({"pipeline": pipeline})[1]
		assert [(r.competitor, r.won, r.lost, r.win_rate) for r in rows] == [(rival, 1, 2, 33.3)]

	def test_nothing_yet(self, rival):
		assert (api.record(rival)["won"], api.record(rival)["win_rate"]) == (0, None)

	def test_only_deals_one_may_see(self, rival, as_user):
		seller, other = make_user("SPM Sales User"), make_user("SPM Sales User")
		for owner in (seller, other):
			make_won_opportunity(
				opportunity_owner=owner,
				customer=make_customer(account_manager=owner).name,
				competitors=[{"competitor": rival}],
			)
		with as_user(seller):
			assert api.record(rival)["won"] == 1
		with as_user(make_user("SPM Executive")):
			assert api.record(rival)["won"] == 2

	def test_a_salesperson_may_add_one_and_not_delete_it(self, as_user):
		with as_user(make_user("SPM Sales User")):
			doc = frappe.get_doc({"doctype": "SPM Competitor", "competitor_name": unique()}).insert()
			with pytest.raises(frappe.PermissionError):
				doc.delete()


class TestPareto:
	def test_main_and_further_reasons_add_up(self):
		pipeline = make_pipeline()[0].name
		price, time = make_loss_reason().name, make_loss_reason().name
		lost(price, pipeline=pipeline, amount=100)
		lost(price, pipeline=pipeline, amount=50, more=[time])
		lost(time, pipeline=pipeline, amount=10)
		rows = spm_loss_reasons.execute({"pipeline": pipeline})[1]
		assert [
			(r.loss_reason, r.main, r.further, r.deals, r.share, r.cumulative, r.amount) for r in rows
		] == [
			(price, 2, 0, 2, 50.0, 50.0, 150),
			(time, 1, 1, 2, 50.0, 100.0, 10),
		]

	def test_in_the_time_asked_for(self):
		pipeline = make_pipeline()[0].name
		lost(make_loss_reason().name, pipeline=pipeline)
		assert spm_loss_reasons.execute({"pipeline": pipeline, "to_date": "2020-01-01"})[1] == []


def test_names_typed_before_become_records():
	name = unique("Typed ")
	deal = make_opportunity()
	frappe.get_doc(
		{
			"doctype": "SPM Opportunity Competitor",
			"parenttype": "SPM Opportunity",
			"parentfield": "competitors",
			"parent": deal.name,
			"competitor": name,
			"idx": 1,
		}
	).db_insert()
	for _ in range(2):
		pipelines_and_rates.make_competitors()
	assert frappe.db.exists("SPM Competitor", name)
	deal.reload()
	deal.next_step = "Call"
	deal.save()
