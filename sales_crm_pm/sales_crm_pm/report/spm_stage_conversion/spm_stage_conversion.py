"""How many deals go on from each stage of a pipeline, and how long they stay: a cohort by entry date."""

from datetime import datetime, time

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import add_months, get_datetime, getdate

from sales_crm_pm.insight import columns as c
from sales_crm_pm.insight import deal_groups
from sales_crm_pm.loop.pipeline import default_pipeline
from sales_crm_pm.permissions.query import readable_set
from sales_crm_pm.rules.funnel import WON, Entry, StageFigures, funnel


def execute(filters: dict | None = None):
	"""The report's columns, rows, message and chart.

	:param filters: pipeline, from_date and to_date (day a stage was entered), opportunity_owner, team, source
	"""
	filters = frappe._dict(filters or {})
	filters.pipeline = filters.pipeline or default_pipeline()
	filters.to_date = getdate(filters.to_date or getdate())
	filters.from_date = getdate(filters.from_date or add_months(filters.to_date, -12))
	deal_groups.check_period(filters)
	stages = get_stages(filters.pipeline)
	figures = get_figures(filters, stages)
	titles = {stage.name: stage.stage_name for stage in stages}
	rows = [get_row(one, titles[one.stage]) for one in figures]
	return get_columns(), rows, None, get_chart(rows)


def get_stages(pipeline: str) -> list:
	"""The stages of a pipeline in their order, disabled ones too: deals have passed them."""
	return frappe.get_all(
		"SPM Stage",
		filters={"pipeline": pipeline},
		fields=["name", "stage_name", "stage_type"],
		order_by="position asc",
	)


def get_figures(filters, stages: list) -> list[StageFigures]:
	"""The funnel of the deals the user may see."""
	road = [stage.name for stage in stages if stage.stage_type in ("Open", "Ongoing")]
	won = {stage.name for stage in stages if stage.stage_type == "Won"}
	start = datetime.combine(filters.from_date, time.min)
	end = datetime.combine(filters.to_date, time.max)
	entries = [
		Entry(
			row.parent,
			WON if row.to_stage in won else row.to_stage,
			get_datetime(row.entered_on),
			row.left_on,
		)
		for row in get_entries(filters, start)
	]
	return funnel([*road, WON], entries, start, end)


def get_entries(filters, start: datetime) -> list:
	"""Every stay of the deals that moved since the period began; earlier stays tell nothing about its cohorts."""
	log, deal = DocType("SPM Opportunity Stage Log"), DocType("SPM Opportunity")
	query = (
		frappe.qb.from_(deal)
		.inner_join(log)
		.on((log.parent == deal.name) & (log.parenttype == "SPM Opportunity"))
		.select(log.parent, log.to_stage, log.entered_on, log.left_on)
		.where(
			(deal.pipeline == filters.pipeline)
			& (deal.stage_entered_on >= start)
			& log.entered_on.isnotnull()
		)
	)
	for fieldname in ("opportunity_owner", "source"):
		if filters.get(fieldname):
			query = query.where(deal[fieldname] == filters[fieldname])
	if filters.team:
		query = query.where(deal_groups.team_condition(deal, filters.team))
	seen = readable_set("SPM Opportunity")
	if seen is not None:
		# The condition names the table of deals; in a sub-select it means that one and not the joined rows.
		table = DocType("SPM Opportunity")
		query = query.where(deal.name.isin(frappe.qb.from_(table).select(table.name).where(seen)))
	return query.run(as_dict=True)


def get_row(one: StageFigures, title: str) -> dict:
	"""The row of a stage."""
	return {
		"stage": one.stage,
		"label": _(title),
		"entered": len(one.entered),
		"passed": len(one.passed),
		"conversion": one.conversion,
		"won": len(one.won),
		"win_rate": one.win_rate,
		"mean_days": one.mean_days,
		"median_days": one.median_days,
	}


def get_columns() -> list[dict]:
	"""Columns of the report."""
	return [
		c.text("label", _("Stage"), 200),
		c.count("entered", _("Entered the Stage")),
		c.count("passed", _("Went On")),
		c.percent("conversion", _("Conversion")),
		c.count("won", _("Won in the End")),
		c.percent("win_rate", _("Win Rate From Here")),
		c.number("mean_days", _("Mean Days")),
		c.number("median_days", _("Median Days")),
		*c.hidden("stage"),
	]


def get_chart(rows: list[dict]) -> dict | None:
	"""How many entered each stage; nothing when nobody did."""
	if not any(row["entered"] for row in rows):
		return None
	return {
		"data": {
			"labels": [row["label"] for row in rows],
			"datasets": [
				{"name": _("Entered the Stage"), "values": [row["entered"] for row in rows]},
				{"name": _("Went On"), "values": [row["passed"] for row in rows]},
			],
		},
		"type": "bar",
		"colors": ["blue", "green"],
	}
