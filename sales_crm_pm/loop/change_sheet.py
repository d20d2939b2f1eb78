"""A change request as the customer sees it: on paper, on the portal, behind the personal link.

Nothing in here knows cost or margin, so neither can get out: only scope, dates and price.
"""

from __future__ import annotations

import json
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, flt, fmt_money, format_date

from sales_crm_pm.loop.figures import site_language
from sales_crm_pm.loop.money import precision_of
from sales_crm_pm.loop.quotation_sheet import DATE_FORMATS, company, speaking

PRINT_FORMAT = "SPM Change Request"


def change_sheet(doc: Any, language: str | None = None) -> dict[str, Any]:
	"""Everything the customer may see of a change request, as finished text in the customer's language.

	:param language: by default the customer's
	"""
	language = language or customer_language(doc)
	with speaking(language) as spoken:
		found = json.loads(doc.impact) if doc.impact else {}
		show_price = bool(cint(frappe.get_cached_doc("SPM Settings").portal_show_price))
		return {
			"language": spoken,
			"company": company(),
			"number": doc.name,
			"version": cint(doc.version),
			"title": doc.title or "",
			"status": doc.status,
			"customer_name": doc.customer_name or "",
			"project": frappe.db.get_value("SPM Project", doc.project, "project_name") or "",
			"date": _day(doc.requested_on),
			"requested_by": _requested_by(doc),
			"change_type": _(doc.change_type, context=doc.doctype),
			"description": doc.description or "",
			"justification": doc.justification or "",
			"alternatives": doc.alternatives or "",
			"dates": _dates(found),
			"price": _price(doc, found, show_price),
			"payments": [
				{
					"title": row["title"],
					"due_date": _day(row["due_date"]),
					"before": _money(row["before"], doc.currency) if row["before"] else "–",
					"after": _money(row["after"], doc.currency) if row["after"] else "–",
				}
				for row in found.get("payments", ())
			],
			"scope": [
				{"part": _(row["part"], context="SPM Change Line"), "text": row["text"]}
				for row in found.get("scope", ())
			],
			"answers": [
				{
					"side": _(row.side, context="SPM Change Approval"),
					"name": row.person_name or "",
					"on": _day(row.decided_on),
					"decision": _(row.decision, context="SPM Change Approval"),
				}
				for row in doc.approvals
				if not row.is_void and row.side in ("Customer",)
			],
		}


def customer_language(doc: Any) -> str:
	"""Language in which the customer reads."""
	return frappe.db.get_value("SPM Customer", doc.customer, "language") or site_language()


def _requested_by(doc: Any) -> str:
	if doc.requested_contact:
		return frappe.db.get_value("Contact", doc.requested_contact, "full_name") or doc.requested_contact
	if doc.requested_side == "Customer":
		return doc.customer_name or ""
	return frappe.db.get_value("User", doc.requested_user, "full_name") or "" if doc.requested_user else ""


def _dates(found: dict[str, Any]) -> list[dict[str, Any]]:
	"""Milestones that the customer sees, and the end of the project."""
	rows = [row for row in found.get("milestones", ()) if row.get("visible")]
	dates = [
		{
			"title": row["title"],
			"before": _day(row["before"]),
			"after": _day(row["after"]),
			"days": row["days"] or 0,
			"moved": days_moved(row["days"]),
		}
		for row in rows
	]
	end = found.get("end") or {}
	if end.get("days"):
		dates.append(
			{
				"title": _("End of the Project"),
				"before": _day(end["before"]),
				"after": _day(end["after"]),
				"days": end["days"],
				"moved": days_moved(end["days"]),
			}
		)
	return dates


def days_moved(days: int | None) -> str:
	"""A move in words, in the language being spoken."""
	if not days:
		return ""
	if days > 0:
		return _("one day later") if days == 1 else _("{0} days later").format(days)
	return _("one day earlier") if days == -1 else _("{0} days earlier").format(-days)


def _price(doc: Any, found: dict[str, Any], show_all: bool) -> dict[str, str] | None:
	"""What it costs the customer; the whole price only where the portal shows prices."""
	price = found.get("price") or {}
	change = flt(price.get("change"))
	if not change:
		return None
	shown = {
		"change": f"{'+' if change > 0 else '−'} {_money(abs(change), doc.currency)}",
		"is_more": change > 0,
	}
	if show_all:
		shown.update(before=_money(price["before"], doc.currency), after=_money(price["after"], doc.currency))
	return shown


def _day(value: Any) -> str:
	if not value:
		return "–"
	return format_date(value, DATE_FORMATS.get(frappe.local.lang.split("-")[0]))


def _money(amount: float, currency: str | None) -> str:
	return fmt_money(flt(amount), currency=currency, precision=precision_of(currency))


def pdf(doc: Any) -> bytes:
	"""The paper as PDF in the customer's language. The caller has checked who may have it."""
	before = frappe.flags.ignore_print_permissions
	frappe.flags.ignore_print_permissions = True
	try:
		with speaking(customer_language(doc)):
			return frappe.get_print(
				doc.doctype,
				doc.name,
				PRINT_FORMAT,
				doc=doc,
				as_pdf=True,
				no_letterhead=1,
				pdf_options={"page-size": "A4"},
			)
	finally:
		frappe.flags.ignore_print_permissions = before
