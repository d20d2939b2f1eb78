"""One gate, whichever way a deal comes: REST, endpoint, bulk edit of the list, Kanban board, imports. Over HTTP."""

from __future__ import annotations

import json
from contextlib import contextmanager

import frappe
import pytest

from tests.factories import make_customer, make_opportunity, make_pipeline, unique
from tests.support.importing import as_csv, run_now, upload

API = "sales_crm_pm.api.v1."
BULK = "frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs"
KANBAN = "frappe.desk.doctype.kanban_board.kanban_board.update_order_for_single_card"
STAGES = [
	{
		"stage_name": "Talk",
		"stage_type": "Open",
		"exit_checklist": [{"item": "Budget is confirmed", "is_mandatory": 1}],
	},
	{"stage_name": "Offer", "stage_type": "Ongoing", "required_fields": [{"fieldname": "requirement"}]},
	{"stage_name": "Signed", "stage_type": "Won", "required_fields": [{"fieldname": "contract_no"}]},
	{"stage_name": "Gone", "stage_type": "Lost"},
]
WANTS_OFFER = ["Budget is confirmed", "Requirement"]
WANTS_WIN = ["Budget is confirmed", "Requirement", "Contract or Order No."]


class World:
	"""A pipeline with a gate, a salesperson, and deals of theirs, all committed."""

	def __init__(self, committed):
		self.committed = committed
		self.seller = committed.user(f"{unique('gate-')}@example.com", "SPM Sales User")
		pipeline, stages = make_pipeline(STAGES)
		self.pipeline, self.stages = pipeline.name, {label: stage.name for label, stage in stages.items()}
		committed.track("SPM Pipeline", pipeline.name)
		for stage in stages.values():
			committed.track("SPM Stage", stage.name)
		self.customer = make_customer(account_manager=self.seller).name
		committed.track("SPM Customer", self.customer)
		committed.commit()

	def deal(self, **values):
		doc = make_opportunity(
			pipeline=self.pipeline, customer=self.customer, opportunity_owner=self.seller, **values
		)
		self.committed.track("SPM Opportunity", doc.name)
		self.committed.commit()
		return doc.name

	def stage_of(self, deal):
		frappe.db.rollback()
		return frappe.db.get_value("SPM Opportunity", deal, "stage")

	def stands_still(self, deal):
		return self.stage_of(deal) == self.stages["Talk"]


@pytest.fixture
def world(committed):
	return World(committed)


@pytest.fixture
def client(world, http):
	return http(world.seller)


def told(response) -> str:
	"""All sentences of an answer, as one text."""
	return json.dumps(response if isinstance(response, dict) else response.json(), ensure_ascii=False)


def test_resource_put(world, client):
	deal = world.deal()
	answer = client.put(f"/api/resource/SPM Opportunity/{deal}", {"stage": world.stages["Offer"]}, status=417)
	assert answer["missing"] == WANTS_OFFER
	assert world.stands_still(deal)


def test_resource_post_cannot_start_beyond_the_gate(world, client):
	body = {
		"title": "Jump",
		"customer": world.customer,
		"pipeline": world.pipeline,
		"stage": world.stages["Offer"],
	}
	assert client.post("/api/resource/SPM Opportunity", body, status=417)["missing"] == ["Requirement"]


@pytest.mark.parametrize(
	("path", "args", "wants"),
	[
		("opportunity.move", {"stage": "Offer"}, WANTS_OFFER),
		("opportunity.move", {"stage": "Signed"}, WANTS_WIN),
		("opportunity.win", {}, WANTS_WIN),
	],
)
def test_endpoints(world, client, path, args, wants):
	deal = world.deal()
	answer = client.post(f"/api/method/{API}{path}", {"opportunity": deal, **args}, status=417)
	assert answer["missing"] == wants
	assert world.stands_still(deal)


def test_what_the_gate_asks_for_may_come_along(world, client):
	deal = world.deal()
	answer = client.call(
		f"{API}opportunity.move",
		opportunity=deal,
		stage="Offer",
		values={"requirement": "A crane"},
		checks=["Budget is confirmed"],
	)
	assert answer["stage"] == world.stages["Offer"] == world.stage_of(deal)


def test_set_value_of_the_desk(world, client):
	deal = world.deal()
	args = {"doctype": "SPM Opportunity", "name": deal, "fieldname": "stage", "value": world.stages["Offer"]}
	assert client.post("/api/method/frappe.client.set_value", args, status=417)["missing"] == WANTS_OFFER
	assert world.stands_still(deal)


def test_bulk_edit_of_the_list(world, client):
	deals = [world.deal(), world.deal()]
	answer = client.post(
		f"/api/method/{BULK}",
		{
			"doctype": "SPM Opportunity",
			"docnames": json.dumps(deals),
			"action": "update",
			"data": json.dumps({"stage": world.stages["Offer"]}),
		},
	)
	assert sorted(answer["message"]) == sorted(deals)
	assert all(word in told(answer) for word in WANTS_OFFER)
	assert all(world.stands_still(deal) for deal in deals)


def test_kanban_view(world, client):
	deal = world.deal()
	board = frappe.get_all(
		"Kanban Board", {"reference_doctype": "SPM Opportunity", "field_name": "status"}, pluck="name"
	)
	assert board, "the app ships a Kanban board of deals"
	args = {"board_name": board[0], "docname": deal, "from_colname": "Open", "to_colname": "Won"}
	answer = client.post(f"/api/method/{KANBAN}", {**args, "old_index": 0, "new_index": 0}, status=417)
	assert answer["missing"] == WANTS_WIN
	assert world.stands_still(deal)


@contextmanager
def acting(user):
	frappe.set_user(user)
	try:
		yield
	finally:
		frappe.set_user("Administrator")


def test_our_importer(world):
	key = unique("gate-")
	deal = world.deal(external_id=key)
	rows = [{"Number": key, "Road": world.pipeline, "Step": "Offer"}]
	columns = {"Number": "external_id", "Road": "pipeline", "Step": "stage"}
	mapping = {"target": "SPM Opportunity", "columns": columns}
	with acting(world.seller):
		run = run_now(upload(as_csv(rows)), mapping, {"existing": "update"})
	assert run.rows_failed == 1, run.as_dict()
	errors = frappe.get_all("SPM Import Record", {"import_run": run.name}, pluck="reason")
	assert all(any(word in (error or "") for error in errors) for word in WANTS_OFFER), errors
	assert world.stands_still(deal)


def test_data_import_of_the_framework(world):
	pytest.importorskip("frappe.core.doctype.data_import.importer")
	from frappe.core.doctype.data_import.importer import Importer

	deal = world.deal()
	file = upload(as_csv([{"ID": deal, "Stage": world.stages["Offer"]}]))
	doc = frappe.get_doc(
		{
			"doctype": "Data Import",
			"reference_doctype": "SPM Opportunity",
			"import_type": "Update Existing Records",
			"import_file": frappe.db.get_value("File", file, "file_url"),
			"submit_after_import": 0,
		}
	).insert(ignore_permissions=True)
	world.committed.track("Data Import", doc.name)
	world.committed.track("File", file)
	Importer("SPM Opportunity", data_import=doc).import_data()
	log = frappe.get_all("Data Import Log", {"data_import": doc.name}, ["success", "messages"])
	frappe.db.delete("Data Import Log", {"data_import": doc.name})
	world.committed.commit()
	assert [row.success for row in log] == [0]
	assert all(word in (log[0].messages or "") for word in WANTS_OFFER), log
	assert world.stands_still(deal)
