"""Hours by person, project, activity or month: what was worked, billed, and, for who may know it, what it cost."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import CustomFunction, DocType
from frappe.query_builder.functions import Sum
from frappe.utils import add_months, cint, flt, get_first_day, getdate
from pypika import Case

from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.rules import PROJECT, TIMESHEET, TIMESHEET_LINE
from sales_crm_pm.permissions.timesheets import readable_lines

DateFormat = CustomFunction("DATE_FORMAT", ["date", "format"])
GROUPS = ("Person", "Project", "Activity", "Month")
MONTHS = 3


def execute(filters: dict | None = None) -> tuple:
	"""Build the report from the lines the current user may read, with one statement.

	Args:
		filters: `group_by` (Person, Project, Activity, Month) and `then_by`, `from_date` (default: the first day
			of the month two months ago), `to_date`, `project`, `user`, `activity_type`, `status`, `billable`.

	Returns:
		columns, rows, no message, a chart of hours.
	"""
	filters = frappe._dict(filters or {})
	groups = list(dict.fromkeys(g for g in (filters.group_by or "Person", filters.then_by) if g in GROUPS))
	may_see_cost = _may_see_cost()
	rows = get_data(filters, groups, may_see_cost)
	return get_columns(groups, may_see_cost), rows, None, _chart(rows, groups)


def get_data(filters: frappe._dict, groups: list[str], may_see_cost: bool) -> list[frappe._dict]:
	line, sheet, project = DocType(TIMESHEET_LINE), DocType(TIMESHEET), DocType(PROJECT)
	columns = {
		"Person": [sheet.user, sheet.person_name],
		"Project": [line.project, project.project_name],
		"Activity": [line.activity_type],
		"Month": [DateFormat(line.work_date, "%Y-%m").as_("month")],
	}
	chosen = [column for group in groups for column in columns[group]]
	approved = Case().when(line.status == "Approved", line.hours).else_(0)
	query = (
		frappe.qb.from_(line)
		.inner_join(sheet)
		.on((sheet.name == line.parent) & (line.parenttype == TIMESHEET))
		.left_join(project)
		.on(project.name == line.project)
		.select(
			*chosen,
			Sum(line.hours).as_("hours"),
			Sum(approved).as_("approved"),
			Sum(Case().when(line.billable == 1, line.hours).else_(0)).as_("billable"),
		)
		.where(line.work_date >= getdate(filters.from_date or _default_from()))
	)
	if may_see_cost:
		query = query.select(Sum(line.cost_amount).as_("cost"), Sum(line.billing_amount).as_("to_bill"))
	query = query.groupby(*[column if column.alias is None else line_month(line) for column in chosen])
	for column in chosen:
		query = query.orderby(column if column.alias is None else line_month(line))
	if filters.to_date:
		query = query.where(line.work_date <= getdate(filters.to_date))
	for fieldname in ("project", "activity_type", "status"):
		if filters.get(fieldname):
			query = query.where(line[fieldname] == filters[fieldname])
	if filters.user:
		query = query.where(sheet.user == filters.user)
	if cint(filters.billable):
		query = query.where(line.billable == 1)
	if (seen := readable_lines(line)) is not None:
		query = query.where(seen)
	currency = base_currency()
	rows = query.run(as_dict=True)
	for row in rows:
		row.currency = currency
		row.billable_share = flt(100 * flt(row.billable) / flt(row.hours), 1) if flt(row.hours) else 0
		if "activity_type" in row:
			row.activity = _(row.activity_type) if row.activity_type else _("No Activity")
		if "project" in row:
			row.project_name = row.project_name or _("Without a project")
	return rows


def line_month(line: Any) -> Any:
	return DateFormat(line.work_date, "%Y-%m")


def get_columns(groups: list[str], may_see_cost: bool) -> list[dict[str, Any]]:
	named = {
		"Person": [
			{"fieldname": "person_name", "label": _("Person"), "fieldtype": "Data", "width": 180},
			{"fieldname": "user", "label": _("User"), "fieldtype": "Link", "options": "User", "hidden": 1},
		],
		"Project": [
			{"fieldname": "project_name", "label": _("Sales Project"), "fieldtype": "Data", "width": 240},
			{
				"fieldname": "project",
				"label": _("Sales Project"),
				"fieldtype": "Link",
				"options": PROJECT,
				"hidden": 1,
			},
		],
		"Activity": [
			{"fieldname": "activity", "label": _("Activity"), "fieldtype": "Data", "width": 180},
		],
		"Month": [{"fieldname": "month", "label": _("Month"), "fieldtype": "Data", "width": 100}],
	}

	def hours(fieldname: str, label: str) -> dict[str, Any]:
		return {
			"fieldname": fieldname,
			"label": label,
			"fieldtype": "Float",
			"precision": 2,
			"width": 130,
		}

	def money(fieldname: str, label: str) -> dict[str, Any]:
		return {
			"fieldname": fieldname,
			"label": label,
			"fieldtype": "Currency",
			"options": "currency",
			"width": 130,
		}

	found = [column for group in groups for column in named[group]]
	found += [
		hours("hours", _("Hours")),
		hours("approved", _("Approved Hours")),
		hours("billable", _("Billable Hours")),
		{
			"fieldname": "billable_share",
			"label": _("Billable Share"),
			"fieldtype": "Percent",
			"width": 120,
			"disable_total": 1,
		},
	]
	if may_see_cost:
		found += [
			money("cost", _("Labour Cost")),
			money("to_bill", _("To Bill")),
			{
				"fieldname": "currency",
				"label": _("Currency"),
				"fieldtype": "Link",
				"options": "Currency",
				"hidden": 1,
			},
		]
	return found


def _may_see_cost() -> bool:
	return 1 in frappe.get_meta(TIMESHEET).get_permlevel_access("read")


def _default_from() -> Any:
	return get_first_day(add_months(getdate(), 1 - MONTHS))


def _chart(rows: list[frappe._dict], groups: list[str]) -> dict[str, Any] | None:
	"""Hours by the first grouping; nothing when there is nothing to compare."""
	key = {"Person": "person_name", "Project": "project_name", "Activity": "activity", "Month": "month"}[
		groups[0]
	]
	sums: dict[str, list[float]] = {}
	for row in rows:
		both = sums.setdefault(row.get(key) or "–", [0.0, 0.0])
		both[0] += flt(row.billable)
		both[1] += flt(row.hours) - flt(row.billable)
	if not sums:
		return None
	return {
		"data": {
			"labels": list(sums),
			"datasets": [
				{"name": _("Billable Hours"), "values": [flt(v[0], 2) for v in sums.values()]},
				{"name": _("Not Billable"), "values": [flt(v[1], 2) for v in sums.values()]},
			],
		},
		"type": "bar",
		"barOptions": {"stacked": 1},
		"height": 240,
	}
