"""Rates per hour in base currency: read with one statement for all people asked about, found by the rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import frappe
from frappe.query_builder import DocType
from frappe.utils import flt, getdate

from sales_crm_pm.loop.exchange import rate_or_throw
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.rules import rate_card

PRECISION = 6


@dataclass(frozen=True)
class HourlyRate:
	"""What an hour costs and what it is billed at, in base currency; 0 when the rate card says nothing."""

	cost: float = 0.0
	billing: float = 0.0


class RateCard:
	"""The rates that may count for some people, with one statement, however many hours are asked about."""

	def __init__(self, users: Iterable[str | None] = ()):
		self.base = base_currency()
		self.rates = _read(sorted({user for user in users if user}))

	def of(self, user: str | None, role: str | None, activity: str | None, on: date | str) -> HourlyRate:
		"""The rate of one hour of work, turned into base currency at the day's exchange rate.

		:raises ExchangeRateError: the rate is in a currency that has no exchange rate on that day
		"""
		day = getdate(on)
		found = rate_card.find(self.rates, user, role, activity, day)
		if found is None:
			return HourlyRate()
		factor = 1.0
		if found.currency and found.currency != self.base:
			factor = rate_or_throw(found.currency, self.base, day)[0]
		return HourlyRate(flt(found.cost * factor, PRECISION), flt(found.billing * factor, PRECISION))


def cost_rate(
	user: str | None = None,
	role: str | None = None,
	activity: str | None = None,
	on: date | str | None = None,
) -> float:
	"""What an hour of a person, role or activity costs on a day, in base currency; 0 when no rate fits.

	The caller has seen to it that whoever gets the answer may know cost.
	"""
	return RateCard([user]).of(user, role, activity, on or getdate()).cost


def billing_rate(
	user: str | None = None,
	role: str | None = None,
	activity: str | None = None,
	on: date | str | None = None,
) -> float:
	"""What an hour is billed at on a day, in base currency; 0 when no rate fits."""
	return RateCard([user]).of(user, role, activity, on or getdate()).billing


def _read(users: list[str]) -> list[rate_card.Rate]:
	table = DocType("SPM Rate")
	of_nobody = table.user.isnull() | (table.user == "")
	rows: list[dict[str, Any]] = (
		frappe.qb.from_(table)
		.select(
			table.user,
			table.project_role,
			table.activity_type,
			table.from_date,
			table.cost_rate,
			table.billing_rate,
			table.currency,
		)
		.where((table.disabled == 0) & ((of_nobody | table.user.isin(users)) if users else of_nobody))
		.run(as_dict=True)
	)
	return [
		rate_card.Rate(
			from_date=getdate(row.from_date),
			user=row.user or None,
			role=row.project_role or None,
			activity=row.activity_type or None,
			cost=flt(row.cost_rate),
			billing=flt(row.billing_rate),
			currency=row.currency,
		)
		for row in rows
	]
