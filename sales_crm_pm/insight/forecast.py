"""Forecast of the deals somebody may see: by month, owner, team, pipeline or category, and against a snapshot.

forecast = won in the period + Σ amount × probability of the open deals expected to close in it. Deals on hold and
omitted ones take no part. A won deal counts whole, in the month it was won (domain 5.14); what a change of its
project has added or taken since counts in the month in which the change was carried out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count, Sum
from frappe.utils import add_days, flt, getdate
from pypika import functions as fn
from pypika.terms import NullValue

from sales_crm_pm.insight import deal_groups
from sales_crm_pm.loop import forecast as snapshots
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.query import readable_set
from sales_crm_pm.rules.forecast import OPEN_CATEGORIES

GROUPS = ("Month", "Salesperson", "Team", "Team Manager", "Pipeline", "Forecast Category")
FILTERS = ("pipeline", "opportunity_owner")

Part = dict[str, Any]


@dataclass
class Line:
	"""One group of the forecast, in base currency."""

	key: str
	label: str
	deals: int = 0
	pipeline: float = 0.0
	best_case: float = 0.0
	commit: float = 0.0
	weighted: float = 0.0
	won_deals: int = 0
	closed: float = 0.0
	earlier: float | None = None

	@property
	def forecast(self) -> float:
		return self.closed + self.weighted

	def as_row(self, currency: str) -> dict[str, Any]:
		"""The row of the report."""
		earlier = None if self.earlier is None else flt(self.earlier, 2)
		return {
			"key": self.key,
			"label": self.label,
			"deals": self.deals,
			"pipeline": flt(self.pipeline, 2),
			"best_case": flt(self.best_case, 2),
			"commit": flt(self.commit, 2),
			"open_amount": flt(self.pipeline + self.best_case + self.commit, 2),
			"weighted": flt(self.weighted, 2),
			"won_deals": self.won_deals,
			"closed": flt(self.closed, 2),
			"forecast": flt(self.forecast, 2),
			"earlier": earlier,
			"difference": None if earlier is None else flt(self.forecast - earlier, 2),
			"currency": currency,
		}


@dataclass
class Question:
	"""What is asked: the period, the grouping, and whose deals."""

	start: date
	end: date
	group_by: str = "Month"
	pipeline: str | None = None
	opportunity_owner: str | None = None
	team: str | None = None
	snapshot: str | None = None

	def narrowed(self, query: Any, table: Any) -> Any:
		"""The query for the deals of the chosen pipeline, owner or team only."""
		for fieldname in FILTERS:
			if value := getattr(self, fieldname):
				query = query.where(table[fieldname] == value)
		return query


def lines(question: Question) -> list[Line]:
	"""The forecast, one line per group; months in their order, other groups by size.

	:raises SPMError: unknown grouping or snapshot
	"""
	deal_groups.check_group(question.group_by, GROUPS)
	key_of = _key_of(question.group_by)
	found: dict[str, Line] = {}

	def line(row: Part) -> Line:
		key, label = key_of(row)
		return found.setdefault(key, Line(key, label))

	for row in _open_deals(question):
		one = line(row)
		one.deals += row.deals
		one.weighted += flt(row.weighted)
		field = (row.forecast_category or "Pipeline").lower().replace(" ", "_")
		setattr(one, field, getattr(one, field) + flt(row.amount))
	for row in _won_deals(question, question.end):
		one = line({**row, "forecast_category": "Closed"})
		one.won_deals += row.deals
		one.closed += flt(row.amount)
	for row in _approved_changes(question, question.end):
		line({**row, "forecast_category": "Closed"}).closed += flt(row.amount)
	if question.snapshot:
		_add_earlier(question, line)
		for one in found.values():
			one.earlier = one.earlier or 0.0
	if question.group_by == "Month":
		return [found[key] for key in sorted(found)]
	return sorted(found.values(), key=lambda one: (-one.forecast, one.label))


def _key_of(group_by: str) -> Callable[[Part], deal_groups.Key]:
	if group_by == "Forecast Category":

		def by_category(row):
			category = row["forecast_category"] or "Pipeline"
			return category, _(category)

		return by_category
	of = deal_groups.key_function(group_by, "month")
	return lambda row: of(frappe._dict(row))


def _add_earlier(question: Question, line: Callable[[Part], Line]) -> None:
	"""What the forecast of the same period was when the snapshot was taken."""
	day = snapshots.check_snapshot(question.snapshot)
	for row in _remembered_deals(question):
		one = line(row)
		one.earlier = (one.earlier or 0.0) + flt(row.weighted)
	until = min(day, question.end)
	for row in (*_won_deals(question, until), *_approved_changes(question, until)):
		one = line({**row, "forecast_category": "Closed"})
		one.earlier = (one.earlier or 0.0) + flt(row.amount)


def _month(column: Any) -> Any:
	"""First day of the month of a date column."""
	return fn.Concat(fn.Substring(column, 1, 7), "-01")


def _sums(table: Any, deals: Any, on: Any) -> Any:
	"""Query for the sums of deals by everything a grouping may ask for.

	:param table: where amount and category are: the deals, or a snapshot's entries
	:param deals: where the former system's owner is
	:param on: the date that makes the month
	"""
	month = _month(on)
	owner = deals.source_owner if deals is not None else NullValue()
	query = frappe.qb.select(
		table.opportunity_owner,
		owner.as_("source_owner"),
		table.pipeline,
		table.forecast_category,
		month.as_("month"),
		Count("*").as_("deals"),
		Sum(table.amount_base).as_("amount"),
		Sum(table.weighted_amount).as_("weighted"),
	)
	groups = [table.opportunity_owner, table.pipeline, table.forecast_category, month]
	if deals is not None:
		groups.append(deals.source_owner)
	for group in groups:
		query = query.groupby(group)
	return query


def _run(query: Any, seen: Any) -> list[Part]:
	return (query if seen is None else query.where(seen)).run(as_dict=True)


def _open_deals(question: Question) -> list[Part]:
	t = DocType("SPM Opportunity")
	query = (
		_sums(t, t, t.expected_close_date)
		.from_(t)
		.where(
			(t.status == "Open")
			& fn.Coalesce(t.forecast_category, "Pipeline").isin(["", *OPEN_CATEGORIES])
			& (t.expected_close_date[question.start : question.end])
		)
	)
	if question.team:
		query = query.where(deal_groups.team_condition(t, question.team))
	return _run(question.narrowed(query, t), readable_set("SPM Opportunity"))


def _won_deals(question: Question, until: date) -> list[Part]:
	if until < question.start:
		return []
	t = DocType("SPM Opportunity")
	query = _sums(t, t, t.won_on).from_(t).where((t.status == "Won") & t.won_on[question.start : until])
	if question.team:
		query = query.where(deal_groups.team_condition(t, question.team))
	return _run(question.narrowed(query, t), readable_set("SPM Opportunity"))


def _approved_changes(question: Question, until: date) -> list[Part]:
	if until < question.start:
		return []
	c, t = DocType("SPM Change Request"), DocType("SPM Opportunity")
	month = _month(c.implemented_on)
	query = (
		frappe.qb.from_(c)
		.inner_join(t)
		.on(t.name == c.opportunity)
		.select(
			t.opportunity_owner,
			t.source_owner,
			t.pipeline,
			t.forecast_category,
			month.as_("month"),
			Sum(c.price_impact_base).as_("amount"),
		)
		.where((c.status == "Implemented") & (c.implemented_on >= question.start))
		.where(c.implemented_on < add_days(until, 1))
	)
	for group in (t.opportunity_owner, t.source_owner, t.pipeline, t.forecast_category, month):
		query = query.groupby(group)
	if question.team:
		query = query.where(deal_groups.team_condition(t, question.team))
	return _run(question.narrowed(query, t), readable_set("SPM Opportunity"))


def _remembered_deals(question: Question) -> list[Part]:
	e, t = DocType("SPM Forecast Entry"), DocType("SPM Opportunity")
	query = (
		_sums(e, t, e.expected_close_date)
		.from_(e)
		.left_join(t)
		.on(t.name == e.opportunity)
		.where(
			(e.snapshot == question.snapshot)
			& (e.status == "Open")
			& fn.Coalesce(e.forecast_category, "Pipeline").isin(["", *OPEN_CATEGORIES])
			& (e.expected_close_date[question.start : question.end])
		)
	)
	if question.team:
		query = query.where(deal_groups.team_condition(t, question.team))
	return _run(question.narrowed(query, e), readable_set("SPM Forecast Entry"))


def overdue(question: Question) -> tuple[int, float]:
	"""Open deals whose expected day has passed: they are in nobody's forecast until somebody gives a new date.

	:return: how many, and their amount in base currency
	"""
	t = DocType("SPM Opportunity")
	query = (
		frappe.qb.from_(t)
		.select(Count("*").as_("deals"), Sum(t.amount_base).as_("amount"))
		.where((t.status == "Open") & (t.expected_close_date < getdate()))
	)
	if question.team:
		query = query.where(deal_groups.team_condition(t, question.team))
	row = _run(question.narrowed(query, t), readable_set("SPM Opportunity"))[0]
	return row.deals, flt(row.amount, 2)


def summary(question: Question) -> dict[str, Any]:
	"""The forecast with its total, for the API.

	:return: currency, snapshot, taken_on, rows and total
	"""
	currency = base_currency()
	rows = [line.as_row(currency) for line in lines(question)]
	numbers = ("deals", "open_amount", "weighted", "won_deals", "closed", "forecast")
	total = {name: flt(sum(row[name] for row in rows), 2) for name in numbers}
	total["earlier"] = flt(sum(row["earlier"] or 0 for row in rows), 2) if question.snapshot else None
	return {
		"currency": currency,
		"from_date": question.start,
		"to_date": question.end,
		"group_by": question.group_by,
		"snapshot": question.snapshot,
		"rows": rows,
		"total": total,
	}
