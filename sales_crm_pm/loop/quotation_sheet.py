"""A quotation as the customer sees it: on paper, on the page behind the link, always in the customer's language.

Nothing in here knows cost or margin, so neither can get onto the paper.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, flt, fmt_money, format_date, getdate

from sales_crm_pm.loop import products
from sales_crm_pm.loop.figures import site_language
from sales_crm_pm.loop.money import precision_of

PRINT_FORMAT = "SPM Quotation"
DATE_FORMATS = {"zh": "yyyy年M月d日", "en": "d MMM yyyy"}
INTERVALS = {
	"Month": lambda number: _("{0} months").format(number),
	"Quarter": lambda number: _("{0} quarters").format(number),
	"Year": lambda number: _("{0} years").format(number),
}


@contextmanager
def speaking(language: str | None) -> Iterator[str]:
	"""Translate into a language within the block, whatever the session's user speaks."""
	before = frappe.local.lang
	frappe.local.lang = language or site_language()
	try:
		yield frappe.local.lang
	finally:
		frappe.local.lang = before


def quotation_sheet(doc: Any) -> dict[str, Any]:
	"""Everything the paper shows, as finished text in the quotation's language.

	:return: `company`, who and when, `sections` (title, lines, total), `optional` lines, `sums` (label, value,
		strong), texts, and `language`
	"""
	with speaking(doc.paper_language) as language:
		money = _money_of(doc.currency)
		parts = {name: found.parts for name, found in products.load(r.product for r in doc.items).items()}
		numbered = [_line(row, number, money, parts) for number, row in enumerate(_counted(doc), 1)]
		optional = [_line(row, "+", money, parts) for row in doc.items if cint(row.is_optional)]
		return {
			"language": language,
			"company": company(),
			"number": doc.name,
			"version": cint(doc.version),
			"is_draft": doc.status in ("Draft", "Pending Approval"),
			"title": doc.title or "",
			"customer_name": doc.customer_name or "",
			"contact_name": doc.contact_name or "",
			"address": _address(doc.customer),
			"date": _date(doc.quotation_date),
			"valid_until": _date(doc.valid_until),
			"salesperson": _salesperson(doc.salesperson),
			"sections": _sections(numbered, money),
			"has_discount": any(line["discount"] for line in [*numbered, *optional]),
			"optional": optional,
			"sums": _sums(doc, money),
			"total": money(doc.grand_total),
			"currency": doc.currency,
			"introduction": doc.introduction or "",
			"payment_terms": doc.payment_terms or "",
			"terms": doc.terms or "",
		}


def company() -> dict[str, Any]:
	"""Our own head of the paper, from the settings."""
	settings = frappe.get_cached_doc("SPM Settings")
	fields = ("name", "logo", "address", "phone", "email", "website", "tax_id", "bank")
	found = {field: settings.get(f"company_{field}") or "" for field in fields}
	found["name"] = found["name"] or frappe.get_cached_doc("Website Settings").get("app_name") or ""
	if found["name"] in ("Frappe", "ERPNext"):
		found["name"] = ""
	return found


def pdf(doc: Any) -> bytes:
	"""The paper as PDF in the quotation's language. The caller has checked who may have it."""
	name = frappe.get_cached_doc("SPM Settings").quotation_print_format or PRINT_FORMAT
	before = frappe.flags.ignore_print_permissions
	frappe.flags.ignore_print_permissions = True
	try:
		with speaking(doc.paper_language):
			return frappe.get_print(
				doc.doctype,
				doc.name,
				name,
				doc=doc,
				as_pdf=True,
				no_letterhead=1,
				pdf_options={"page-size": "A4"},
			)
	finally:
		frappe.flags.ignore_print_permissions = before


def file_name(doc: Any) -> str:
	"""Name of the PDF: number and version."""
	return f"{doc.name}-V{cint(doc.version)}.pdf"


