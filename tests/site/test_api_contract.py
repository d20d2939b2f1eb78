"""The REST contract: names, arguments, verbs and types of every endpoint."""

import importlib
import inspect
import pkgutil

import frappe
import pytest

import sales_crm_pm.api.v1 as v1

# name -> (arguments that must be given, arguments that may be given, verb)
CONTRACT = {
	"lead.convert": (["lead"], ["create_opportunity"], "POST"),
	"lead.claim": (["lead"], [], "POST"),
	"lead.release": (["lead"], ["reason"], "POST"),
	"lead.assign": (["lead", "user"], ["reason"], "POST"),
	"lead.distribute": (["lead"], [], "POST"),
	"lead.many": (["action", "leads"], ["user", "reason"], "POST"),
	"lead.reasons": (["lead"], [], "GET"),
	"campaign.qr": (["campaign"], [], "GET"),
	"campaign.request": (["code", "lead_name"], ["email", "mobile", "need", "consent", "page"], "POST"),
	"opportunity.move": (["opportunity", "stage"], ["reason"], "POST"),
	"opportunity.win": (["opportunity"], ["won_on"], "POST"),
	"opportunity.lose": (["opportunity", "loss_reason"], ["detail"], "POST"),
	"contract.create_from_opportunity": (["opportunity"], ["contract_type"], "POST"),
	"contract.plan": (["contract"], [], "GET"),
	"contract.template_rows": (["contract", "template"], [], "GET"),
	"contract.set_plan": (["contract", "rows", "version"], [], "POST"),
	"contract.change_amount": (["contract", "change_amount", "reason"], ["spread", "due_date"], "POST"),
	"contract.amend": (["contract"], [], "POST"),
	"contract.terminate": (["contract", "reason"], ["on"], "POST"),
	"change_request.submit": (["change_request"], [], "POST"),
	"change_request.assess": (["change_request"], ["impacts"], "POST"),
	"change_request.approve": (
		["change_request", "side"],
		["version", "comment", "contact", "evidence"],
		"POST",
	),
	"change_request.reject": (["change_request", "reason"], ["side"], "POST"),
	"change_request.defer": (["change_request", "reason"], ["until"], "POST"),
	"change_request.reopen": (["change_request"], [], "POST"),
	"change_request.implement": (["change_request"], [], "POST"),
	"change_request.diff": (["change_request"], ["live"], "GET"),
	"change_request.answer": (["token", "accepted", "version"], ["name", "reason"], "POST"),
	"portal.request_change": (["project", "title", "description"], ["reason"], "POST"),
	"portal.approve_change": (["change_request", "version"], [], "POST"),
	"portal.decline_change": (["change_request", "reason"], [], "POST"),
	"payment.record_receipt": (["payment", "amount", "reference"], ["received_date", "note"], "POST"),
	"payment.invoice": (["payment", "invoice_no"], ["invoiced_on"], "POST"),
	"payment.happened": (["payment"], ["on"], "POST"),
	"forecast.summary": (
		[],
		["from_date", "to_date", "group_by", "pipeline", "opportunity_owner", "team", "snapshot"],
		"GET",
	),
	"forecast.take_snapshot": ([], ["note"], "POST"),
	"quotation.create_from_opportunity": (["opportunity"], [], "POST"),
	"quotation.new_version": (["quotation"], [], "POST"),
	"quotation.versions": (["quotation"], [], "GET"),
	"quotation.compare": (["quotation", "other"], [], "GET"),
	"quotation.submit": (["quotation"], [], "POST"),
	"quotation.approve": (["quotation"], [], "POST"),
	"quotation.send_back": (["quotation", "reason"], [], "POST"),
	"quotation.letter": (["quotation"], [], "GET"),
	"quotation.send": (["quotation"], ["recipients", "subject", "message"], "POST"),
	"quotation.link": (["quotation"], [], "POST"),
	"quotation.accept": (["quotation", "accepted_by"], ["accepted_on", "file", "note"], "POST"),
	"quotation.reject": (["quotation", "reason"], [], "POST"),
	"quotation.price": (["product", "currency"], ["day", "qty", "exchange_rate"], "GET"),
	"quotation.pdf": (["quotation"], [], "GET"),
	"quotation.answer": (["token", "accepted"], ["name", "reason"], "POST"),
	"quotation.download": (["token"], [], "GET"),
	"task.edit": (["task", "values"], [], "POST"),
	"task.add": (
		["project", "subject"],
		[
			"parent_task",
			"after",
			"milestone",
			"assigned_to",
			"planned_start_date",
			"duration_days",
		],
		"POST",
	),
	"task.place": (["task"], ["parent_task", "after"], "POST"),
	"task.remove": (["task"], [], "POST"),
	"task.people": (["project"], [], "GET"),
	"milestone.edit": (["milestone", "values"], [], "POST"),
	"milestone.add": (["project", "title"], ["planned_date"], "POST"),
	"milestone.remove": (["milestone"], [], "POST"),
	"project.initiate": (["opportunity"], ["template", "project_manager", "start_date"], "POST"),
	"project.status": (["project"], [], "GET"),
	"value.project": (["project"], [], "GET"),
	"value.snapshot": (["project"], [], "POST"),
	"project.deliver": (["project"], [], "POST"),
	"project.close": (["project"], [], "POST"),
	"milestone.submit": (["milestone"], [], "POST"),
	"milestone.accept": (["milestone"], ["accepted_by", "on"], "POST"),
	"milestone.reject": (["milestone", "reason"], [], "POST"),
	"task.complete": (["task"], [], "POST"),
	"survey.answer": (["token", "csat"], ["nps", "comment"], "POST"),
	"feedback.to_opportunity": (["source_doctype", "source_name"], ["title", "amount"], "POST"),
	"customer.overview": (["customer"], ["timeline_start", "timeline_length"], "GET"),
	"customer.timeline": (["name"], ["doctype", "start", "length", "kinds", "search"], "GET"),
	"interaction.log_chat": (
		["text"],
		[
			"customer",
			"lead",
			"opportunity",
			"project",
			"interaction_type",
			"subject",
			"outcome",
			"next_step",
			"next_date",
			"people",
		],
		"POST",
	),
	"interaction.read_chat": (["text"], ["customer"], "POST"),
	"interaction.parties": ([], ["search"], "GET"),
	"interaction.finish": (["interaction"], ["status"], "POST"),
	"interaction.postpone": (["interaction", "next_date"], [], "POST"),
	"work.mine": ([], ["start", "length", "kinds", "when", "search", "user"], "GET"),
	"work.person": ([], ["user", "length"], "GET"),
	"work.people": ([], ["search"], "GET"),
	"work.done": (["doctype", "name"], [], "POST"),
	"work.postpone": (["doctype", "name", "date"], [], "POST"),
	"importing.preview": (["file"], ["preset", "mapping"], "POST"),
	"importing.run": (["file"], ["preset", "mapping"], "POST"),
	"importing.undo": (["import_run"], [], "POST"),
	"portal.projects": ([], [], "GET"),
	"visit_plan.preview": (["plan"], ["weeks"], "POST"),
	"segment.catalog": ([], [], "GET"),
	"segment.preview": (["definition"], [], "POST"),
	"segment.members": (["segment"], ["start", "length"], "GET"),
	"segment.freeze": (["segment"], [], "POST"),
	"sequence.activate": (["sequence"], [], "POST"),
	"sequence.enrol": (["sequence", "customers"], ["contacts"], "POST"),
	"sequence.stop_contact": (["enrolment"], [], "POST"),
	"sequence.statistics": (["sequence"], [], "GET"),
	"sequence.rehearse": (["sequence"], ["customers"], "POST"),
	"sequence.unsubscribe": (["token"], ["undo"], "POST"),
	"portal.project": (["project"], [], "GET"),
}


