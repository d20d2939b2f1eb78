"""Quotations: made from a deal with nothing typed twice, reckoned, frozen.

The controller calls the steps of a save. Approval is in quotation_approval.py, versions and their differences
in quotation_versions.py, what the customer sees and answers in quotation_customer.py.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, cint, cstr, flt, getdate, strip_html

from sales_crm_pm.exceptions import FrozenError, SPMError
from sales_crm_pm.loop import products
from sales_crm_pm.loop.exchange import rate_or_throw
from sales_crm_pm.loop.figures import site_language
from sales_crm_pm.loop.money import base_currency, precision_of
from sales_crm_pm.loop.quotation_sheet import person_name
from sales_crm_pm.rules import quotation as sums

LIVE = ("Approved", "Sent")
"""Statuses in which a customer may answer."""
ITEM_FIELDS = (
	"product",
	"section",
	"description",
	"qty",
	"unit",
	"recurring_interval",
	"periods",
	"rate",
	"discount_percent",
	"tax",
	"is_optional",
)
HEAD_FIELDS = (
	"title",
	"contact",
	"paper_language",
	"currency",
	"exchange_rate",
	"discount_type",
	"discount_value",
	"introduction_template",
	"introduction",
	"payment_terms_template",
	"payment_terms",
	"terms_template",
	"terms",
)
FROZEN_FIELDS = (*HEAD_FIELDS, "quotation_date", "valid_until", "customer", "opportunity")
NUMBERS = frozenset(
	{"qty", "periods", "rate", "discount_percent", "discount_value", "exchange_rate", "is_optional"}
)
DATES = frozenset({"quotation_date", "valid_until"})
TEXTS = (("introduction", "Introduction"), ("payment_terms", "Payment Terms"), ("terms", "Terms"))

FROM_DEAL = (
	"title",
	"customer",
	"customer_name",
	"currency",
	"exchange_rate",
	"amount",
	"opportunity_owner",
	"deal_chain",
	"status",
)


# Steps of a save, in order
# ------------------


def set_defaults(doc: Any) -> None:
	"""Customer, contact, currency, language, validity and texts of a new quotation: all from the deal."""
	doc.base_currency = base_currency()
	doc.quotation_date = doc.quotation_date or getdate()
	if not doc.is_new():
		_set_rate(doc)
		return
	deal = frappe.db.get_value("SPM Opportunity", doc.opportunity, FROM_DEAL, as_dict=True)
	if not deal:
		return
	settings = frappe.get_cached_doc("SPM Settings")
	doc.customer, doc.customer_name, doc.deal_chain = deal.customer, deal.customer_name, deal.deal_chain
	doc.title = doc.title or deal.title
	doc.currency = doc.currency or deal.currency
	if doc.currency == deal.currency:
		doc.exchange_rate = flt(doc.exchange_rate) or deal.exchange_rate
	_set_rate(doc)
	doc.salesperson = doc.salesperson or deal.opportunity_owner
	doc.valid_until = doc.valid_until or add_days(
		doc.quotation_date, cint(settings.quotation_validity_days) or 30
	)
	if not doc.previous_version:
		doc.contact = doc.contact or _contact_of_deal(doc.opportunity, doc.customer)
	doc.paper_language = (
		doc.paper_language
		or (
			frappe.db.get_value("SPM Customer", doc.customer, "language", cache=True)
			if doc.customer
			else None
		)
		or site_language()
	)
	if not doc.version or not doc.quotation_group:
		doc.version, doc.quotation_group = 1, frappe.generate_hash(length=10)
	if not doc.previous_version:
		_fill_texts(doc)


def _set_rate(doc: Any) -> None:
	"""The deal's rate, or one that was typed; in another currency than the deal's the rate of the day."""
	before = doc.get_doc_before_save()
	if doc.currency == doc.base_currency:
		doc.exchange_rate = 1
		return
	kept = before and flt(before.exchange_rate) == flt(doc.exchange_rate)
	if not flt(doc.exchange_rate) or (kept and before.currency != doc.currency):
		doc.exchange_rate = rate_or_throw(doc.currency, doc.base_currency, doc.quotation_date)[0]


def _contact_of_deal(opportunity: str, customer: str | None) -> str | None:
	rows = frappe.get_all(
		"SPM Opportunity Contact",
		filters={"parent": opportunity, "parenttype": "SPM Opportunity", "contact": ["is", "set"]},
		fields=["contact", "is_primary"],
		order_by="is_primary desc, idx asc",
		limit=1,
	)
	if rows:
		return rows[0].contact
	return frappe.db.get_value("SPM Customer", customer, "primary_contact") if customer else None


def _fill_texts(doc: Any) -> None:
	language = (doc.paper_language or "").split("-")[0]
	templates = frappe.get_all(
		"SPM Text Template",
		filters={"disabled": 0, "is_default": 1},
		fields=["name", "kind", "language", "text"],
		order_by="language desc, name asc",
	)
	for fieldname, kind in TEXTS:
		if strip_html(doc.get(fieldname) or "").strip() or doc.get(f"{fieldname}_template"):
			continue
		for template in templates:
			if template.kind == kind and (template.language or language).split("-")[0] == language:
				doc.set(f"{fieldname}_template", template.name)
				doc.set(fieldname, template.text)
				break


def set_contact(doc: Any) -> None:
	"""The contact's name as it is written on the paper."""
	before = doc.get_doc_before_save()
	if before and before.contact == doc.contact and doc.contact_name:
		return
	person = doc.contact and frappe.db.get_value("Contact", doc.contact, ["first_name", "last_name"])
	doc.contact_name = person_name(*person) if person else None