def person_name(first: str | None, last: str | None) -> str:
	"""First and last name in the order of the name's own language."""
	first, last = first or "", last or ""
	if any("\u4e00" <= sign <= "\u9fff" for sign in first + last):
		return f"{last}{first}"
	return " ".join(part for part in (first, last) if part)


def _counted(doc: Any) -> list[Any]:
	return [row for row in doc.items if not cint(row.is_optional)]


def _line(row: Any, number: Any, money: Any, parts: dict[str, list]) -> dict[str, Any]:
	interval = INTERVALS.get(row.recurring_interval or "")
	return {
		"number": number,
		"section": row.section or "",
		"product": _(row.product),
		"description": row.description or "",
		"parts": [f"{_(name)} × {_number(count)}" for name, count in parts.get(row.product, ())],
		"qty": _number(row.qty),
		"unit": _(row.unit) if row.unit else "",
		"interval": interval(cint(row.periods)) if interval else "",
		"rate": money(row.rate),
		"discount": f"{_number(row.discount_percent)} %" if flt(row.discount_percent) else "",
		"amount": money(row.amount),
		"value": flt(row.amount),
		"tax": f"{_number(row.tax_rate)} %" if row.tax else "",
	}


def _sections(lines: list[dict[str, Any]], money: Any) -> list[dict[str, Any]]:
	sections: list[dict[str, Any]] = []
	for line in lines:
		if not sections or sections[-1]["title"] != line["section"]:
			sections.append({"title": line["section"], "lines": [], "value": 0.0})
		sections[-1]["lines"].append(line)
		sections[-1]["value"] += line["value"]
	for section in sections:
		section["total"] = money(section["value"]) if len(sections) > 1 else ""
	return sections


def _sums(doc: Any, money: Any) -> list[dict[str, Any]]:
	rows = []
	on_top = flt(doc.grand_total) != flt(doc.net_total)
	if flt(doc.discount_amount):
		rows.append({"label": _("Subtotal"), "value": money(doc.subtotal)})
		label = (
			_("Discount {0} %").format(_number(doc.discount_value))
			if doc.discount_type != "Amount"
			else _("Discount")
		)
		rows.append({"label": label, "value": f"− {money(doc.discount_amount)}"})
	if on_top:
		rows.append({"label": _("Net Total"), "value": money(doc.net_total)})
	for tax in doc.taxes:
		label = _("{0}, included in the price") if tax.is_included else "{0}"
		rows.append({"label": label.format(_(tax.tax or _("Tax"))), "value": money(tax.tax_amount)})
	rows.append({"label": _("Total"), "value": money(doc.grand_total), "strong": True})
	return rows


def _money_of(currency: str):
	precision = precision_of(currency)
	return lambda value: fmt_money(flt(value), precision=precision, currency=currency)


def _number(value: float | None) -> str:
	return f"{flt(value, 3):,.3f}".rstrip("0").rstrip(".")


def _date(value: Any) -> str:
	if not value:
		return ""
	return format_date(getdate(value), DATE_FORMATS.get(frappe.local.lang.split("-")[0], "yyyy-MM-dd"))


def _address(customer: str | None) -> list[str]:
	name = customer and frappe.db.get_value("SPM Customer", customer, "primary_address")
	if not name:
		return []
	row = frappe.db.get_value(
		"Address", name, ["address_line1", "address_line2", "pincode", "city", "country"], as_dict=True
	)
	place = " ".join(part for part in (row.pincode, row.city) if part)
	return [
		line for line in (row.address_line1, row.address_line2, place, row.country and _(row.country)) if line
	]


def _salesperson(user: str | None) -> dict[str, str]:
	row = user and frappe.db.get_value(
		"User", user, ["first_name", "last_name", "email", "phone", "mobile_no"], as_dict=True
	)
	if not row:
		return {"name": "", "email": "", "phone": ""}
	return {
		"name": person_name(row.first_name, row.last_name),
		"email": row.email or "",
		"phone": row.mobile_no or row.phone or "",
	}
