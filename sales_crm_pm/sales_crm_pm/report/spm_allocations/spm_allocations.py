"""Who is booked for what: hours of each allocation inside a period, singly or added up."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import flt, getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.insight import capacity as insight
from sales_crm_pm.insight.names import people
from sales_crm_pm.loop import allocation, capacity
from sales_crm_pm.rules.capacity import total_hours, weighted

MOST_DAYS = 2 * 366
SUMMED = ("confirmed", "tentative", "weighted", "billable_hours")


def execute(filters: dict | None = None) -> tuple:
	"""Build the report over the allocations the current user may see.

	Args:
		filters: `from_date`, `to_date` (this month by default), `group_by` (user, project_role, target or
			nothing), `user`, `project_role`, `project`, `opportunity`, `status`.

	Returns:
		columns, rows, message, chart, summary.
	"""
	filters = frappe._dict(filters or {})
	start, end = period(filters)
	rows = get_data(filters, start, end)
	if filters.group_by:
		rows = grouped(rows, filters.group_by)
	return get_columns(filters), rows, None, None, get_summary(rows)


def period(filters: frappe._dict) -> tuple[date, date]:
	"""First and last day of the period; this month when nothing is given."""
	start = getdate(filters.from_date) if filters.from_date else getdate().replace(day=1)
	end = getdate(filters.to_date or frappe.utils.get_last_day(start))
	if start > end:
		frappe.throw(_("The period ends before it starts. Correct one of the two dates."), exc=SPMError)
	if (end - start).days > MOST_DAYS:
		frappe.throw(_("Choose a period of at most two years."), exc=SPMError)
	return start, end


def get_columns(filters: frappe._dict) -> list[dict]:
	hours = {"fieldtype": "Float", "precision": 1, "width": 120}
	what = {
		"user": [{"fieldname": "person", "label": _("Person"), "fieldtype": "Data", "width": 190}],
		"project_role": [{"fieldname": "role", "label": _("Role"), "fieldtype": "Data", "width": 190}],
		"target": [
			{"fieldname": "target_title", "label": _("Project or Deal"), "fieldtype": "Data", "width": 240}
		],
	}
	figures = [
		{"fieldname": "confirmed", "label": _("Confirmed (h)"), **hours},
		{"fieldname": "tentative", "label": _("Tentative (h)"), **hours},
		{"fieldname": "weighted", "label": _("Weighted (h)"), **hours},
		{"fieldname": "billable_hours", "label": _("Billable (h)"), **hours},
	]
	if filters.group_by in what:
		count = {"fieldname": "count", "label": _("Allocations"), "fieldtype": "Int", "width": 110}
		return [*what[filters.group_by], count, *figures]
	return [
		*what["user"],
		*what["project_role"],
		*what["target"],
		{"fieldname": "status_label", "label": _("Status"), "fieldtype": "Data", "width": 100},
		{"fieldname": "from_date", "label": _("From"), "fieldtype": "Date", "width": 105},
		{"fieldname": "to_date", "label": _("Until"), "fieldtype": "Date", "width": 105},
		{"fieldname": "percent", "label": _("Share of the Day"), "fieldtype": "Percent", "width": 110},
		{"fieldname": "probability", "label": _("Probability"), "fieldtype": "Percent", "width": 100},
		*figures,
		{
			"fieldname": "name",
			"label": _("SPM Allocation"),
			"fieldtype": "Link",
			"options": "SPM Allocation",
			"width": 150,
		},
	]


def get_data(filters: frappe._dict, start: date, end: date) -> list[frappe._dict]:
	"""One row per allocation with its hours inside the period; six statements."""
	wanted = ("user", "project_role", "project", "opportunity", "status")
	rows = [
		row
		for row in insight.bookings(start, end)
		if all(not filters.get(field) or row[field] == filters[field] for field in wanted)
	]
	workers = capacity.workers([row.user for row in rows], start, end)
	unknown = capacity.site_worker()
	names, titles = people(row.user for row in rows), allocation.target_titles(rows)
	for row in rows:
		booking = capacity.booking_of(row)
		hours = total_hours(booking, workers.get(row.user, unknown), start, end)
		likely = weighted(hours, row.probability) if booking.tentative else hours
		row.update(
			person=names.get(row.user) or _("Nobody named yet"),
			role=_(row.project_role) if row.project_role else "",
			target=row.project or row.opportunity,
			target_title=titles.get(row.project or row.opportunity, ""),
			status_label=_(row.status, context="SPM Allocation"),
			confirmed=0 if booking.tentative else flt(hours, 2),
			tentative=flt(hours, 2) if booking.tentative else 0,
			weighted=flt(likely, 2) if booking.tentative else 0,
			billable_hours=flt(likely, 2) if booking.billable else 0,
		)
	return sorted(rows, key=lambda row: (row.person, row.from_date, row.name))


def grouped(rows: list[frappe._dict], key: str) -> list[frappe._dict]:
	"""The rows added up by person, role, or project and deal."""
	found: dict[str, frappe._dict] = {}
	for row in rows:
		own = found.setdefault(
			row.get(key) or "",
			frappe._dict(
				person=row.person,
				role=row.role or _("Without a role"),
				target_title=row.target_title,
				count=0,
				**dict.fromkeys(SUMMED, 0.0),
			),
		)
		own.count += 1
		for field in SUMMED:
			own[field] = flt(own[field] + row[field], 2)
	return sorted(found.values(), key=lambda row: -(row.confirmed + row.weighted))


def get_summary(rows: list[frappe._dict]) -> list[dict]:
	labels = {
		"confirmed": _("Confirmed (h)"),
		"tentative": _("Tentative (h)"),
		"weighted": _("Weighted (h)"),
	}
	return [
		{"label": label, "value": flt(sum(row[field] for row in rows), 1), "datatype": "Float"}
		for field, label in labels.items()
	]
