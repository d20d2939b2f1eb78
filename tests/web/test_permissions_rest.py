"""The permission table over HTTP: lists, documents, changes, searches, our own endpoints, level-1 fields."""

from __future__ import annotations

import json

import frappe
import pytest
from frappe.utils.global_search import sync_global_search

from tests import permission_world as w

SECRETS = ("estimated_cost", "expected_margin", "budget_cost", "actual_cost", "planned_margin")


@pytest.fixture(scope="module")
def world(connection):
	with w.standing() as made:
		yield made


@pytest.fixture(scope="module")
def visitors(world, server):
	"""One logged-in client per user of the world."""
	from tests.support.http import Client

	return {short: Client(server).login(user, w.PASSWORD) for short, user in world.users.items()}


def names_in(response, key: str, shorts: dict[str, str]) -> set[str] | None:
	if response.status_code == 403:
		return None
	assert response.status_code == 200, response.text[:2000]
	return {shorts[row["name"]] for row in response.json()[key] if row["name"] in shorts}


@pytest.mark.parametrize(
	("path", "key", "limit"),
	[
		("/api/resource/", "data", "limit_page_length"),
		("/api/v2/document/", "data", "limit"),
	],
)
def test_lists_of_both_versions_show_what_the_desk_shows(world, visitors, path, key, limit):
	wrong = {}
	for user, client in visitors.items():
		for doctype in w.DOCTYPES:
			shorts = world.names(doctype)
			params = {limit: 500, "filters": json.dumps([["name", "in", list(shorts)]])}
			found = names_in(client.request("GET", path + doctype, params=params), key, shorts)
			if found != w.READS[user].get(doctype):
				wrong[user, doctype] = (found, w.READS[user].get(doctype))
	assert wrong == {}


def test_documents_open_for_those_who_see_them_and_answer_403_to_others(world, visitors):
	wrong = {}
	for user in ("seller", "rival", "pm", "member", "agent", "marketing", "outsider", "portal"):
		for doctype in w.DOCTYPES:
			for name, short in world.names(doctype).items():
				status = visitors[user].request("GET", f"/api/resource/{doctype}/{name}").status_code
				expected = 200 if short in w.READS[user].get(doctype, set()) else 403
				if status != expected:
					wrong[user, short] = status
	assert wrong == {}


def test_a_guest_gets_nothing(http, world):
	for doctype in w.DOCTYPES:
		assert http().request("GET", f"/api/resource/{doctype}").status_code in (401, 403)


def test_nobody_takes_a_stranger_s_record_by_writing_their_name_into_it(world, visitors):
	me = world.users["seller"]
	for doctype, short, values in (
		("SPM Opportunity", "B1", {"opportunity_owner": me}),
		("SPM Customer", "B", {"account_manager": me}),
		("SPM Lead", "LB", {"lead_owner": me}),
		("SPM Task", "TB", {"assigned_to": me}),
	):
		path = f"/api/resource/{doctype}/{world.name(short)}"
		assert visitors["seller"].request("PUT", path, json=values).status_code == 403, short
		fieldname = next(iter(values))
		assert frappe.db.get_value(doctype, world.name(short), fieldname) != me


def test_cost_is_in_no_answer_to_those_who_may_not_see_it(world, visitors):
	for user in ("seller", "manager"):
		client, path = visitors[user], f"/api/resource/SPM Opportunity/{world.name('A1')}"
		answers = [
			client.request("GET", path),
			client.request("PUT", path, json={"next_step": f"asked by {user}", "estimated_cost": 1}),
			client.request("GET", f"/api/v2/document/SPM Opportunity/{world.name('A1')}"),
			client.request("GET", "/api/resource/SPM Opportunity", params={"fields": '["*"]'}),
			client.request(
				"GET", "/api/resource/SPM Opportunity", params={"fields": '["name", "estimated_cost"]'}
			),
			client.request(
				"GET",
				"/api/method/frappe.desk.form.load.getdoc",
				params={"doctype": "SPM Opportunity", "name": world.name("A1")},
			),
			client.request("GET", f"/api/resource/SPM Project/{world.name('PA')}"),
		]
		for answer in answers:
			assert not any(f'"{secret}"' in answer.text for secret in SECRETS), answer.url
		assert frappe.db.get_value("SPM Opportunity", world.name("A1"), "estimated_cost") == 400
	cost = visitors["executive"].get(f"/api/resource/SPM Opportunity/{world.name('A1')}")["data"]
	assert cost["estimated_cost"] == 400


@pytest.mark.parametrize(
	"params",
	[
		{"filters": '[["estimated_cost", ">", 1]]'},
		{"or_filters": '[["estimated_cost", ">", 1]]'},
		{"order_by": "estimated_cost desc"},
		{"group_by": "estimated_cost"},
	],
)
def test_cost_cannot_be_guessed_by_filter_or_order(visitors, params):
	answer = visitors["seller"].request("GET", "/api/resource/SPM Opportunity", params=params)
	assert answer.status_code in (403, 417)


