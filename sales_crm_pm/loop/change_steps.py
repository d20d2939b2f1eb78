"""The steps of a change request that staff take by a button or by REST, and its lists beside other records."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import add_months, getdate

from sales_crm_pm.exceptions import ChangeRequestError
from sales_crm_pm.loop import change_approval, transitions
from sales_crm_pm.loop import change_request as requests
from sales_crm_pm.rules import change as rules

MOST = 50
LISTED = (
	"name",
	"title",
	"status",
	"change_type",
	"priority",
	"requested_side",
	"requested_on",
	"schedule_impact_days",
	"price_impact",
	"currency",
	"waiting_for",
	"project",
	"implemented_on",
)


def submit(name: str) -> Any:
	"""Hand in a draft; one that is handed in already stays so."""
	doc = change_approval.locked(name)
	return doc if doc.status in requests.OPEN[1:] else transitions.move(doc, "Submitted")


def assess(name: str, impacts: list[dict[str, Any]] | None = None) -> Any:
	"""Work out the difference and ask the sides to agree; on an assessed request, work it out anew.

	:param impacts: lines that take the place of those there are; only fields that say what changes are taken over
	:raises ChangeRequestError: it is decided already
	"""
	doc = change_approval.locked(name)
	if doc.status in requests.OVER:
		frappe.throw(
			_("{0} is {1}; open it again before you assess it.").format(
				frappe.bold(doc.name), _(doc.status, context=requests.DOCTYPE)
			),
			exc=ChangeRequestError,
		)
	if impacts is not None:
		doc.set("lines", [])
		for row in impacts:
			doc.append("lines", {key: row[key] for key in requests.LINE_CONTENT if key in row})
	if doc.status in requests.DECIDING:
		doc.flags.assess_again = True
		doc.save()
		return doc
	if impacts is not None:
		doc.save()
	if doc.status == "Draft":
		doc = transitions.move(doc, "Submitted")
	return transitions.move(doc, "Assessed")


def reopen(name: str) -> Any:
	"""Open a rejected or deferred request again; nobody's earlier word counts any more."""
	doc = change_approval.locked(name)
	return transitions.move(doc, "Submitted")


def listed(**of: str | None) -> list[dict[str, Any]]:
	"""Change requests of a project, a deal or a customer, open ones first, as far as the reader may see them."""
	filters = {fieldname: value for fieldname, value in of.items() if value}
	if not filters:
		return []
	rows = frappe.get_list(
		requests.DOCTYPE,
		filters=filters,
		fields=list(LISTED),
		order_by="requested_on desc, name desc",
		limit_page_length=MOST,
	)
	order = {"Submitted": 0, "Assessed": 0, "Approved": 0, "Draft": 1}
	return sorted(rows, key=lambda row: order.get(row.status, 2))


def median_cycle(months: int = 12) -> float:
	"""Median days from handing in to decision over the last months, of what the reader may see; 0 when none."""
	rows = frappe.get_list(
		requests.DOCTYPE,
		filters={"decided_on": [">=", add_months(getdate(), -months)], "submitted_on": ["is", "set"]},
		pluck="cycle_days",
		limit_page_length=0,
	)
	return rules.median_cycle(rows) or 0.0
