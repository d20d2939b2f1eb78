"""What is expected to be won, by month, owner, team, pipeline or category, and against an earlier snapshot."""

import frappe
from frappe import _
from frappe.utils import add_months, get_first_day, get_last_day, getdate

from sales_crm_pm.insight import columns as c
from sales_crm_pm.insight import deal_groups, forecast
from sales_crm_pm.loop.money import base_currency

MONTHS = 6


def execute(filters: dict | None = None):
	"""The report's columns, rows, message, chart and summary.

	:param filters: from_date and to_date (months are taken whole), group_by, pipeline, opportunity_owner, team, snapshot
	"""
	filters = frappe._dict(filters or {})
	question = get_question(filters)
	currency = base_currency()
	lines = forecast.lines(question)
	rows = [line.as_row(currency) for line in lines]
	return (
		get_columns(question),
		rows,
		get_message(question),
		get_chart(rows, question),
		get_summary(rows, question, currency),
	)


def get_question(filters) -> forecast.Question:
	"""Whole months from the filters: this month and the five after it when none are chosen."""
	start = getdate(get_first_day(filters.from_date or getdate()))
	filters.from_date = start
	filters.to_date = getdate(get_last_day(filters.to_date or add_months(start, MONTHS - 1)))
	deal_groups.check_period(filters)
	return forecast.Question(
		start,
		filters.to_date,
		filters.group_by or "Month",
		filters.pipeline,
		filters.opportunity_owner,
		filters.team,
		filters.snapshot,
	)


def get_columns(question) -> list[dict]:
	"""Columns; those of the comparison only when there is one."""
	found = [
		c.text("label", _(question.group_by), 180),
		c.count("deals", _("Open Deals")),
		c.money("pipeline", _("Pipeline")),
		c.money("best_case", _("Best Case")),
		c.money("commit", _("Commit")),
		c.money("weighted", _("Weighted Amount")),
		c.count("won_deals", _("Won Deals")),
		c.money("closed", _("Won Value")),
		c.money("forecast", _("Forecast")),
	]
	if question.snapshot:
		found += [c.money("earlier", _("Forecast Then")), c.money("difference", _("Difference"))]
	return [*found, *c.hidden("currency", "key")]


def get_message(question) -> str | None:
	"""A word about deals that nobody forecasts because their day has passed."""
	deals, amount = forecast.overdue(question)
	if not deals:
		return None
	return _(
		"{0} open deals worth {1} have an expected close date in the past. Give them a new date."
	).format(deals, frappe.utils.fmt_money(amount, currency=base_currency()))


def get_chart(rows: list[dict], question) -> dict | None:
	"""Won, weighted and, with a snapshot, the forecast then; nothing for an empty report."""
	if not rows:
		return None
	shown = rows[:12]
	datasets = [
		{"name": _("Won Value"), "values": [row["closed"] for row in shown]},
		{"name": _("Weighted Amount"), "values": [row["weighted"] for row in shown]},
	]
	if question.snapshot:
		datasets.append({"name": _("Forecast Then"), "values": [row["earlier"] or 0 for row in shown]})
	return {
		"data": {"labels": [row["label"] for row in shown], "datasets": datasets},
		"type": "bar",
		"barOptions": {"stacked": 0 if question.snapshot else 1},
		"colors": ["green", "blue", "grey"],
		"fieldtype": "Currency",
	}


def get_summary(rows: list[dict], question, currency: str) -> list[dict]:
	"""Totals over all groups."""
	if not rows:
		return []

	def total(name, label, indicator):
		return {
			"label": label,
			"value": sum(row[name] or 0 for row in rows),
			"datatype": "Currency",
			"currency": currency,
			"indicator": indicator,
		}

	found = [
		total("forecast", _("Forecast"), "Blue"),
		total("closed", _("Won Value"), "Green"),
		total("weighted", _("Weighted Amount"), "Blue"),
		total("commit", _("Commit"), "Green"),
	]
	if question.snapshot:
		found.append(total("earlier", _("Forecast Then"), "Grey"))
	return found