def set_totals(doc: Any) -> None:
	"""Lines filled up from their products, and every sum; the same numbers for form, REST and copy.

	:raises SPMError: a discount that cannot be
	"""
	day = getdate(doc.quotation_date)
	found = products.load(row.product for row in doc.items)
	taxes = _taxes()
	default_tax = next((tax.name for tax in taxes.values() if tax.is_default and not tax.disabled), None)
	lines = []
	for row in doc.items:
		product = found.get(row.product)
		row.currency = doc.currency
		row.qty = 1 if row.qty is None else flt(row.qty)
		if product:
			row.list_rate = product.rate(doc.currency, day, row.qty, flt(doc.exchange_rate))
			# The framework sets a price that was not given to 0; a line that is free says so by its discount.
			if not flt(row.rate):
				row.rate = row.list_rate
			row.unit = row.unit or product.unit
			if row.is_new() and not row.recurring_interval and product.interval:
				row.recurring_interval = product.interval
				row.periods = row.periods if cint(row.periods) > 1 else product.periods
			if row.is_new() and not row.tax:
				row.tax = product.tax or default_tax
		row.periods = max(1, cint(row.periods)) if row.recurring_interval else 1
		tax = taxes.get(row.tax)
		row.tax_rate, row.tax_included = (flt(tax.rate), cint(tax.is_included)) if tax else (0, 0)
		lines.append(_line(row, product.cost if product else 0))
	try:
		totals = sums.compute(
			lines,
			discount_type=doc.discount_type or sums.PERCENT,
			discount_value=flt(doc.discount_value),
			precision=precision_of(doc.currency),
			exchange_rate=flt(doc.exchange_rate) or 1,
			base_precision=precision_of(doc.base_currency),
		)
	except ValueError:
		_explain_discount(doc)
	_write(doc, totals)


def _line(row: Any, unit_cost: float) -> sums.Line:
	return sums.Line(
		qty=flt(row.qty),
		rate=flt(row.rate),
		discount_percent=flt(row.discount_percent),
		periods=cint(row.periods) or 1,
		list_rate=flt(row.list_rate),
		tax=row.tax or "",
		tax_rate=flt(row.tax_rate),
		tax_included=bool(row.tax_included),
		optional=bool(row.is_optional),
		unit_cost=flt(unit_cost),
	)


def _taxes() -> dict[str, Any]:
	return {
		row.name: row
		for row in frappe.get_all(
			"SPM Tax", fields=["name", "rate", "is_included", "is_default", "disabled"], order_by="name"
		)
	}


def _explain_discount(doc: Any) -> None:
	for row in doc.items:
		if not 0 <= flt(row.discount_percent) <= 100:
			frappe.throw(
				_("Row {0}: the discount must be between 0 and 100 percent.").format(row.idx), exc=SPMError
			)
	if (doc.discount_type or sums.PERCENT) == sums.PERCENT:
		frappe.throw(_("The discount on the whole must be between 0 and 100 percent."), exc=SPMError)
	frappe.throw(_("The discount on the whole cannot be larger than the subtotal."), exc=SPMError)


def _write(doc: Any, totals: sums.Totals) -> None:
	for row, result in zip(doc.items, totals.lines, strict=True):
		row.amount, row.net_amount = result.amount, result.net
	_set_tax_rows(doc, totals)
	doc.list_total, doc.subtotal, doc.discount_amount = totals.list_total, totals.subtotal, totals.discount
	doc.net_total, doc.tax_total, doc.grand_total = totals.net, totals.tax, totals.total
	doc.base_net_total, doc.base_grand_total = totals.net_base, totals.total_base
	doc.effective_discount = totals.discount_percent
	doc.cost_base, doc.margin_base = totals.cost_base, totals.margin_base
	doc.margin_percent = totals.margin_percent


