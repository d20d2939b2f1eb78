"""How promptly talks are written down: those logged within the limit ÷ all, per person, type or month."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Avg, Count, DateFormat, Max, Sum
from frappe.utils import add_days, cint, flt, getdate
from pypika import Case

from sales_crm_pm.permissions.query import readable_rows
from sales_crm_pm.rules.rates import timeliness

GROUPS = ("Person", "Type", "Month")
DAYS = 30


def execute(filters: dict | None = None):
	"""The report's columns, rows, message, chart and summary.

	:param filters: group_by, from_date, to_date (day of the talk), owner, hours (the limit)
	"""
	filters = frappe._dict(filters or {})
	validate_filters(filters)
	rows = get_rows(filters)
	return get_columns(filters), rows, None, get_chart(rows), get_summary(rows)


def validate_filters(filters: Any) -> None:
	"""Fill in the last 30 days and the limit of the settings; refuse periods that end before they begin."""
	filters.group_by = filters.group_by or "Person"
	if filters.group_by not in GROUPS:
		frappe.throw(_("Interactions cannot be grouped by {0}.").format(filters.group_by))
	filters.to_date = getdate(filters.to_date)
	filters.from_date = getdate(filters.from_date or add_days(filters.to_date, -DAYS))
	if filters.from_date > filters.to_date:
		frappe.throw(_("The first day of the period lies after its last day."))
	filters.hours = cint(filters.hours) or cint(frappe.get_cached_doc("SPM Settings").log_within_hours) or 24


def get_rows(filters: Any) -> list[dict]:
	"""One statement over the talks that the user may see, whatever their number."""
	talks, users = DocType("SPM Interaction"), DocType("User")
	key = {
		"Person": talks.owner,
		"Type": talks.interaction_type,
		"Month": DateFormat(talks.happened_on, "%Y-%m"),
	}[filters.group_by]
	query = (
		frappe.qb.from_(talks)
		.left_join(users)
		.on(users.name == talks.owner)
		.select(
			key.as_("key"),
			Max(users.full_name).as_("full_name"),
			Count("*").as_("logged"),
			Sum(Case().when(talks.logged_delay_hours <= filters.hours, 1).else_(0)).as_("in_time"),
			Avg(talks.logged_delay_hours).as_("average"),
			Max(talks.logged_delay_hours).as_("longest"),
		)
		.where(talks.happened_on[filters.from_date : add_days(filters.to_date, 1)])
		.groupby(key)
	)
	if filters.owner:
		query = query.where(talks.owner == filters.owner)
	visible = readable_rows("SPM Interaction")
	if visible is not None:
		query = query.where(visible)
	rows = [
		{
			"key": row.key,
			"label": _label(filters.group_by, row),
			"logged": row.logged,
			"in_time": cint(row.in_time),
			"late": row.logged - cint(row.in_time),
			"timeliness": timeliness(cint(row.in_time), row.logged),
			"average": flt(row.average, 1),
			"longest": flt(row.longest, 1),
		}
		for row in query.run(as_dict=True)
	]
	if filters.group_by == "Month":
		return sorted(rows, key=lambda row: row["key"] or "")
	return sorted(rows, key=lambda row: (-row["timeliness"], -row["logged"], row["label"]))


def _label(group_by: str, row: Any) -> str:
	if group_by == "Person":
		return row.full_name or row.key
	return _(row.key, context="SPM Interaction") if group_by == "Type" else row.key


def get_columns(filters: Any) -> list[dict]:
	"""Columns, the first one named after the grouping."""
	return [
		{"fieldname": "label", "label": _(filters.group_by), "fieldtype": "Data", "width": 220},
		{"fieldname": "logged", "label": _("Interactions"), "fieldtype": "Int", "width": 120},
		{
			"fieldname": "in_time",
			"label": _("Within {0} Hours").format(filters.hours),
			"fieldtype": "Int",
			"width": 140,
		},
		{
			"fieldname": "late",
			"label": _("Later", context="SPM Interaction"),
			"fieldtype": "Int",
			"width": 100,
		},
		{
			"fieldname": "timeliness",
			"label": _("Timeliness of Logging"),
			"fieldtype": "Percent",
			"precision": 2,
			"width": 170,
		},
		{
			"fieldname": "average",
			"label": _("Average Delay (Hours)"),
			"fieldtype": "Float",
			"precision": 1,
			"width": 170,
		},
		{
			"fieldname": "longest",
			"label": _("Longest Delay (Hours)"),
			"fieldtype": "Float",
			"precision": 1,
			"width": 170,
		},
		{"fieldname": "key", "label": _("Key"), "fieldtype": "Data", "hidden": 1},
	]


def get_chart(rows: list[dict]) -> dict | None:
	"""Timeliness of the first groups; nothing for an empty report."""
	if not rows:
		return None
	shown = rows[:15]
	return {
		"data": {
			"labels": [row["label"] for row in shown],
			"datasets": [
				{"name": _("Timeliness of Logging"), "values": [row["timeliness"] for row in shown]}
			],
		},
		"type": "bar",
		"colors": ["green"],
		"fieldtype": "Percent",
	}


def get_summary(rows: list[dict]) -> list[dict]:
	"""The same share over all rows."""
	if not rows:
		return []
	logged, in_time = sum(row["logged"] for row in rows), sum(row["in_time"] for row in rows)
	share = timeliness(in_time, logged)
	return [
		{
			"label": _("Timeliness of Logging"),
			"value": share,
			"datatype": "Percent",
			"indicator": "Green" if share >= 80 else "Orange",
		},
		{"label": _("Interactions"), "value": logged, "datatype": "Int"},
		{
			"label": _("Later", context="SPM Interaction"),
			"value": logged - in_time,
			"datatype": "Int",
			"indicator": "Red",
		},
	]
