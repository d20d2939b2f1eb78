"""Utilisation: billable hours of the available ones (calendar less leave), as worked and as planned."""

from collections import defaultdict
from datetime import date

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Sum
from frappe.utils import flt
from pypika import Case

from sales_crm_pm.insight import capacity as insight
from sales_crm_pm.loop import capacity
from sales_crm_pm.permissions.query import readable_rows
from sales_crm_pm.rules.capacity import load, utilisation
from sales_crm_pm.sales_crm_pm.report.spm_allocations.spm_allocations import period


def execute(filters: dict | None = None) -> tuple:
	"""Build the report over the people the current user plans or is.

	Worked hours are those of approved timesheets; planned ones come from allocations, tentative ones by
	their probability.

	Args:
		filters: `from_date`, `to_date` (this month by default), `project_role`, `user`.

	Returns:
		columns, one row per person, message, chart, summary.
	"""
	filters = frappe._dict(filters or {})
	start, end = period(filters)
	rows = get_data(filters, start, end)
	return get_columns(), rows, None, get_chart(rows), get_summary(rows)


def get_columns() -> list[dict]:
	hours = {"fieldtype": "Float", "precision": 1, "width": 130}
	share = {"fieldtype": "Percent", "precision": 0, "width": 130}
	return [
		{"fieldname": "person", "label": _("Person"), "fieldtype": "Data", "width": 190},
		{"fieldname": "role", "label": _("Main Role"), "fieldtype": "Data", "width": 160},
		{"fieldname": "available", "label": _("Available (h)"), **hours},
		{"fieldname": "worked", "label": _("Worked (h)"), **hours},
		{"fieldname": "billable", "label": _("Billable (h)"), **hours},
		{"fieldname": "utilisation", "label": _("Utilisation"), **share},
		{"fieldname": "planned", "label": _("Planned (h)"), **hours},
		{"fieldname": "planned_billable", "label": _("Planned Billable (h)"), **hours},
		{"fieldname": "planned_utilisation", "label": _("Planned Utilisation"), **share},
		{"fieldname": "target", "label": _("Target"), **share},
	]


def get_data(filters: frappe._dict, start: date, end: date) -> list[frappe._dict]:
	"""One row per person; the same number of statements for any number of people."""
	booked = defaultdict(list)
	rows = insight.bookings(start, end)
	for row in rows:
		if row.user:
			booked[row.user].append(capacity.booking_of(row))
	people = insight.planned_people(insight.Choice(role=filters.project_role or None), rows)
	people = [person for person in people if not filters.user or person.user == filters.user]
	workers = capacity.workers([person.user for person in people], start, end)
	worked = get_worked([person.user for person in people], start, end)
	found = []
	for person in people:
		plan = load(workers[person.user], booked[person.user], start, end)
		hours, billable = worked.get(person.user, (0.0, 0.0))
		found.append(
			frappe._dict(
				user=person.user,
				person=person.name,
				role=_(person.project_role) if person.project_role else "",
				available=flt(plan.available, 1),
				worked=flt(hours, 1),
				billable=flt(billable, 1),
				utilisation=_rounded(utilisation(billable, plan.available)),
				planned=flt(plan.booked, 1),
				planned_billable=flt(plan.billable, 1),
				planned_utilisation=_rounded(utilisation(plan.billable, plan.available)),
				target=flt(person.target_utilisation),
			)
		)
		for field in ("utilisation", "planned_utilisation"):
			found[-1][f"{field}_color"] = color_of(found[-1][field])
	return sorted(
		found, key=lambda row: (-(row.utilisation or 0), -(row.planned_utilisation or 0), row.person)
	)


def get_worked(users: list[str], start: date, end: date) -> dict[str, tuple[float, float]]:
	"""Hours and billable hours of approved timesheets the reader may see, by person; one statement."""
	sheets, lines = DocType("SPM Timesheet"), DocType("SPM Timesheet Line")
	query = (
		frappe.qb.from_(lines)
		.inner_join(sheets)
		.on((sheets.name == lines.parent) & (lines.parenttype == "SPM Timesheet"))
		.select(
			sheets.user,
			Sum(lines.hours),
			Sum(Case().when(lines.billable == 1, lines.hours).else_(0)),
		)
		.where(sheets.user.isin(users or [""]))
		.where((lines.work_date >= start) & (lines.work_date <= end))
		.where(lines.status == "Approved")
		.groupby(sheets.user)
	)
	visible = readable_rows("SPM Timesheet")
	if visible is not None:
		query = query.where(visible)
	return {user: (flt(hours), flt(billable)) for user, hours, billable in query.run()}


def color_of(share: float | None) -> str:
	"""Colour of a utilisation by the limits of the settings: too little, healthy, too much."""
	if share is None:
		return ""
	settings = frappe.get_cached_doc("SPM Settings")
	if share > 100:
		return "danger"
	if share < flt(settings.get("utilisation_low")) or share > flt(settings.get("utilisation_high")):
		return "warning"
	return "success"


def _rounded(share: float | None) -> float | None:
	return None if share is None else flt(share, 1)


def get_chart(rows: list[frappe._dict]) -> dict | None:
	shown = [row for row in rows if row.available][:20]
	if not shown:
		return None
	return {
		"data": {
			"labels": [row.person for row in shown],
			"datasets": [
				{"name": _("Utilisation"), "values": [row.utilisation or 0 for row in shown]},
				{"name": _("Planned Utilisation"), "values": [row.planned_utilisation or 0 for row in shown]},
			],
		},
		"type": "bar",
	}


def get_summary(rows: list[frappe._dict]) -> list[dict]:
	available = sum(row.available for row in rows)
	return [
		{"label": _("Available (h)"), "value": flt(available, 1), "datatype": "Float"},
		{
			"label": _("Utilisation"),
			"value": _rounded(utilisation(sum(row.billable for row in rows), available)),
			"datatype": "Percent",
		},
		{
			"label": _("Planned Utilisation"),
			"value": _rounded(utilisation(sum(row.planned_billable for row in rows), available)),
			"datatype": "Percent",
		},
	]
