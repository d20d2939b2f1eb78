"""Opportunities: stages and gates, history, amounts, closing, chain, masters of the pipeline, statements."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, add_to_date, flt, get_datetime, getdate, now_datetime, today

from sales_crm_pm.api.v1 import opportunity as api
from sales_crm_pm.exceptions import ReopenError, SPMError, StageError, StageGateError
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.loop.pipeline import stages_of
from tests.factories import (
	make,
	make_customer,
	make_loss_reason,
	make_opportunity,
	make_pipeline,
	make_product,
	make_user,
	make_won_opportunity,
	unique,
)

GATED = [
	{
		"stage_name": "Contact",
		"stage_type": "Open",
		"probability": 10,
		"exit_checklist": [
			{"item": "Decision maker known", "is_mandatory": 1},
			{"item": "Had lunch", "is_mandatory": 0},
		],
	},
	{
		"stage_name": "Offer",
		"stage_type": "Ongoing",
		"probability": 60,
		"forecast_category": "Best Case",
		"required_fields": [{"fieldname": "requirement"}, {"fieldname": "expected_close_date"}],
	},
	{"stage_name": "Signed", "stage_type": "Won", "required_fields": [{"fieldname": "contract_no"}]},
	{"stage_name": "Gone", "stage_type": "Lost"},
	{"stage_name": "Asleep", "stage_type": "On Hold", "probability": 5},
]


@pytest.fixture
def gated():
	pipeline, stages = make_pipeline(GATED)
	return pipeline.name, {name: stage.name for name, stage in stages.items()}


def tick(doc, item="Decision maker known"):
	next(row for row in doc.checklist if row.item == item).is_done = 1


class TestDefaults:
	def test_a_new_deal_starts_at_the_first_stage(self, gated):
		pipeline, stages = gated
		doc = make_opportunity(pipeline=pipeline, amount=1000)
		assert (doc.stage, doc.status, doc.probability) == (stages["Contact"], "Open", 10)
		assert doc.opened_on and doc.deal_chain and doc.generation == 1
		assert (flt(doc.amount_base), flt(doc.weighted_amount)) == (1000, 100)
		assert doc.customer_name == frappe.db.get_value("SPM Customer", doc.customer, "customer_name")

	def test_the_pipeline_comes_from_the_settings(self):
		pipeline = make_pipeline()[0].name
		frappe.db.set_single_value("SPM Settings", "default_pipeline", pipeline)
		frappe.clear_document_cache("SPM Settings", "SPM Settings")
		doc = frappe.get_doc(
			{"doctype": "SPM Opportunity", "title": "x", "customer": make_customer().name}
		).insert()
		assert doc.pipeline == pipeline

	def test_the_currency_left_open_is_the_base_currency(self):
		base = base_currency()
		other = "EUR" if base != "EUR" else "USD"
		frappe.db.set_default("currency", other)
		doc = make_opportunity(customer=make_customer().name)
		assert (doc.currency, doc.base_currency) == (base_currency(), base_currency())

	def test_the_currency_is_the_customer_s_and_the_rate_gives_base_amounts(self):
		doc = make_opportunity(customer=make_customer(currency="EUR").name, amount=100, exchange_rate=7.8)
		assert (doc.currency, flt(doc.amount_base), flt(doc.weighted_amount)) == ("EUR", 780, 78)

	def test_base_currency_has_rate_one(self):
		doc = make_opportunity()
		doc.exchange_rate = 5
		doc.save()
		assert (doc.currency, doc.exchange_rate) == (doc.base_currency, 1)

	def test_a_probability_set_by_hand_stays_until_the_next_stage(self, gated):
		pipeline, _stages = gated
		doc = make_opportunity(pipeline=pipeline, probability=33, probability_reason="An old friend decides")
		assert doc.probability == 33
		doc.title = "another"
		doc.save()
		assert doc.probability == 33
		doc.requirement, doc.expected_close_date = "x", today()
		tick(doc)
		api_doc = doc.save()
		assert api.move(api_doc.name, "Offer")["probability"] == 60


class TestGate:
	def test_the_refusal_names_fields_and_checks_in_words(self, gated):
		pipeline, stages = gated
		doc = make_opportunity(pipeline=pipeline)
		with pytest.raises(StageGateError) as refused:
			api.move(doc.name, "Offer")
		labels = [
			frappe.get_meta("SPM Opportunity").get_label(f) for f in ("requirement", "expected_close_date")
		]
		assert refused.value.missing == ["Decision maker known", *labels]
		assert frappe.local.response["missing"] == refused.value.missing
		assert all(word in str(refused.value) for word in refused.value.missing)
		assert frappe.db.get_value("SPM Opportunity", doc.name, "stage") == stages["Contact"]

	def test_with_everything_there_the_deal_moves_and_hears_what_is_next(self, gated):
		pipeline, stages = gated
		doc = make_opportunity(pipeline=pipeline, requirement="A plant", expected_close_date=today())
		tick(doc)
		doc.save()
		done = api.move(doc.name, "Offer", reason="They asked")
		assert done == {
			"opportunity": doc.name,
			"stage": stages["Offer"],
			"status": "Open",
			"probability": 60,
			"missing": [frappe.get_meta("SPM Opportunity").get_label("contract_no")],
		}
		doc.reload()
		assert doc.forecast_category == "Best Case"
		assert doc.stage_log[-1].reason == "They asked"

	@pytest.mark.parametrize("way", ["stage", "status"])
	def test_the_desk_and_the_board_meet_the_same_gate(self, gated, way):
		pipeline, stages = gated
		doc = make_opportunity(pipeline=pipeline)
		if way == "stage":
			doc.stage = stages["Signed"]
		else:
			doc.status = "Won"
		with pytest.raises(StageGateError):
			doc.save()

	def test_a_dragged_card_goes_to_the_first_stage_of_its_column(self, gated):
		pipeline, stages = gated
		doc = make_opportunity(pipeline=pipeline)
		doc.status = "On Hold"
		doc.save()
		assert (doc.stage, doc.probability, flt(doc.weighted_amount)) == (stages["Asleep"], 5, 0)
		doc.status = "Open"
		doc.save()
		assert doc.stage == stages["Contact"]

	def test_deleting_or_softening_a_check_opens_nothing(self, gated):
		pipeline, stages = gated
		doc = make_opportunity(pipeline=pipeline, requirement="x", expected_close_date=today())
		doc.checklist = []
		doc.stage = stages["Offer"]
		with pytest.raises(StageGateError, match="Decision maker known"):
			doc.save()
		doc.reload()
		doc.checklist[0].is_mandatory = 0
		doc.stage = stages["Offer"]
		with pytest.raises(StageGateError, match="Decision maker known"):
			doc.save()

	def test_who_ticked_a_check_and_when_is_kept(self, gated):
		pipeline, _stages = gated
		doc = make_opportunity(pipeline=pipeline)
		assert [row.item for row in doc.checklist] == ["Decision maker known", "Had lunch"]
		tick(doc)
		doc.save()
		row = doc.checklist[0]
		assert (row.done_by, bool(row.done_on)) == ("Administrator", True)
		row.is_done = 0
		doc.save()
		assert (doc.checklist[0].done_by, doc.checklist[0].done_on) == (None, None)

	def test_a_stage_of_another_pipeline_is_refused(self, gated):
		doc = make_opportunity()
		with pytest.raises(StageError, match="no stage"):
			api.move(doc.name, gated[1]["Offer"])

	def test_a_change_of_the_stage_counts_at_once(self, gated):
		pipeline, stages = gated
		doc = make_opportunity(pipeline=pipeline)
		tick(doc)
		doc.save()
		stage = frappe.get_doc("SPM Stage", stages["Offer"])
		stage.required_fields = []
		stage.save()
		assert api.move(doc.name, "Offer")["stage"] == stages["Offer"]

	def test_changing_the_pipeline_keeps_the_status(self, gated):
		doc = make_opportunity()
		doc.pipeline = gated[0]
		doc.save()
		assert doc.stage == gated[1]["Contact"]


class TestHistory:
	def test_one_row_per_stay_with_its_days(self, freeze):
		pipeline, stages = make_pipeline()
		with freeze("2026-03-01 10:00:00"):
			doc = make_opportunity(pipeline=pipeline.name)
		doc.reload()
		with freeze("2026-03-03 22:00:00"):
			doc.stage = stages["Proposal"].name
			doc.save()
		first, second = doc.stage_log
		assert (first.from_stage, first.to_stage) == (None, stages["First Contact"].name)
		assert flt(first.duration_days) == 2.5
		assert (
			get_datetime(first.left_on)
			== get_datetime(second.entered_on)
			== get_datetime(doc.stage_entered_on)
		)
		assert (second.from_stage, second.to_stage, second.left_on) == (first.to_stage, doc.stage, None)
		assert second.changed_by == "Administrator"

	def test_a_save_without_move_writes_no_row_and_the_log_cannot_be_edited(self):
		doc = make_opportunity()
		doc.stage_log[0].to_stage = None
		doc.append("stage_log", {"reason": "forged"})
		doc.save()
		doc.reload()
		assert len(doc.stage_log) == 1 and doc.stage_log[0].to_stage == doc.stage

	def test_history_with_given_dates(self):
		doc = make_opportunity(
			status="Won",
			opened_on="2017-01-02",
			won_on="2017-03-03",
			amount=5.5,
			pipeline=make_pipeline()[0].name,
		)
		assert (doc.status, getdate(doc.won_on), getdate(doc.closed_on)) == (
			"Won",
			getdate("2017-03-03"),
			getdate("2017-03-03"),
		)
		assert (doc.sales_cycle_days, doc.probability) == (60, 100)
		assert getdate(doc.stage_entered_on) == getdate("2017-03-03")

	def test_history_without_opening_date_opens_when_it_closed(self):
		doc = make_opportunity(status="Lost", closed_on="2017-03-03", loss_reason=make_loss_reason().name)
		assert getdate(doc.opened_on) == getdate("2017-03-03")
		assert (doc.sales_cycle_days, doc.won_on) == (0, None)


class TestClosing:
	def test_win_today_and_twice(self):
		doc = make_opportunity(opened_on=add_days(today(), -30))
		done = api.win(doc.name)
		assert (done["opportunity"], done["status"], done["won_on"]) == (doc.name, "Won", today())
		assert api.win(doc.name)["won_on"] == today()
		doc.reload()
		assert (doc.sales_cycle_days, doc.probability, len(doc.stage_log)) == (30, 100, 2)

	def test_win_on_a_given_day_but_not_in_the_future(self):
		doc = make_opportunity(opened_on="2026-01-01")
		with pytest.raises(SPMError, match="future"):
			api.win(doc.name, add_days(today(), 5))
		assert api.win(doc.name, "2026-02-01")["won_on"] == "2026-02-01"
		assert frappe.db.get_value("SPM Opportunity", doc.name, "sales_cycle_days") == 31

	def test_the_won_stage_has_a_gate_too(self, gated):
		doc = make_opportunity(pipeline=gated[0])
		with pytest.raises(StageGateError) as refused:
			api.win(doc.name)
		assert frappe.get_meta("SPM Opportunity").get_label("contract_no") in refused.value.missing

	def test_losing_needs_a_reason_of_the_list(self):
		doc = make_opportunity()
		doc.status = "Lost"
		with pytest.raises(StageGateError) as refused:
			doc.save()
		assert refused.value.missing == [frappe.get_meta("SPM Opportunity").get_label("loss_reason")]
		with pytest.raises(frappe.DoesNotExistError, match="no loss reason"):
			api.lose(doc.name, unique("nothing like that "))

	def test_lose(self):
		doc = make_opportunity()
		reason = make_loss_reason().name
		done = api.lose(doc.name, reason, "Far too late")
		assert (done["opportunity"], done["status"]) == (doc.name, "Lost")
		doc.reload()
		assert (doc.loss_reason, doc.loss_detail, flt(doc.weighted_amount)) == (reason, "Far too late", 0)
		assert doc.stage_log[-1].reason == reason
		assert getdate(doc.closed_on) == getdate() and not doc.won_on

	def test_reopening_clears_the_closing_and_keeps_the_history(self):
		doc = make_opportunity()
		reason = make_loss_reason().name
		api.lose(doc.name, reason)
		assert api.move(doc.name, "Proposal")["status"] == "Open"
		doc.reload()
		assert (doc.closed_on, doc.loss_reason, doc.sales_cycle_days) == (None, None, 0)
		assert [row.reason for row in doc.stage_log] == [None, reason, None]

	def test_a_lost_deal_that_is_won_after_all_is_won_today(self):
		doc = make_opportunity(status="Lost", closed_on="2026-02-01", loss_reason=make_loss_reason().name)
		assert api.win(doc.name)["won_on"] == today()
		doc.reload()
		assert getdate(doc.closed_on) == getdate()

	@pytest.mark.parametrize(
		("project_status", "refused"), [("Approved", True), ("Closed", True), ("Cancelled", False)]
	)
	def test_a_won_deal_with_a_living_project_stays_won(self, project_status, refused):
		doc = make_won_opportunity()
		frappe.qb.into("SPM Project").columns("name", "customer", "opportunity", "status").insert(
			unique(), doc.customer, doc.name, project_status
		).run()
		doc.status = "Open"
		if refused:
			with pytest.raises(ReopenError, match="Cancel the project first"):
				doc.save()
		else:
			assert doc.save().status == "Open"

	def test_dates_of_closing_given_to_an_open_deal_are_dropped(self):
		doc = make_opportunity(won_on=today(), closed_on=today())
		assert (doc.won_on, doc.closed_on) == (None, None)


class TestAmounts:
	def test_lines_make_the_amount(self):
		product = make_product().name
		doc = make_opportunity(
			amount=1,
			estimated_cost=100,
			products=[
				{"product": product, "qty": 2, "rate": 100, "discount_percent": 10},
				{"product": product, "qty": 1, "rate": 20},
			],
		)
		assert [flt(row.amount) for row in doc.products] == [180, 20]
		assert (flt(doc.amount), flt(doc.amount_base), flt(doc.expected_margin)) == (200, 200, 100)
		assert {row.currency for row in doc.products} == {doc.currency}

	def test_lines_without_price_leave_the_typed_amount(self):
		doc = make_opportunity(amount=77, products=[{"product": make_product().name, "qty": 3}])
		assert flt(doc.amount) == 77

	def test_a_discount_over_100_is_refused(self):
		with pytest.raises(SPMError, match="between 0 and 100"):
			make_opportunity(
				products=[{"product": make_product().name, "qty": 1, "rate": 5, "discount_percent": 101}]
			)


class TestChain:
	def test_every_deal_has_its_own_chain_and_keeps_it(self):
		one, two = make_opportunity(), make_opportunity()
		assert one.deal_chain != two.deal_chain
		chain = one.deal_chain
		one.deal_chain, one.generation = two.deal_chain, 9
		one.save()
		assert (one.deal_chain, one.generation) == (chain, 1)

	def test_project_figures_shown_on_the_deal_are_not_the_request_s_to_set(self):
		doc = make_opportunity(project_percent_complete=80)
		assert not doc.project_percent_complete
		frappe.db.set_value(
			"SPM Opportunity", doc.name, "project_percent_complete", 40, update_modified=False
		)
		doc.title = "A form opened before the milestone was accepted"
		doc.save()
		assert frappe.db.get_value("SPM Opportunity", doc.name, "project_percent_complete") == 40


class TestMasters:
	def test_there_is_one_default_pipeline(self):
		first = make_pipeline(is_default=1)[0]
		make_pipeline(is_default=1)
		assert not frappe.db.get_value("SPM Pipeline", first.name, "is_default")
		with pytest.raises(SPMError, match="cannot be disabled"):
			make("SPM Pipeline", pipeline_name=unique(), is_default=1, disabled=1)

	def test_a_gate_can_only_ask_for_fields_there_are(self):
		with pytest.raises(StageError, match="no field"):
			make_pipeline(
				[{"stage_name": "x", "stage_type": "Open", "required_fields": [{"fieldname": "nonsense"}]}]
			)

	def test_labels_of_gate_fields_are_filled_in(self, gated):
		stage = frappe.get_doc("SPM Stage", gated[1]["Signed"])
		assert stage.required_fields[0].label == frappe.get_meta("SPM Opportunity").get_label("contract_no")
		assert stage.probability == 100

	def test_a_stage_in_use_stays_in_its_pipeline(self, gated):
		make_opportunity(pipeline=gated[0])
		stage = frappe.get_doc("SPM Stage", gated[1]["Contact"])
		stage.pipeline = make_pipeline()[0].name
		with pytest.raises(StageError, match="must stay"):
			stage.save()

	def test_a_disabled_stage_is_not_entered_but_deals_in_it_live_on(self, gated):
		pipeline, stages = gated
		inside = make_opportunity(pipeline=pipeline)
		frappe.get_doc("SPM Stage", stages["Contact"]).update({"disabled": 1}).save()
		assert stages["Contact"] not in [s.name for s in stages_of(pipeline)]
		inside.next_step = "Call"
		assert inside.save().stage == stages["Contact"]
		outside = make_opportunity(pipeline=pipeline, requirement="x", expected_close_date=today())
		assert outside.stage == stages["Offer"]
		with pytest.raises(StageError):
			api.move(outside.name, stages["Contact"])
		tick(inside)
		inside.update({"requirement": "x", "expected_close_date": today()}).save()
		assert api.move(inside.name, "Offer")["stage"] == stages["Offer"]

	def test_a_territory_cannot_lie_within_itself(self):
		top = make("SPM Territory", territory_name=unique())
		low = make("SPM Territory", territory_name=unique(), parent_territory=top.name)
		top.parent_territory = low.name
		with pytest.raises(SPMError, match="within itself"):
			top.save()


class TestStatements:
	def values(self, customer, pipeline, **extra):
		return {
			"doctype": "SPM Opportunity",
			"title": unique("Deal "),
			"customer": customer,
			"pipeline": pipeline,
			"amount": 1000,
			**extra,
		}

	def test_inserting_an_opportunity_takes_at_most_14(self, as_user, assert_query_count):
		user = make_user("SPM Sales User")
		customer, pipeline = make_customer(account_manager=user).name, make_pipeline()[0].name
		with as_user(user):
			frappe.get_doc(self.values(customer, pipeline)).insert()
			with assert_query_count(14):
				frappe.get_doc(
					self.values(customer, pipeline, next_step="Call", next_step_date=add_days(today(), 1))
				).insert()

	def test_and_not_more_with_the_first_gate_s_checklist(self, gated, as_user, assert_query_count):
		user = make_user("SPM Sales User")
		customer = make_customer(account_manager=user).name
		with as_user(user):
			frappe.get_doc(self.values(customer, gated[0])).insert()
			with assert_query_count(14):
				frappe.get_doc(self.values(customer, gated[0])).insert()

	def test_pausing_and_resuming_for_days_is_measured_in_days(self, freeze):
		doc = make_opportunity()
		start = now_datetime()
		with freeze(add_to_date(start, days=1)):
			doc.status = "On Hold"
			doc.save()
		doc.reload()
		with freeze(add_to_date(start, days=11)):
			doc.status = "Open"
			doc.save()
		assert round(flt(doc.stage_log[1].duration_days)) == 10
