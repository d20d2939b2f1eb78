"""Arithmetic of payment plans: the sum is always the contract, to the cent. Nothing here touches the database.

Amounts are counted in whole cents, so that nothing is lost between the rows; what rounding leaves over goes to
the last row that may still change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

PERCENT_DECIMALS = 4
PERCENT_TOLERANCE = Decimal("0.01")
"""Three times 33.33 is meant to be everything."""


class PlanMismatch(ValueError):
	"""The rows do not add up; `difference` is what is missing (positive) or too much (negative)."""

	def __init__(self, difference: float):
		super().__init__(f"The rows differ from the total by {difference}.")
		self.difference = difference


@dataclass(frozen=True)
class Part:
	"""One row as somebody wants it: an amount, or a percentage, or (the last open one) whatever is left."""

	percent: float | None = None
	amount: float | None = None


@dataclass(frozen=True)
class Held:
	"""One row as it stands, and whether its amount is settled (invoiced or paid)."""

	amount: float
	fixed: bool = False


# Amounts
# ------------------


def cents(amount: float | None) -> int:
	"""Whole cents of an amount, rounded commercially on the digits a person sees."""
	return int((Decimal(repr(float(amount or 0))) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def money(whole_cents: int) -> float:
	"""The amount of whole cents."""
	return whole_cents / 100


def complete(total: float, parts: Sequence[Part]) -> list[float]:
	"""Amounts of rows that were given by amount, by percentage or not at all; their sum is the total.

	An amount counts before a percentage. One row may have neither: it takes what is left. What rounding leaves
	over goes to the last row given by percentage.

	:raises PlanMismatch: when the rows are less or more than the total
	"""
	whole = cents(total)
	found: list[int | None] = []
	by_percent, open_rows, wanted = [], [], Decimal(0)
	for position, part in enumerate(parts):
		if part.amount is not None:
			found.append(cents(part.amount))
		elif part.percent is not None:
			share = Decimal(repr(float(part.percent)))
			found.append(int((Decimal(whole) * share / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)))
			by_percent.append(position)
			wanted += share
		else:
			found.append(None)
			open_rows.append(position)
	rest = whole - sum(value or 0 for value in found)
	if open_rows:
		if rest < 0 or len(open_rows) > 1:
			raise PlanMismatch(money(rest))
		found[open_rows[0]] = rest
		return [money(value or 0) for value in found]
	if rest and by_percent and _is_rounding(whole, rest, len(by_percent)):
		found[by_percent[-1]] = (found[by_percent[-1]] or 0) + rest
		rest = 0
	if rest:
		raise PlanMismatch(money(rest))
	return [money(value or 0) for value in found]


def _is_rounding(whole: int, rest: int, rows: int) -> bool:
	"""Whether a difference comes from rounding amounts (half a cent a row) or percentages, not from the plan."""
	return abs(rest) <= rows + int(Decimal(abs(whole)) * PERCENT_TOLERANCE / 100)


def percents(amounts: Sequence[float]) -> list[float]:
	"""Percentages of amounts in their sum, adding up to exactly 100; all zero when there is nothing to share."""
	values = [cents(amount) for amount in amounts]
	whole = sum(values)
	if not whole:
		return [0.0] * len(values)
	step = Decimal(1).scaleb(-PERCENT_DECIMALS)
	shares = [(Decimal(v) * 100 / whole).quantize(step, rounding=ROUND_HALF_UP) for v in values]
	# The largest row bears what is left over: there it shows least.
	largest = max(range(len(values)), key=lambda i: values[i])
	shares[largest] += 100 - sum(shares)
	return [float(share) for share in shares]


def rescale(total: float, rows: Sequence[Held]) -> list[float]:
	"""Amounts of a plan whose contract has a new amount: settled rows stay, the others keep their proportions.

	:raises PlanMismatch: when the settled rows alone are more than the total, or nothing is open to change
	"""
	whole = cents(total)
	rest = whole - sum(cents(row.amount) for row in rows if row.fixed)
	open_rows = [i for i, row in enumerate(rows) if not row.fixed]
	if rest < 0 or (rest and not open_rows):
		raise PlanMismatch(money(rest))
	amounts = [cents(row.amount) for row in rows]
	before = sum(amounts[i] for i in open_rows)
	left = rest
	for number, i in enumerate(open_rows, 1):
		if number == len(open_rows):
			amounts[i] = left
			break
		# A plan that was worth nothing has no proportions: all rows weigh the same.
		share = Decimal(amounts[i]) / before if before else Decimal(1) / len(open_rows)
		amounts[i] = min(left, int((share * rest).quantize(Decimal(1), rounding=ROUND_HALF_UP)))
		left -= amounts[i]
	return [money(value) for value in amounts]


def take(amount: float, rows: Sequence[Held]) -> list[float]:
	"""Take an amount out of the open rows, the last one first.

	:raises PlanMismatch: when the open rows are worth less than that; `difference` is what is missing
	"""
	left = cents(amount)
	amounts = [cents(row.amount) for row in rows]
	for i in reversed(range(len(rows))):
		if rows[i].fixed or left <= 0:
			continue
		part = min(left, amounts[i])
		amounts[i] -= part
		left -= part
	if left > 0:
		raise PlanMismatch(money(left))
	return [money(value) for value in amounts]


def in_base(amounts: Sequence[float], rate: float | None, total_base: float) -> list[float]:
	"""Amounts in base currency that add up to the contract's amount in base currency."""
	factor = Decimal(repr(float(rate or 1)))
	values = [int((Decimal(cents(a)) * factor).quantize(Decimal(1), rounding=ROUND_HALF_UP)) for a in amounts]
	if values:
		values[-1] += cents(total_base) - sum(values)
	return [money(value) for value in values]


