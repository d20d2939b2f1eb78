"""The Team tab of a project: members with what they are booked for, and the responsibility matrix."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import frappe
from frappe.utils import flt, getdate

from sales_crm_pm.insight import capacity as heat
from sales_crm_pm.insight.names import people
from sales_crm_pm.loop import raci
from sales_crm_pm.loop.capacity import CONFIRMED
from sales_crm_pm.permissions.query import readable_rows

PROJECT, ALLOCATION = "SPM Project", "SPM Allocation"


def overview(project: str) -> dict[str, Any]:
	"""Members, bookings and responsibilities of a project. The caller checks that the reader may see it."""
	doc = frappe.get_cached_doc(PROJECT, project)
	booked = defaultdict(
		lambda: {"confirmed": 0.0, "tentative": 0.0, "from_date": None, "to_date": None, "rows": 0}
	)
	may_see = frappe.has_permission(ALLOCATION, "read")
	for row in _bookings(project) if may_see else ():
		own = booked[row.user or f"role:{row.project_role or ''}"]
		own["confirmed" if row.status == CONFIRMED else "tentative"] += flt(row.total_hours)
		own["from_date"] = min(filter(None, (own["from_date"], getdate(row.from_date))))
		own["to_date"] = max(filter(None, (own["to_date"], getdate(row.to_date))))
		own["rows"] += 1
	matrix = raci.matrix(project)
	may_write = frappe.has_permission(PROJECT, "write", doc=doc)
	return {
		**matrix,
		"booked": booked,
		"open_demand": [
			{"role": key[5:], "label": frappe._(key[5:]), **own}
			for key, own in booked.items()
			if key.startswith("role:")
		],
		"left_open": left_open(project, {row.user for row in doc.team}) if may_write else [],
		"may_write": may_write,
		"may_book": may_write and frappe.has_permission(ALLOCATION, "create"),
		"sees_bookings": may_see,
		"sees_everybody": heat.sees_everybody(),
	}


def _bookings(project: str) -> list[frappe._dict]:
	table = frappe.qb.DocType(ALLOCATION)
	query = (
		frappe.qb.from_(table)
		.select(
			table.user, table.project_role, table.status, table.from_date, table.to_date, table.total_hours
		)
		.where(table.project == project)
		.orderby(table.from_date)
	)
	visible = readable_rows(ALLOCATION, seen=("project", PROJECT))
	if visible is not None:
		query = query.where(visible)
	return query.run(as_dict=True)


def left_open(project: str, team: set[str]) -> list[dict[str, Any]]:
	"""People outside the team who still have tasks or milestones of the project to do, with how many."""
	counted: dict[str, int] = defaultdict(int)
	for doctype, field, done in (
		("SPM Task", "assigned_to", ("Completed", "Cancelled")),
		("SPM Milestone", "milestone_owner", ("Accepted", "Cancelled")),
	):
		for row in frappe.get_all(
			doctype,
			filters={"project": project, "status": ["not in", done], field: ["is", "set"]},
			fields=[f"{field} as user"],
			limit_page_length=0,
		):
			if row.user not in team:
				counted[row.user] += 1
	names = people(counted)
	return [{"user": user, "name": names.get(user, user), "count": count} for user, count in counted.items()]
