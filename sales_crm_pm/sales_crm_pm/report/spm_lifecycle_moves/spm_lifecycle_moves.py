"""Moves of customers between lifecycle stages: who moved when, why and by what; or counted by a group."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_months, flt, format_date, get_first_day, getdate

from sales_crm_pm.sales_crm_pm.report.spm_customer_analytics.spm_customer_analytics import full_names

LOG = "SPM Lifecycle Log"
GROUPS = ("Each Move", "Way", "Event", "Person", "Month")
ORDER = ("Prospect", "Following", "Converted", "Maintained", "Dormant", "Lost")


def execute(filters: dict | None = None) -> tuple:
	"""Build the report for the moves of customers the current user may see.

	:param filters: from_date, to_date, group_by (one of GROUPS), to_stage, event, customer
	:return: columns, rows, message, chart
	"""
	filters = frappe._dict(filters or {})
	validate_filters(filters)
	moves = get_moves(filters)
	if filters.group_by == "Each Move":
		return get_list_columns(), get_list_rows(moves), None, get_chart(moves)
	return (
		get_group_columns(filters.group_by),
		get_group_rows(moves, filters.group_by),
		None,
		get_chart(moves),
	)


def validate_filters(filters: frappe._dict) -> None:
	"""Set the last three months when no period is given, and refuse one that ends before it begins."""
	filters.group_by = filters.group_by or "Each Move"
	if filters.group_by not in GROUPS:
		frappe.throw(_("Moves cannot be grouped by {0}.").format(filters.group_by))
	filters.to_date = getdate(filters.to_date)
	filters.from_date = getdate(filters.from_date or add_months(filters.to_date, -3))
	if filters.from_date > filters.to_date:
		frappe.throw(_("The first day of the period lies after its last day."))


def get_moves(filters: frappe._dict) -> list[Any]:
	"""Moves of the period, newest first; get_list shows those of customers the user may see."""
	conditions: list[list] = [["moved_on", "between", [filters.from_date, filters.to_date]]]
	for fieldname in ("to_stage", "event", "customer"):
		if filters.get(fieldname):
			conditions.append([fieldname, "=", filters[fieldname]])
	rows = frappe.get_list(
		LOG,
		filters=conditions,
		fields=[
			"customer",
			"from_stage",
			"to_stage",
			"days_in_stage",
			"event",
			"moved_on",
			"moved_by",
			"reason",
		],
		order_by="moved_on desc",
		limit_page_length=0,
	)
	names = dict(
		frappe.get_all(
			"SPM Customer",
			filters={"name": ["in", sorted({row.customer for row in rows}) or [""]]},
			fields=["name", "customer_name"],
			as_list=True,
			limit_page_length=0,
		)
	)
	people = full_names({row.moved_by for row in rows})
	for row in rows:
		row.person = people.get(row.moved_by, row.moved_by)
		row.customer_name = names.get(row.customer) or row.customer
	return rows


def _stage(stage: str | None) -> str:
	return _(stage, context=LOG) if stage else "–"


def get_list_columns() -> list[dict]:
	return [
		{"fieldname": "moved_on", "label": _("When"), "fieldtype": "Datetime", "width": 160},
		{"fieldname": "customer_name", "label": _("Customer"), "fieldtype": "Data", "width": 200},
		{"fieldname": "from_stage", "label": _("From", context=LOG), "fieldtype": "Data", "width": 110},
		{"fieldname": "to_stage", "label": _("To", context=LOG), "fieldtype": "Data", "width": 110},
		{
			"fieldname": "days_in_stage",
			"label": _("Days in the Stage Before"),
			"fieldtype": "Float",
			"precision": 1,
			"width": 120,
		},
		{"fieldname": "event", "label": _("Event", context=LOG), "fieldtype": "Data", "width": 110},
		{"fieldname": "person", "label": _("Who"), "fieldtype": "Data", "width": 150},
		{"fieldname": "reason", "label": _("Why"), "fieldtype": "Data", "width": 260},
		{
			"fieldname": "customer",
			"label": _("ID"),
			"fieldtype": "Link",
			"options": "SPM Customer",
			"width": 110,
		},
	]


def get_list_rows(moves: list[Any]) -> list[dict]:
	return [
		{
			**move,
			"from_stage": _stage(move.from_stage),
			"to_stage": _stage(move.to_stage),
			"event": _(move.event, context=LOG) if move.event else "",
		}
		for move in moves
	]


def get_group_columns(group_by: str) -> list[dict]:
	return [
		{"fieldname": "label", "label": _(group_by, context=LOG), "fieldtype": "Data", "width": 260},
		{"fieldname": "moves", "label": _("Moves"), "fieldtype": "Int", "width": 100},
		{"fieldname": "customers", "label": _("Customers"), "fieldtype": "Int", "width": 110},
		{
			"fieldname": "days",
			"label": _("Mean Days in the Stage Before"),
			"fieldtype": "Float",
			"precision": 1,
			"width": 200,
		},
	]


def get_group_rows(moves: list[Any], group_by: str) -> list[dict]:
	"""One row per group, the most frequent first; months in the order of time."""
	groups: dict[str, list[Any]] = defaultdict(list)
	for move in moves:
		groups[_key(move, group_by)].append(move)
	by_key = group_by == "Month"
	ordered = sorted(groups.items(), key=lambda item: item[0] if by_key else (-len(item[1]), item[0]))
	return [
		{
			"label": _label(rows[0], group_by),
			"moves": len(rows),
			"customers": len({row.customer for row in rows}),
			"days": flt(sum(flt(row.days_in_stage) for row in rows) / len(rows), 1),
		}
		for _name, rows in ordered
	]


def _key(move: Any, group_by: str) -> str:
	if group_by == "Way":
		return f"{move.from_stage}→{move.to_stage}"
	if group_by == "Month":
		return str(get_first_day(move.moved_on))
	return (move.moved_by if group_by == "Person" else move.event) or ""


def _label(move: Any, group_by: str) -> str:
	if group_by == "Way":
		return f"{_stage(move.from_stage)} → {_stage(move.to_stage)}"
	if group_by == "Month":
		return format_date(get_first_day(move.moved_on), "yyyy-MM")
	if group_by == "Person":
		return move.person or ""
	return _(move.event, context=LOG) if move.event else ""


def get_chart(moves: list[Any]) -> dict | None:
	"""How many customers came into each stage."""
	if not moves:
		return None
	counts = Counter(move.to_stage for move in moves)
	stages = [stage for stage in ORDER if counts[stage]]
	return {
		"data": {
			"labels": [_stage(stage) for stage in stages],
			"datasets": [{"name": _("Moves"), "values": [counts[stage] for stage in stages]}],
		},
		"type": "bar",
	}
