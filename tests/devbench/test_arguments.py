"""Arguments of whitelisted functions are checked and cast by their annotations."""

import datetime

import frappe
import pytest


def test_arguments_are_cast_to_what_the_function_declares(http, people):
	answer = http(people["ann"]).call(
		"devbench_probe.api.echo", count="7", label="x", when="2026-03-01", tags=["a", "b"]
	)
	assert answer["values"]["count"] == 7
	assert answer["types"] == {"count": "int", "label": "str", "when": "date", "tags": "list"}


@pytest.mark.parametrize("arguments", [{"count": "seven"}, {"count": 1, "tags": "a"}, {"count": {"a": 1}}])
def test_wrong_types_are_refused(arguments, http, people):
	failure = http(people["ann"]).refused("devbench_probe.api.echo", **arguments)
	assert failure.status == 417
	assert "should be of type" in str(failure)


def test_calls_in_the_process_are_not_checked():
	from devbench_probe.api import echo

	frappe.local.request = None
	frappe.in_test = False
	assert echo("seven")["types"]["count"] == "str"


def test_functions_of_the_framework_are_checked_although_its_annotations_are_text(http, people):
	client = http(people["manager"])
	failure = client.refused("frappe.desk.search.search_link", doctype=["Country"], txt="")
	assert failure.status == 417
	assert "Argument 'doctype' in 'frappe.desk.search.search_link' should be of type 'str'" in str(failure)
	found = client.call("frappe.desk.search.search_link", doctype="Country", txt="Germ", page_length="3")
	assert found[0]["value"] == "Germany"


def test_annotations_of_the_framework_resolve_to_real_types():
	import inspect

	from frappe.desk.search import search_link
	from frappe.utils.typing_validations import resolved_annotations

	types = resolved_annotations(inspect.unwrap(search_link))
	assert types["doctype"] is str
	assert types["page_length"] is int


def test_postponed_annotations_of_an_app_are_left_alone_as_on_an_official_site(http, people):
	"""Frappe skips annotations that are text; an app that wants checks must not postpone them."""
	answer = http(people["ann"]).call("devbench_probe.api_strings.echo", count="7")
	assert answer["count"] == ["7", "str"]


def test_document_methods_are_checked_too(http, people, committed):
	record = committed.insert("Devbench Probe Record", title="shout")
	client = http(people["manager"])
	answer = client.call("run_doc_method", dt=record.doctype, dn=record.name, method="shout", args='{"times": "2"}')
	assert answer == "SHOUT SHOUT"
	failure = client.refused("run_doc_method", dt=record.doctype, dn=record.name, method="shout", args='{"times": "x"}')
	assert "should be of type 'int'" in str(failure)


def test_dataclasses_of_the_framework_see_their_fields():
	from dataclasses import fields

	from frappe.utils.number_format import NumberFormat

	assert fields(NumberFormat)


def test_dates_may_come_as_objects_from_python():
	from devbench_probe.api import echo

	assert echo(1, when=datetime.date(2026, 3, 1))["values"]["when"] == datetime.date(2026, 3, 1)
