"""Arithmetic of quotations: lines, discounts, taxes, totals, and the margin they leave. No frappe import.

Everything is counted in whole smallest units of the currency (cents, or whole yen), so that no stray cent can
come up: the net amounts of the lines always add up to the net total, and net plus tax to the total.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sales_crm_pm.rules import money

PERCENT, AMOUNT = "Percent", "Amount"


@dataclass(frozen=True)
class Line:
	"""One line of a quotation as it was typed."""

	qty: float = 1
	rate: float = 0
	discount_percent: float = 0
	periods: int = 1
	"""How many times the rate falls due: 12 for a monthly fee over a year."""
	list_rate: float = 0
	"""What the price list says; a lower rate is a discount, too."""
	tax: str = ""
	tax_rate: float = 0
	tax_included: bool = False
	optional: bool = False
	"""Offered, but not part of the totals."""
	unit_cost: float = 0
	"""In base currency."""


@dataclass(frozen=True)
class LineResult:
	"""What a line comes to: `amount` as offered, `net` after its part of the overall discount and without tax."""

	amount: float
	net: float


@dataclass(frozen=True)
class TaxRow:
	"""One tax of the quotation: on what, how much."""

	tax: str
	rate: float
	included: bool
	net: float
	amount: float


@dataclass(frozen=True)
class Totals:
	"""What the whole quotation comes to."""

	lines: tuple[LineResult, ...] = ()
	taxes: tuple[TaxRow, ...] = ()
	list_total: float = 0
	subtotal: float = 0
	discount: float = 0
	net: float = 0
	tax: float = 0
	total: float = 0
	net_base: float = 0
	total_base: float = 0
	discount_percent: float = 0
	"""All that was given away against the price list, in percent of it."""
	cost_base: float = 0
	margin_base: float = 0
	margin_percent: float = 0


@dataclass
class _Group:
	included: bool
	rate: Decimal
	indexes: list[int] = field(default_factory=list)


def compute(
	lines: Sequence[Line],
	*,
	discount_type: str = PERCENT,
	discount_value: float = 0,
	precision: int = 2,
	exchange_rate: float = 1,
	base_precision: int = 2,
) -> Totals:
	"""Totals of a quotation.

	:param lines: in order
	:param discount_type: Percent or Amount, of the discount on the whole
	:param precision: decimals of the quotation's currency, `base_precision` those of the base currency
	:raises ValueError: a discount that is negative or larger than what it is taken from
	"""
	unit = Decimal(1).scaleb(-precision)
	amounts = [_line_units(line, unit) for line in lines]
	counted = [0 if line.optional else amount for line, amount in zip(lines, amounts, strict=True)]
	subtotal = sum(counted)
	discount = _discount_units(subtotal, discount_type, discount_value, unit)
	shares = allocate(discount, counted)
	after = [amount - share for amount, share in zip(counted, shares, strict=True)]
	nets, taxes = _taxes(lines, after, unit)
	net, tax = sum(nets), sum(row.amount for row in taxes)
	listed = sum(_list_units(line, unit) for line in lines if not line.optional)

	def in_money(units: int) -> float:
		return float(units * unit)

	net_base = money.rounded(in_money(net) * (exchange_rate or 1), base_precision)
	tax_base = money.rounded(in_money(tax) * (exchange_rate or 1), base_precision)
	cost = money.rounded(
		sum(line.qty * (line.periods or 1) * line.unit_cost for line in lines if not line.optional),
		base_precision,
	)
	margin = money.margin(net_base, cost)
	given = listed - (subtotal - discount)
	return Totals(
		lines=tuple(
			LineResult(in_money(amount), in_money(net_units))
			for amount, net_units in zip(amounts, nets, strict=True)
		),
		taxes=tuple(
			TaxRow(row.tax, row.rate, row.included, in_money(row.net), in_money(row.amount)) for row in taxes
		),
		list_total=in_money(listed),
		subtotal=in_money(subtotal),
		discount=in_money(discount),
		net=in_money(net),
		tax=in_money(tax),
		total=in_money(net + tax),
		net_base=net_base,
		total_base=money.rounded(net_base + tax_base, base_precision),
		discount_percent=money.rounded(100 * given / listed, 4) if listed else 0.0,
		cost_base=cost,
		margin_base=margin,
		margin_percent=money.rounded(100 * margin / net_base, 2) if net_base else 0.0,
	)


def allocate(total: int, weights: Sequence[int]) -> list[int]:
	"""Split whole units by weight so that the parts add up; who was cut most gets the units left over.

	No part is larger than its weight as long as `total` is not larger than their sum.
	"""
	whole = sum(weights)
	if not whole or not total:
		return [0] * len(weights)
	parts = [total * weight // whole for weight in weights]
	rest = total - sum(parts)
	by_need = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
	for i in by_need[:rest]:
		parts[i] += 1
	return parts


def as_deal_line(
	qty: float, periods: int, rate: float, net: float, tax_rate: float, included: bool
) -> money.Line:
	"""A line of the deal that comes to exactly `net` by the deal's own arithmetic.

	Keeps quantity and price of the quotation and expresses what was given away as a discount; only where
	rounding forbids that the price is the net amount by quantity.
	"""
	count = qty * (periods or 1)
	if not count:
		return money.Line(0, rate, 0)
	price = rate / (1 + tax_rate / 100) if included else rate
	price = round(price, 9)
	if price:
		discount = round(100 * (1 - net / (count * price)), 9)
		if 0 <= discount <= 100:
			line = money.Line(count, price, discount)
			if money.line_amount(line) == net:
				return line
	line = money.Line(count, round(net / count, 9), 0)
	return line if money.line_amount(line) == net else money.Line(1, net, 0)


def difference(old: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
	"""Lines of two versions side by side: `state` is Same, Changed, Added or Removed.

	Lines are paired by their key (product and section) in order of appearance, so a line that moved is not
	taken for another one.

	:param old: dicts with `key` and the values to compare
	"""
	waiting: dict[Any, list[dict[str, Any]]] = {}
	for row in old:
		waiting.setdefault(row["key"], []).append(row)
	rows = []
	for row in new:
		queue = waiting.get(row["key"])
		before = queue.pop(0) if queue else None
		state = "Added" if before is None else "Same" if before == row else "Changed"
		rows.append({"state": state, "old": before, "new": row})
	for queue in waiting.values():
		rows.extend({"state": "Removed", "old": row, "new": None} for row in queue)
	return rows


def _units(value: Decimal, unit: Decimal) -> int:
	return int((value / unit).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _decimal(value: float | None) -> Decimal:
	return Decimal(repr(float(value or 0)))


def _line_units(line: Line, unit: Decimal) -> int:
	if not 0 <= line.discount_percent <= 100:
		raise ValueError("A discount lies between 0 and 100 percent.")
	gross = _decimal(line.qty) * int(line.periods or 1) * _decimal(line.rate)
	return _units(gross * (100 - _decimal(line.discount_percent)) / 100, unit)


def _list_units(line: Line, unit: Decimal) -> int:
	rate = max(_decimal(line.rate), _decimal(line.list_rate))
	return _units(_decimal(line.qty) * int(line.periods or 1) * rate, unit)


def _discount_units(subtotal: int, kind: str, value: float, unit: Decimal) -> int:
	if value and value < 0:
		raise ValueError("A discount is not negative.")
	if kind == AMOUNT:
		discount = _units(_decimal(value), unit)
		if discount > subtotal:
			raise ValueError("A discount is not larger than what it is taken from.")
		return discount
	if value and value > 100:
		raise ValueError("A discount lies between 0 and 100 percent.")
	return int((subtotal * _decimal(value) / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True)
class _TaxUnits:
	tax: str
	rate: float
	included: bool
	net: int
	amount: int


def _taxes(lines: Iterable[Line], after: list[int], unit: Decimal) -> tuple[list[int], list[_TaxUnits]]:
	"""Net units of every line and one row per tax; the tax is reckoned on the sum of its lines."""
	groups: dict[tuple[str, float, bool], _Group] = {}
	for i, line in enumerate(lines):
		if line.optional:
			continue
		key = (line.tax, line.tax_rate, bool(line.tax_included))
		groups.setdefault(key, _Group(line.tax_included, _decimal(line.tax_rate))).indexes.append(i)
	nets, rows = [0] * len(after), []
	for (tax, rate, included), group in groups.items():
		gross = sum(after[i] for i in group.indexes)
		if group.included:
			net = int((gross * 100 / (100 + group.rate)).quantize(Decimal(1), rounding=ROUND_HALF_UP))
			amount = gross - net
		else:
			net = gross
			amount = int((gross * group.rate / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
		for i, part in zip(group.indexes, allocate(net, [after[i] for i in group.indexes]), strict=True):
			nets[i] = part
		if tax or rate:
			rows.append(_TaxUnits(tax, rate, included, net, amount))
	return nets, rows
