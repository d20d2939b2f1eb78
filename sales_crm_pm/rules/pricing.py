"""Which price holds, and who has to agree to a discount. Pure rules, no frappe import."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

DISCOUNT, MARGIN = "Discount", "Margin"


@dataclass(frozen=True)
class Price:
	"""One row of a product's price list."""

	currency: str
	rate: float
	valid_from: date | None = None
	valid_to: date | None = None
	min_qty: float = 0


@dataclass(frozen=True)
class Limit:
	"""Up to where somebody may go without asking."""

	title: str
	kind: str
	threshold: float
	"""The highest discount, or the lowest margin, that needs no approval, in percent."""
	approver_role: str
	level: int = 1
	role: str = ""
	"""Whose quotations it is for; everybody's when empty."""
	tier: str = ""
	from_amount: float = 0


@dataclass(frozen=True)
class Need:
	"""Who has to approve, and because of which limits."""

	approver_role: str
	level: int
	limits: tuple[Limit, ...]


def pick_price(prices: Iterable[Price], currency: str, day: date, qty: float = 1) -> float | None:
	"""The rate that holds for a quantity on a day: the newest price list first, then the best volume break.

	:return: None when the product has no price in that currency
	"""
	fitting = [
		p
		for p in prices
		if p.currency == currency
		and (p.valid_from is None or p.valid_from <= day)
		and (p.valid_to is None or p.valid_to >= day)
		and (p.min_qty or 0) <= (qty or 0)
	]
	if not fitting:
		return None
	return max(fitting, key=lambda p: (p.valid_from or date.min, p.min_qty or 0)).rate


def approval_needed(
	limits: Iterable[Limit],
	*,
	roles: Collection[str],
	tier: str,
	amount_base: float,
	discount_percent: float,
	margin_percent: float | None,
) -> Need | None:
	"""Who has to approve an offer, or None when the person may make it alone.

	Limits without a role bind everybody. Somebody with several roles that have limits may do what any of them
	may, which is what the higher role was given for; beyond all of them, the strictest counts.

	:param roles: roles of the person who offers
	:param margin_percent: None while the cost is unknown; then no margin limit is broken
	"""
	broken: dict[str, list[Limit]] = {}
	bound: set[str] = set()
	for limit in limits:
		if limit.role and limit.role not in roles:
			continue
		if limit.tier and limit.tier != tier:
			continue
		bound.add(limit.role)
		if amount_base >= (limit.from_amount or 0) and _is_broken(limit, discount_percent, margin_percent):
			broken.setdefault(limit.role, []).append(limit)
	found = list(broken.get("", ()))
	own = [broken.get(role, []) for role in sorted(bound) if role]
	if all(own):
		found += [limit for limits_of_role in own for limit in limits_of_role]
	if not found:
		return None
	highest = max(found, key=lambda limit: limit.level)
	return Need(highest.approver_role, highest.level, tuple(found))


def _is_broken(limit: Limit, discount_percent: float, margin_percent: float | None) -> bool:
	if limit.kind == MARGIN:
		return margin_percent is not None and margin_percent < limit.threshold
	return discount_percent > limit.threshold