def verbs():
	"""Allowed HTTP verbs of every whitelisted function, by the function as it was written."""
	allowed = frappe.allowed_http_methods_for_whitelisted_func
	return {inspect.unwrap(function): methods for function, methods in allowed.items()}


def endpoints():
	for module in pkgutil.iter_modules(v1.__path__):
		found = importlib.import_module(f"{v1.__name__}.{module.name}")
		for name, function in inspect.getmembers(found, inspect.isfunction):
			if function.__module__ == found.__name__ and inspect.unwrap(function) in verbs():
				yield f"{module.name}.{name}", function


def function_of(name):
	return frappe.get_attr(f"sales_crm_pm.api.v1.{name}")


@pytest.mark.parametrize("name", CONTRACT)
def test_names_and_arguments_are_as_promised(name):
	must, may, verb = CONTRACT[name]
	function = function_of(name)
	parameters = inspect.signature(function).parameters
	assert [p for p in parameters if parameters[p].default is inspect.Parameter.empty] == must
	assert set(may) <= set(parameters)
	assert verbs()[inspect.unwrap(function)] == [verb]


def test_every_endpoint_is_typed_and_explained():
	"""Types must be real ones: as text (annotations import) the framework would not check arguments."""
	seen = dict(endpoints())
	assert set(CONTRACT) <= set(seen)
	for name, function in seen.items():
		inner = inspect.unwrap(function)
		assert inner.__doc__, name
		for argument, hint in inner.__annotations__.items():
			assert not isinstance(hint, str), f"{name}: {argument} is typed by text, so it is not checked"
		assert "return" in inner.__annotations__, name
		for parameter in inspect.signature(inner).parameters:
			assert parameter in inner.__annotations__, f"{name}: {parameter} has no type"


@pytest.mark.parametrize(
	("method", "arguments"),
	[
		("opportunity.move", {"opportunity": ["a", "b"], "stage": "x"}),
		("survey.answer", {"token": "x", "csat": "very"}),
		("customer.overview", {"customer": "x", "timeline_start": "soon"}),
		("milestone.accept", {"milestone": "x", "on": "some day"}),
	],
)
def test_arguments_of_the_wrong_type_are_refused(method, arguments):
	with pytest.raises(frappe.exceptions.FrappeTypeError):
		frappe.call(f"sales_crm_pm.api.v1.{method}", **arguments)
