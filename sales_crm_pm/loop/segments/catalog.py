"""What a segment may ask about: record types, their fields, and the questions that fit each kind of field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce
from frappe.utils import getdate
from pypika.terms import Criterion

from sales_crm_pm.loop.figures import ACTIVE
from sales_crm_pm.loop.segments.definition import OPERATORS

CUSTOMER = "SPM Customer"

LINKS: dict[str, str] = {
	CUSTOMER: "name",
	"SPM Opportunity": "customer",
	"SPM Project": "customer",
	"SPM Task": "customer",
	"SPM Milestone": "customer",
	"SPM Interaction": "customer",
	"SPM Survey": "customer",
	"SPM Contract": "customer",
	"SPM Quotation": "customer",
	"SPM Ticket": "customer",
	"SPM Referral": "referring_customer",
}
"""Record types a segment can ask about, with the field that names the customer; missing types are left out."""

KINDS: dict[str, str] = {
	"Data": "text",
	"Small Text": "text",
	"Text": "text",
	"Phone": "text",
	"Select": "choice",
	"Link": "choice",
	"Check": "yes_no",
	"Int": "number",
	"Float": "number",
	"Percent": "number",
	"Currency": "number",
	"Date": "date",
	"Datetime": "date",
}

NEVER = frozenset({"token_hash", "survey_key", "visit_key", "naming_series", "import_run", "color"})
"""Fields nobody would ask about, or whose content must not be guessed letter by letter."""

CLOSED_TASK = ("Completed", "Cancelled")


@dataclass(frozen=True)
class Field:
	"""One field a question can be asked about."""

	name: str
	label: str
	kind: str
	options: str = ""
	fieldtype: str = ""


def _open_task(table: Any) -> Criterion:
	return table.status.notin(CLOSED_TASK)


def _overdue_task(table: Any) -> Criterion:
	return table.status.notin(CLOSED_TASK) & (table.planned_end_date < getdate())


def _running_project(table: Any) -> Criterion:
	return table.status.isin(ACTIVE)


def _late_project(table: Any) -> Criterion:
	promised = Coalesce(table.baseline_end_date, table.planned_end_date)
	return table.status.isin(ACTIVE) & (
		(table.forecast_end_date > promised) | (table.planned_end_date < getdate())
	)


def _overdue_deal(table: Any) -> Criterion:
	return (table.status == "Open") & (table.expected_close_date < getdate())


DERIVED: dict[str, dict[str, Any]] = {
	"SPM Task": {"is_open": _open_task, "is_overdue": _overdue_task},
	"SPM Project": {"is_running": _running_project, "is_late": _late_project},
	"SPM Opportunity": {"is_overdue": _overdue_deal},
}
"""Yes/no questions that people ask in words and no single field answers: (record type, name) -> condition."""


def derived_labels() -> dict[tuple[str, str], str]:
	"""How the derived questions are called, in the user's language."""
	return {
		("SPM Task", "is_open"): _("Is open"),
		("SPM Task", "is_overdue"): _("Is overdue"),
		("SPM Project", "is_running"): _("Is running"),
		("SPM Project", "is_late"): _("Is late"),
		("SPM Opportunity", "is_overdue"): _("Close date has passed"),
	}


def record_types() -> list[str]:
	"""The record types of `LINKS` that this site has."""
	present = set(frappe.get_all("DocType", filters={"name": ["in", list(LINKS)]}, pluck="name"))
	return [doctype for doctype in LINKS if doctype in present]


def fields_of(doctype: str, user: str | None = None) -> dict[str, Field]:
	"""Fields of a record type that a user may ask about: none above the levels the user may read.

	:param doctype: one of `LINKS`
	:param user: the session's user when not given
	"""
	user = user or frappe.session.user
	meta = frappe.get_meta(doctype)
	levels = None if user == "Administrator" else set(meta.get_permlevel_access("read", user=user))
	labels = derived_labels()
	found = {
		name: Field(name, labels[doctype, name], "yes_no", fieldtype="Check")
		for name in DERIVED.get(doctype, {})
	}
	for df in meta.fields:
		kind = KINDS.get(df.fieldtype)
		if not kind or df.hidden or df.is_virtual or df.fieldname in NEVER or not df.label:
			continue
		if levels is not None and df.permlevel not in levels:
			continue
		if df.fieldname == LINKS[doctype]:
			continue
		found[df.fieldname] = Field(
			df.fieldname, _(df.label, context=doctype), kind, df.options or "", df.fieldtype
		)
	found["creation"] = Field("creation", _("Created On"), "date", fieldtype="Datetime")
	found["owner"] = Field("owner", _("Created By"), "choice", "User", "Link")
	return found


def catalog(user: str | None = None) -> dict[str, Any]:
	"""All that a builder offers this user: records with their fields, and the operators of each kind.

	:return: `records` (doctype, label, fields with name, label, kind, options, choices) and `operators`
	    (kind -> list of value, label, takes)
	"""
	user = user or frappe.session.user
	records = []
	for doctype in record_types():
		if not frappe.has_permission(doctype, "read", user=user):
			continue
		records.append(
			{
				"doctype": doctype,
				"label": _(doctype),
				"fields": sorted(
					(_described(doctype, field) for field in fields_of(doctype, user).values()),
					key=lambda row: row["label"],
				),
			}
		)
	labels = operator_labels()
	return {
		"records": records,
		"operators": {
			kind: [{"value": name, "label": labels[name], "takes": takes} for name, takes in by_name.items()]
			for kind, by_name in OPERATORS.items()
		},
	}


def _described(doctype: str, field: Field) -> dict[str, Any]:
	row = {"name": field.name, "label": field.label, "kind": field.kind, "fieldtype": field.fieldtype}
	if field.fieldtype == "Select":
		row["choices"] = [
			{"value": option, "label": _(option, context=doctype)}
			for option in field.options.split("\n")
			if option
		]
	elif field.fieldtype == "Link":
		row["options"] = field.options
	return row


def operator_labels() -> dict[str, str]:
	"""The words for the operators, in the user's language."""
	return {
		"is": _("is"),
		"is_not": _("is not"),
		"contains": _("contains"),
		"not_contains": _("does not contain"),
		"one_of": _("is one of"),
		"none_of": _("is none of"),
		"set": _("is filled in"),
		"not_set": _("is empty"),
		"yes": _("yes"),
		"no": _("no"),
		"eq": _("equals"),
		"gt": _("is more than"),
		"ge": _("is at least"),
		"lt": _("is less than"),
		"le": _("is at most"),
		"in_last": _("within the last"),
		"not_in_last": _("longer ago than"),
		"in_next": _("within the next"),
		"not_in_next": _("further ahead than"),
		"on_or_after": _("on or after"),
		"on_or_before": _("on or before"),
	}
