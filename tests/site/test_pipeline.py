"""Pipelines and stages: gates over table rows, tasks on entry, ageing, other pipelines, order, probability."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, add_to_date, getdate, now_datetime, today

from sales_crm_pm.api.v1 import opportunity as api
from sales_crm_pm.api.v1 import pipeline as pipeline_api
from sales_crm_pm.exceptions import SPMError, StageError, StageGateError
from sales_crm_pm.loop.pipeline import forget_stages, stages_of
from sales_crm_pm.setup import seed_board
from tests.factories import (
	make,
	make_contact,
	make_customer,
	make_opportunity,
	make_pipeline,
	make_product,
	make_user,
)

STAGES = [
	{"stage_name": "Talk", "stage_type": "Open", "probability": 10, "max_days": 10},
	{
		"stage_name": "Offer",
		"stage_type": "Ongoing",
		"probability": 50,
		"max_days": 30,
		"required_fields": [
			{"fieldname": "products"},
			{"fieldname": "contacts", "child_field": "buying_role", "child_value": "Decision Maker"},
		],
		"entry_tasks": [
			{"subject": "Send the offer", "due_in_days": 2, "priority": "High"},
			{"subject": "Call after the offer", "due_in_days": 9},
		],
	},
	{"stage_name": "Won", "stage_type": "Won", "required_fields": [{"fieldname": "contract_no"}]},
	{"stage_name": "Lost", "stage_type": "Lost"},
	{"stage_name": "Asleep", "stage_type": "On Hold", "max_days": 90},
]


@pytest.fixture
def road():
	pipeline, stages = make_pipeline(STAGES)
	return pipeline.name, {name: stage.name for name, stage in stages.items()}


class TestRowsOfTables:
	def test_the_refusal_names_table_column_and_value(self, road):
		pipeline, _stages = road
		doc = make_opportunity(pipeline=pipeline)
		with pytest.raises(StageGateError) as refused:
			api.move(doc.name, "Offer")
		assert refused.value.missing == ["Products", "Contacts: Buying Role = Decision Maker"]

	def test_the_form_hears_which_row_to_ask_for(self, road):
		pipeline, _stages = road
		doc = make_opportunity(pipeline=pipeline)
		asked = api.gate(doc.name, "Offer")["missing"]
		assert [(a["kind"], a["name"], a["column"], a["value"]) for a in asked] == [
			("row", "products", "", ""),
			("row", "contacts", "buying_role", "Decision Maker"),
		]

	def test_what_the_dialog_brings_fills_the_gate_and_nothing_else(self, road):
		pipeline, stages = road
		customer = make_customer().name
		doc = make_opportunity(pipeline=pipeline, customer=customer)
		product, contact = make_product().name, make_contact(customer).name
		answer = api.move(
			doc.name,
			"Offer",
			values={
				"products": [{"product": product, "qty": 2, "rate": 300, "amount": 1}],
				"contacts": [{"contact": contact, "buying_role": "Decision Maker"}],
				"title": "Taken over",
				"estimated_cost": 5,
			},
		)
		assert (answer["stage"], answer["missing"]) == (stages["Offer"], ["Contract or Order No."])
		doc.reload()
		assert doc.title != "Taken over" and not doc.estimated_cost
		assert (doc.products[0].amount, doc.amount) == (600, 600)

	@pytest.mark.parametrize(
		("row", "message"),
		[
			({"fieldname": "nothing"}, "no field"),
			({"fieldname": "contacts", "child_field": "nothing"}, "no column"),
			({"fieldname": "contacts", "child_value": "Finance"}, "say which column"),
			(
				{"fieldname": "contacts", "child_field": "buying_role", "child_value": "King"},
				"none of the choices",
			),
		],
	)
	def test_an_admin_cannot_ask_for_what_is_not_there(self, row, message):
		with pytest.raises(StageError, match=message):
			make_pipeline([{"stage_name": "A", "stage_type": "Open", "required_fields": [row]}])


class TestTasksOnEntry:
	def enter(self, pipeline, **values):
		customer = make_customer().name
		doc = make_opportunity(
			pipeline=pipeline,
			customer=customer,
			products=[{"product": make_product().name}],
			contacts=[{"contact": make_contact(customer).name, "buying_role": "Decision Maker"}],
			**values,
		)
		api.move(doc.name, "Offer")
		return doc

	def tasks(self, deal):
		return frappe.get_all(
			"SPM Task",
			filters={"opportunity": deal},
			fields=["subject", "assigned_to", "priority", "planned_end_date", "customer", "from_stage"],
			order_by="planned_end_date",
		)

	def test_they_are_the_owner_s_with_their_dates(self, road):
		pipeline, stages = road
		owner = make_user("SPM Sales User")
		doc = self.enter(pipeline, opportunity_owner=owner)
		first, second = self.tasks(doc.name)
		assert (first.subject, first.assigned_to, first.priority) == ("Send the offer", owner, "High")
		assert first.planned_end_date == getdate(add_days(today(), 2))
		assert (second.planned_end_date, second.from_stage) == (
			getdate(add_days(today(), 9)),
			stages["Offer"],
		)
		assert first.customer == doc.customer

	def test_coming_back_makes_no_second_ones(self, road):
		pipeline, _stages = road
		doc = self.enter(pipeline)
		api.move(doc.name, "Talk")
		api.move(doc.name, "Offer")
		assert len(self.tasks(doc.name)) == 2

	def test_history_from_a_file_makes_none(self, road):
		pipeline, _stages = road
		frappe.flags.in_import = True
		doc = self.enter(pipeline)
		assert self.tasks(doc.name) == []

	def test_the_person_reads_them_in_their_language(self):
		seed_board.seed()
		name = "Small Team - New Request"
		owner = make_user("SPM Sales User", language="zh")
		doc = make_opportunity(pipeline="Small Team", stage=name, opportunity_owner=owner)
		assert [task.subject for task in self.tasks(doc.name)] == ["回电"]


class TestAgeing:
	def test_the_limit_is_the_stage_s_and_differs_by_pipeline(self, road):
		pipeline, _stages = road
		slow = make_pipeline([{**STAGES[0], "max_days": 90}, *STAGES[2:]])[0].name
		assert make_opportunity(pipeline=pipeline).stage_due_on == getdate(add_days(today(), 10))
		assert make_opportunity(pipeline=slow).stage_due_on == getdate(add_days(today(), 90))

	def test_it_moves_with_the_deal_and_ends_with_it(self, road):
		pipeline, _stages = road
		doc = make_opportunity(pipeline=pipeline, contract_no="C-1")
		api.move(doc.name, "Asleep")
		assert frappe.db.get_value("SPM Opportunity", doc.name, "stage_due_on") == getdate(
			add_days(today(), 90)
		)
		deal = frappe.get_doc("SPM Opportunity", doc.name)
		deal.loss_reason = make("SPM Loss Reason", reason=frappe.generate_hash()).name
		deal.stage = frappe.db.get_value("SPM Stage", {"pipeline": pipeline, "stage_type": "Lost"})
		deal.save()
		assert deal.stage_due_on is None

	def test_a_new_limit_reaches_the_deals_that_are_in_the_stage(self, road):
		pipeline, stages = road
		deals = [make_opportunity(pipeline=pipeline).name for _ in range(3)]
		entered = add_to_date(now_datetime(), days=-7)
		frappe.db.set_value("SPM Opportunity", {"name": ["in", deals]}, "stage_entered_on", entered)
		stage = frappe.get_doc("SPM Stage", stages["Talk"])
		stage.max_days = 5
		stage.save()
		due = set(frappe.get_all("SPM Opportunity", filters={"name": ["in", deals]}, pluck="stage_due_on"))
		assert due == {getdate(add_days(today(), -2))}
		stage.max_days = 0
		stage.save()
		assert set(
			frappe.get_all("SPM Opportunity", filters={"name": ["in", deals]}, pluck="stage_due_on")
		) == {None}

	def test_a_request_cannot_write_the_limit(self, road):
		doc = make_opportunity(pipeline=road[0])
		doc.stage_due_on = add_days(today(), 999)
		doc.save()
		assert getdate(doc.stage_due_on) == getdate(add_days(today(), 10))


class TestOtherPipeline:
	def test_the_stage_is_carried_over(self, road):
		pipeline, _stages = road
		other, stages = make_pipeline(
			[
				{"stage_name": "Start", "stage_type": "Open", "probability": 5},
				{"stage_name": "Talk", "stage_type": "Open", "probability": 20},
				{"stage_name": "Yes", "stage_type": "Won"},
				{"stage_name": "No", "stage_type": "Lost"},
			]
		)
		doc = make_opportunity(pipeline=pipeline)
		doc.pipeline = other.name
		doc.save()
		assert (doc.stage, doc.probability) == (stages["Talk"].name, 20)
		assert [row.to_stage for row in doc.stage_log][-1] == stages["Talk"].name

	def test_the_gate_of_the_other_pipeline_counts(self, road):
		pipeline, _stages = road
		other, _ = make_pipeline(
			[{"stage_name": "Talk", "stage_type": "Open", "required_fields": [{"fieldname": "requirement"}]}]
		)
		doc = make_opportunity(pipeline=pipeline)
		doc.pipeline = other.name
		with pytest.raises(StageGateError, match="Requirement"):
			doc.save()


class TestArchivedStages:
	def test_deals_stay_and_may_leave_but_none_enters(self, road):
		pipeline, stages = road
		doc = make_opportunity(pipeline=pipeline)
		frappe.get_doc("SPM Stage", stages["Talk"]).update({"disabled": 1}).save()
		doc.reload()
		doc.next_step = "Call"
		doc.save()
		assert doc.stage == stages["Talk"]
		assert api.move(doc.name, "Asleep")["status"] == "On Hold"
		with pytest.raises(StageError):
			api.move(doc.name, "Talk")


class TestOrder:
	def test_a_configurator_sorts_the_stages(self, road, as_user):
		pipeline, stages = road
		order = [stages[name] for name in ("Offer", "Talk", "Won", "Lost", "Asleep")]
		with as_user(make_user("SPM Configurator")):
			assert pipeline_api.reorder(pipeline, order)["stages"] == order
		assert [stage.name for stage in stages_of(pipeline, True)] == order

	def test_a_salesperson_does_not(self, road, as_user):
		pipeline, stages = road
		with as_user(make_user("SPM Sales User")), pytest.raises(frappe.PermissionError):
			pipeline_api.reorder(pipeline, list(stages.values()))

	def test_the_whole_set_or_nothing(self, road):
		pipeline, stages = road
		with pytest.raises(StageError, match="changed meanwhile"):
			pipeline_api.reorder(pipeline, list(stages.values())[:2])


class TestProbability:
	def test_another_one_wants_a_reason(self, road):
		doc = make_opportunity(pipeline=road[0])
		doc.probability = 70
		with pytest.raises(SPMError, match="Why Another Probability"):
			doc.save()
		doc.reload()
		doc.probability, doc.probability_reason = 70, "The board has decided"
		doc.save()
		assert float(doc.weighted_amount) == 700

	def test_the_reason_goes_with_the_next_stage(self, road):
		doc = make_opportunity(pipeline=road[0], probability=70, probability_reason="Old friends")
		answer = api.move(doc.name, "Asleep")
		doc.reload()
		assert (answer["probability"], doc.probability_reason) == (0, None)

	def test_a_new_probability_of_the_stage_blocks_nobody(self, road):
		pipeline, stages = road
		doc = make_opportunity(pipeline=pipeline)
		frappe.db.set_value("SPM Stage", stages["Talk"], "probability", 15)
		forget_stages(pipeline)
		doc.reload()
		doc.next_step = "Call"
		doc.save()
		assert doc.probability == 10


def test_three_kinds_of_pipelines_come_with_the_app():
	seed_board.seed()
	limits = {
		pipeline: max(stage.max_days for stage in stages_of(pipeline) if stage.is_walking)
		for pipeline in ("Project Sales", "Key Accounts and Tenders", "Small Team")
	}
	assert limits["Small Team"] < limits["Project Sales"] < limits["Key Accounts and Tenders"]
	before = frappe.db.count("SPM Stage")
	seed_board.seed()
	assert frappe.db.count("SPM Stage") == before