def shares(total: float, given: Sequence[Part]) -> list[tuple[float, float]]:
	"""Percentage and amount of every project's share in a contract; the whole need not be given out.

	Rows without either divide what is left equally.

	:raises PlanMismatch: when the shares are more than the contract
	"""
	whole = cents(total)
	percent: list[Decimal | None] = []
	for part in given:
		if part.percent:
			percent.append(Decimal(repr(float(part.percent))))
		elif part.amount:
			percent.append(Decimal(cents(part.amount)) * 100 / whole if whole else Decimal(0))
		else:
			percent.append(None)
	used = sum((p for p in percent if p is not None), Decimal(0))
	if used > 100 + PERCENT_TOLERANCE:
		raise PlanMismatch(float(100 - used))
	empty = percent.count(None)
	each = max(Decimal(0), 100 - used) / empty if empty else Decimal(0)
	exact = [each if p is None else p for p in percent]
	step = Decimal(1).scaleb(-PERCENT_DECIMALS)
	rounded = [p.quantize(step, rounding=ROUND_HALF_UP) for p in exact]
	values = [int((whole * p / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)) for p in exact]
	if values and abs(sum(exact) - 100) <= PERCENT_TOLERANCE:
		rounded[-1] += 100 - sum(rounded)
		values[-1] += whole - sum(values)
	return [(float(p), money(v)) for p, v in zip(rounded, values, strict=True)]


# Dates and states
# ------------------


@dataclass(frozen=True)
class Facts:
	"""What the state of one payment follows from."""

	amount: float = 0
	received: float = 0
	trigger: str = "Date"
	trigger_date: date | None = None
	happened_on: date | None = None
	term_days: int = 0
	invoiced_on: date | None = None
	contract_docstatus: int = 1
	milestone_status: str = ""
	milestone_expected: date | None = None
	milestone_accepted: date | None = None
	project_cancelled: bool = False


@dataclass(frozen=True)
class Outcome:
	"""Date and state of one payment on one day."""

	status: str
	due_date: date | None
	released_on: date | None


def outcome(facts: Facts, today: date) -> Outcome:
	"""When a payment is due and how it stands. `loop/payments.py` says the same in SQL; a test compares them.

	A date that was agreed, an accepted milestone or an event that happened releases the payment; so does an
	invoice. The days to pay run from then, or from the invoice when that is later.
	"""
	fired = _fired(facts)
	expected = facts.milestone_expected if facts.trigger == "Milestone" else facts.trigger_date
	if fired and facts.invoiced_on:
		start = max(fired, facts.invoiced_on)
	else:
		start = fired or facts.invoiced_on or expected
	due = start + timedelta(days=facts.term_days) if start else None
	begins = [day for day in (fired, facts.invoiced_on) if day and day <= today]
	released = min(begins) if begins else None
	return Outcome(_status(facts, released, due, today), due, released)


def _fired(facts: Facts) -> date | None:
	if facts.trigger == "Milestone":
		return facts.milestone_accepted if facts.milestone_status == "Accepted" else None
	return facts.trigger_date if facts.trigger == "Date" else facts.happened_on


def _status(facts: Facts, released: date | None, due: date | None, today: date) -> str:
	is_paid = cents(facts.received) >= cents(facts.amount) and cents(facts.received) > 0
	is_started = cents(facts.received) > 0
	if facts.contract_docstatus == 2:
		return "Cancelled"
	if is_paid:
		return "Paid"
	if facts.contract_docstatus == 0:
		return "Partly Paid" if is_started else "Not Due"
	# What was invoiced or begun is owed, whatever became of the project since.
	is_called_off = facts.milestone_status == "Cancelled" or facts.project_cancelled
	if is_called_off and not is_started and not facts.invoiced_on:
		return "On Hold"
	if released and due and due < today:
		return "Overdue"
	if is_started:
		return "Partly Paid"
	if facts.invoiced_on:
		return "Invoiced"
	return "Due" if released else "Not Due"