def test_a_new_deal_is_answered_without_cost(world, visitors):
	client = visitors["seller"]
	made = client.post(
		"/api/resource/SPM Opportunity",
		{
			"title": "REST",
			"customer": world.name("A"),
			"estimated_cost": 5,
			"pipeline": world.name("pipeline"),
		},
	)["data"]
	try:
		assert not set(SECRETS) & set(made)
		assert made["opportunity_owner"] == world.users["seller"]
		assert not frappe.db.get_value("SPM Opportunity", made["name"], "estimated_cost")
	finally:
		frappe.delete_doc("SPM Opportunity", made["name"], force=True, delete_permanently=True)
		frappe.db.commit()


def test_global_search_shows_only_what_one_may_see(world, visitors):
	sync_global_search()
	frappe.db.commit()
	by_name = {real: short for short, (_kind, real) in world.records.items()}
	for user in ("seller", "rival", "manager", "member", "agent", "marketing", "outsider", "portal"):
		found = visitors[user].call(
			"frappe.utils.global_search.search", text=world.token, limit=100, verb="GET"
		)
		shorts = {by_name[row["name"]] for row in found if row["name"] in by_name}
		allowed = set().union(*w.READS[user].values()) if w.READS[user] else set()
		assert shorts <= allowed, user
		if user in ("seller", "rival", "manager"):
			searched = {w.CUSTOMER, w.LEAD, w.DEAL, w.PROJECT, w.MILESTONE, w.TASK}
			expected = set().union(*(w.READS[user].get(doctype, set()) for doctype in searched))
			assert expected <= shorts, user


def test_a_link_title_tells_nothing_about_hidden_records(world, visitors):
	for user, title in (
		("seller", f"{world.token} Alpha"),
		("portal", world.name("A")),
		("other_pm", world.name("A")),
	):
		shown = visitors[user].call(
			"frappe.desk.search.get_link_title", doctype="SPM Customer", docname=world.name("A"), verb="GET"
		)
		assert shown == title, user


def test_connections_of_a_form_count_what_one_may_see(world, visitors):
	counted = {}
	for user in ("seller", "rival"):
		answer = visitors[user].call(
			"frappe.desk.notifications.get_open_count",
			doctype="SPM Customer",
			name=world.name("A"),
			verb="GET",
		)
		rows = answer["count"]["external_links_found"]
		counted[user] = next(row["count"] for row in rows if row["doctype"] == "SPM Opportunity")
	assert counted == {"seller": 2, "rival": 1}


def test_our_endpoints_ask_first(world, visitors):
	api = "sales_crm_pm.api.v1."
	for user in ("outsider", "portal", "configurator", "other_pm"):
		client = visitors[user]
		for method, args in (
			("lead.convert", {"lead": world.name("LA")}),
			("opportunity.move", {"opportunity": world.name("A1"), "stage": "Proposal"}),
			("opportunity.win", {"opportunity": world.name("A2")}),
			("opportunity.lose", {"opportunity": world.name("A2"), "loss_reason": "x"}),
			("feedback.to_opportunity", {"source_doctype": "SPM Survey", "source_name": world.name("SA")}),
		):
			assert client.refused(api + method, **args).status == 403, (user, method)
		assert client.refused(api + "customer.overview", customer=world.name("A"), verb="GET").status == 403


def test_what_is_not_there_is_404_and_the_wrong_verb_is_refused(visitors):
	api, client = "sales_crm_pm.api.v1.", visitors["seller"]
	assert client.refused(api + "lead.convert", lead="LEAD-nothing").status == 404
	assert client.refused(api + "opportunity.win", opportunity="OPP-nothing").status == 404
	assert client.refused(api + "customer.overview", customer="CUST-nothing", verb="GET").status == 404
	assert client.refused(api + "lead.convert", lead="x", verb="GET").status in (403, 405)


def test_a_refused_move_names_what_is_missing(world, visitors):
	stage = frappe.get_doc("SPM Stage", {"pipeline": world.name("pipeline"), "stage_name": "Proposal"})
	stage.append("required_fields", {"fieldname": "scope"})
	stage.save()
	frappe.db.commit()
	try:
		answer = visitors["rival"].request(
			"POST",
			"/api/method/sales_crm_pm.api.v1.opportunity.move",
			json={"opportunity": world.name("A2"), "stage": "Proposal"},
		)
		assert answer.status_code == 417
		assert answer.json()["missing"] == [frappe.get_meta("SPM Opportunity").get_label("scope")]
		assert answer.json()["exc_type"] == "StageGateError"
	finally:
		stage.required_fields = []
		stage.save()
		frappe.db.commit()


def test_export_needs_the_right_and_obeys_the_rows(world, visitors):
	body = {
		"doctype": "SPM Opportunity",
		"fields": json.dumps(["`tabSPM Opportunity`.`name`", "`tabSPM Opportunity`.`estimated_cost`"]),
		"file_format_type": "CSV",
		"title": "x",
	}
	path = "/api/method/frappe.desk.reportview.export_query"
	assert visitors["seller"].request("POST", path, data=body).status_code == 403
	answer = visitors["manager"].request("POST", path, data=body)
	if answer.status_code == 200:
		assert world.name("A1") in answer.text and world.name("B1") in answer.text
		assert "400" not in answer.text.replace(world.token, "")
	else:
		assert answer.status_code == 403
