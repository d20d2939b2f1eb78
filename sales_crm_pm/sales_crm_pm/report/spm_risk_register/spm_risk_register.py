"""All risks the reader may see, the worst first, with what they may cost together."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import flt

from sales_crm_pm.insight import columns, names, risks
from sales_crm_pm.loop import risk
from sales_crm_pm.loop.money import base_currency


def execute(filters: dict | None = None) -> tuple:
	"""Build the report for the risks the current user may see.

	Args:
		filters: project, customer, project_type, project_manager, risk_owner, category, kind, band, status
			("Open" by default, "All", or one status), stale (only those that wait for a review).

	Returns:
		columns, rows, message, chart, summary. Cost and expected value only for those who may see cost.
	"""
	rows = risks.register(frappe._dict(filters or {}))
	costs = risks.sees_cost()
	owners = names.names_of("User", "full_name", (row.risk_owner for row in rows))
	currency = base_currency()
	for row in rows:
		row.update(
			belongs_to=row.project_name or row.opportunity_title,
			owner_name=owners.get(row.risk_owner),
			kind_word=_(row.kind, context="SPM Risk"),
			status_word=_(row.status, context="SPM Risk"),
			band_word=_(row.band) if row.band else "",
			after_word=_(row.residual_band) if row.residual_band else "",
			trend_word=_(row.trend, context="SPM Risk") if row.trend else "",
			strategy_word=_(row.response_strategy, context="SPM Risk") if row.response_strategy else "",
			review_word=_("Review is due") if row.stale else "",
			category_word=_(row.category) if row.category else "",
			currency=currency,
		)
	return get_columns(costs), rows, None, get_chart(rows), get_summary(rows, costs, currency)


def get_columns(costs: bool) -> list[dict[str, Any]]:
	money = (
		[
			columns.money("cost_impact", _("Cost If It Happens"), 140),
			columns.percent("probability_percent", _("Probability in Percent"), 110),
			columns.money("emv", _("Expected Value"), 140),
		]
		if costs
		else []
	)
	return [
		columns.count("score", _("Score"), 80),
		columns.text("band_word", _("Band"), 120),
		columns.text("title", _("Risk"), 280),
		columns.text("belongs_to", _("Belongs To"), 180),
		columns.text("kind_word", _("Kind"), 90),
		columns.text("category_word", _("Category"), 120),
		columns.text("status_word", _("Status"), 110),
		columns.text("trend_word", _("Trend"), 90),
		columns.text("owner_name", _("Owner", context="SPM Risk"), 130),
		columns.text("strategy_word", _("Strategy"), 110),
		*money,
		columns.count("schedule_impact_days", _("Delay If It Happens (Days)"), 120),
		columns.count("residual_score", _("Score After"), 100),
		columns.text("after_word", _("Band After"), 120),
		columns.day("review_date", _("Next Review")),
		columns.text("review_word", _("Review"), 110),
		*columns.hidden("name", "project", "opportunity", "currency", "band"),
	]


def get_chart(rows: list[Any]) -> dict[str, Any] | None:
	"""How many open risks stand in each band."""
	open_rows = [row for row in rows if row.status in risk.OPEN]
	if not open_rows:
		return None
	bands = risks.bands()
	return {
		"data": {
			"labels": [_(band.name) for band in bands],
			"datasets": [
				{
					"name": _("Open Risks"),
					"values": [sum(row.band == band.name for row in open_rows) for band in bands],
				}
			],
		},
		"type": "bar",
		"colors": ["orange"],
		"fieldtype": "Int",
	}


def get_summary(rows: list[Any], costs: bool, currency: str) -> list[dict[str, Any]]:
	totals = risks.totals(rows)
	summary = [
		{"value": totals["open"], "label": _("Open Risks"), "datatype": "Int"},
		{
			"value": totals["stale"],
			"label": _("Review is due"),
			"datatype": "Int",
			"indicator": "Red" if totals["stale"] else "Green",
		},
	]
	if costs:
		for key, label in (
			("expected", _("Expected Value")),
			("p80", _("With 80 % Certainty at Most")),
			("most", _("If All of Them Happen")),
		):
			summary.append(
				{"value": flt(totals[key]), "label": label, "datatype": "Currency", "currency": currency}
			)
	return summary
