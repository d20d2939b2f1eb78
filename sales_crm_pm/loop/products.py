"""Products on the lines of deals and quotations: what they cost, what they are sold for, and whether at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import cint, flt, getdate

from sales_crm_pm.exceptions import ProductError
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.rules import money, pricing


@dataclass
class Product:
	"""What a line needs to know of a product."""

	name: str
	disabled: bool
	unit: str
	tax: str
	list_price: float
	currency: str
	cost: float
	interval: str
	periods: int
	prices: list[pricing.Price] = field(default_factory=list)
	parts: list[tuple[str, float]] = field(default_factory=list)

	def rate(self, currency: str, day: date, qty: float, exchange_rate: float) -> float:
		"""Price in a currency on a day; 0 when nobody has said.

		:param exchange_rate: of `currency` to the base currency, for list prices in base currency
		"""
		found = pricing.pick_price(self.prices, currency, day, qty)
		if found is not None:
			return found
		if self.currency == currency:
			return self.list_price
		if self.currency == base_currency() and exchange_rate:
			return money.rounded(self.list_price / exchange_rate)
		return 0.0


def load(names: Iterable[str]) -> dict[str, Product]:
	"""Products by name, with prices and parts: three statements however many there are.

	Trusted: also reads the cost, which most people may not see; the caller keeps it to itself.
	"""
	names = sorted({name for name in names if name})
	if not names:
		return {}
	found = {
		row.name: Product(
			name=row.name,
			disabled=bool(row.disabled),
			unit=row.unit or "",
			tax=row.tax or "",
			list_price=flt(row.list_price),
			currency=row.currency or base_currency(),
			cost=flt(row.cost),
			interval=(row.recurring_interval or "") if row.is_recurring else "",
			periods=(cint(row.default_periods) or 1) if row.is_recurring else 1,
		)
		for row in frappe.get_all(
			"SPM Product",
			filters={"name": ["in", names]},
			fields=[
				"name",
				"disabled",
				"unit",
				"tax",
				"list_price",
				"currency",
				"cost",
				"is_recurring",
				"recurring_interval",
				"default_periods",
			],
		)
	}
	for row in frappe.get_all(
		"SPM Product Price",
		filters={"parenttype": "SPM Product", "parent": ["in", names]},
		fields=["parent", "currency", "rate", "valid_from", "valid_to", "min_qty"],
	):
		found[row.parent].prices.append(
			pricing.Price(row.currency, flt(row.rate), row.valid_from, row.valid_to, flt(row.min_qty))
		)
	_add_parts(found)
	return found


def _add_parts(found: dict[str, Product]) -> None:
	part, product = DocType("SPM Product Bundle Item"), DocType("SPM Product")
	bundle = DocType("SPM Product").as_("bundle")
	rows = (
		frappe.qb.from_(part)
		.inner_join(bundle)
		.on((bundle.name == part.parent) & (bundle.is_bundle == 1))
		.inner_join(product)
		.on(product.name == part.product)
		.select(part.parent, part.product, part.qty, product.cost)
		.where(part.parent.isin(list(found)))
		.orderby(part.parent)
		.orderby(part.idx)
		.run(as_dict=True)
	)
	costs: dict[str, float] = {}
	for row in rows:
		found[row.parent].parts.append((row.product, flt(row.qty)))
		costs[row.parent] = costs.get(row.parent, 0) + flt(row.qty) * flt(row.cost)
	for name, cost in costs.items():
		found[name].cost = cost


def suggest(
	product: str, currency: str, day: date | None = None, qty: float = 1, exchange_rate: float = 1
) -> dict[str, Any]:
	"""What a form fills into a new line: rate, unit, tax, interval, periods, and the parts of a bundle.

	:raises ProductError: the product is not sold any more
	"""
	found = load([product]).get(product)
	if not found:
		frappe.throw(_("There is no product {0}.").format(product), exc=frappe.DoesNotExistError)
	if found.disabled:
		_refuse(product)
	return {
		"product": product,
		"currency": currency,
		"rate": found.rate(currency, getdate(day), flt(qty), flt(exchange_rate)),
		"unit": found.unit,
		"tax": found.tax,
		"recurring_interval": found.interval,
		"periods": found.periods,
		"parts": [{"product": name, "qty": number} for name, number in found.parts],
	}


def refuse_disabled(doc: Any, rows: Iterable[Any], before_rows: Iterable[Any]) -> None:
	"""Refuse new lines with products that are not sold any more; old lines may stay.

	:raises ProductError: naming the row and the product
	"""
	if frappe.flags.in_import or frappe.flags.spm_bulk:
		# History is what was sold then.
		return
	known = {row.product for row in before_rows or []}
	for row in rows or []:
		if not row.product or row.product in known:
			continue
		if frappe.db.get_value("SPM Product", row.product, "disabled", cache=True):
			_refuse(row.product, row.idx)


def _refuse(product: str, idx: int | None = None) -> None:
	if idx:
		message = _("Row {0}: {1} is not sold any more. Choose another product.").format(idx, product)
	else:
		message = _("{0} is not sold any more. Choose another product.").format(product)
	frappe.throw(message, title=_("Product Is Disabled"), exc=ProductError)