def _set_tax_rows(doc: Any, totals: sums.Totals) -> None:
	wanted = [
		{
			"tax": row.tax,
			"rate": row.rate,
			"is_included": int(row.included),
			"net_amount": row.net,
			"tax_amount": row.amount,
			"currency": doc.currency,
		}
		for row in totals.taxes
	]
	present = [{key: row.get(key) for key in values} for row, values in zip(doc.taxes, wanted, strict=False)]
	if len(doc.taxes) != len(wanted) or present != wanted:
		doc.set("taxes", wanted)


def check_frozen(doc: Any) -> None:
	"""Refuse a change of what was approved or sent: the customer, the approver and we must mean the same.

	:raises FrozenError: naming what was changed
	"""
	before = doc.get_doc_before_save()
	if before is None or before.status == "Draft":
		return
	changed = [
		_(doc.meta.get_label(fieldname))
		for fieldname in FROZEN_FIELDS
		if _comparable(fieldname, before.get(fieldname)) != _comparable(fieldname, doc.get(fieldname))
	]
	if _rows(before) != _rows(doc):
		changed.append(_("Lines"))
	if changed:
		frappe.throw(
			_("{0} is {1}; {2} cannot be changed any more. Make a new version.").format(
				frappe.bold(doc.name), _(before.status, context=doc.doctype), ", ".join(changed)
			),
			title=_("Quotation Is Frozen"),
			exc=FrozenError,
		)


def _comparable(fieldname: str, value: Any) -> Any:
	if fieldname in NUMBERS:
		return round(flt(value), 6)
	if fieldname in DATES:
		return cstr(getdate(value)) if value else ""
	return cstr(value or "")


def _rows(doc: Any) -> list[tuple]:
	return [tuple(_comparable(f, row.get(f)) for f in ITEM_FIELDS) for row in doc.items]


def check_lines(doc: Any) -> None:
	"""A quotation that leaves the draft offers something, and is still valid.

	:raises SPMError: no line, or valid until a day that has passed
	"""
	before = doc.get_doc_before_save()
	if before is None or before.status != "Draft" or doc.status not in ("Pending Approval", "Approved"):
		return
	if not any(not row.is_optional for row in doc.items):
		frappe.throw(_("Add at least one line that is not optional."), exc=SPMError)
	if doc.valid_until and getdate(doc.valid_until) < getdate():
		frappe.throw(_("The quotation is valid until a day that has passed. Set a later day."), exc=SPMError)


# What people do
# ------------------


def create_from_opportunity(opportunity: str) -> Any:
	"""Make the quotation of a deal: its lines, customer, contact, currency and rate, with the default texts.

	:return: the saved draft
	:raises SPMError: the deal is lost
	"""
	deal = frappe.get_doc("SPM Opportunity", opportunity)
	if deal.status == "Lost":
		frappe.throw(
			_("{0} is lost. Reopen it before you make an offer.").format(frappe.bold(deal.title)),
			exc=SPMError,
		)
	doc = frappe.new_doc("SPM Quotation")
	doc.opportunity, doc.currency, doc.exchange_rate = deal.name, deal.currency, deal.exchange_rate
	for row in deal.products:
		doc.append(
			"items",
			{
				"product": row.product,
				"description": row.description,
				"qty": row.qty,
				"rate": row.rate,
				"discount_percent": row.discount_percent,
			},
		)
	standard = frappe.get_cached_doc("SPM Settings").quotation_default_product
	if not doc.items and standard and flt(deal.amount):
		doc.append(
			"items", {"product": standard, "description": deal.title, "qty": 1, "rate": flt(deal.amount)}
		)
	return doc.insert()


def accepted_terms(opportunity: str) -> dict[str, Any] | None:
	"""What the customer has agreed to, for whoever makes the contract; None while nothing was accepted.

	:return: quotation, version, accepted_on, accepted_by, currency, exchange_rate, amount (net), tax, total
		(what the customer pays), payment_terms, terms (HTML) and lines (product, description, qty, unit, rate,
		discount_percent, recurring_interval, periods, amount and net_amount)
	"""
	name = frappe.db.get_value("SPM Quotation", {"opportunity": opportunity, "status": "Accepted"})
	if not name:
		return None
	doc = frappe.get_doc("SPM Quotation", name)
	return {
		"quotation": doc.name,
		"version": doc.version,
		"accepted_on": doc.accepted_on,
		"accepted_by": doc.accepted_by,
		"currency": doc.currency,
		"exchange_rate": doc.exchange_rate,
		"amount": doc.net_total,
		"tax": doc.tax_total,
		"total": doc.grand_total,
		"payment_terms": doc.payment_terms or "",
		"terms": doc.terms or "",
		"lines": [
			{
				"product": row.product,
				"description": row.description or "",
				"qty": row.qty,
				"unit": row.unit or "",
				"rate": row.rate,
				"discount_percent": row.discount_percent,
				"recurring_interval": row.recurring_interval or "",
				"periods": row.periods,
				"amount": row.amount,
				"net_amount": row.net_amount,
			}
			for row in doc.items
			if not row.is_optional
		],
	}
