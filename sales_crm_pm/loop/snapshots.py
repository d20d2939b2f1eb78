"""How projects stood on days gone by: copied while it is true, never computed again from today's data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.custom import ConstantColumn
from frappe.query_builder.functions import Concat
from frappe.utils import getdate, now_datetime

from sales_crm_pm.loop.figures import ACTIVE
from sales_crm_pm.loop.forecast import period_begin

SNAPSHOT = "SPM Progress Snapshot"
COPIED = (
	"status",
	"percent_complete",
	"percent_planned",
	"spi",
	"health",
	"forecast_end_date",
	"base_currency",
	"budget_cost",
	"planned_value",
	"earned_value",
	"actual_cost",
	"estimate_at_completion",
	"cpi",
	"forecast_margin",
)


def take(projects: Iterable[str], reason: str = "By Hand") -> None:
	"""Remember how projects stand now, in two statements; a later one of the same day replaces the first.

	:param reason: "Scheduled", "Status Change" or "By Hand"
	"""
	names = sorted({name for name in projects if name})
	if not names:
		return
	today, now = getdate(), now_datetime()
	frappe.db.delete(SNAPSHOT, {"project": ["in", names], "taken_on": today})
	snapshot, project = DocType(SNAPSHOT), DocType("SPM Project")
	constants: dict[str, Any] = {
		"creation": now,
		"modified": now,
		"owner": frappe.session.user,
		"modified_by": frappe.session.user,
		"docstatus": 0,
		"idx": 0,
		"taken_on": today,
		"reason": reason,
	}
	(
		frappe.qb.into(snapshot)
		.columns("name", *constants, "project", *COPIED)
		.from_(project)
		.select(
			Concat(project.name, f"-{today:%y%m%d}"),
			*(ConstantColumn(value) for value in constants.values()),
			project.name,
			*(project[fieldname] for fieldname in COPIED),
		)
		.where(project.name.isin(names))
		.run()
	)


def take_due() -> int:
	"""Daily job: remember the running projects that have no scheduled snapshot in this week or month yet.

	Returns how many were taken.
	"""
	every = frappe.get_cached_doc("SPM Settings").progress_snapshot_every or "Week"
	begin = period_begin(every, getdate())
	snapshot, project = DocType(SNAPSHOT), DocType("SPM Project")
	taken = (
		frappe.qb.from_(snapshot)
		.select(snapshot.project)
		.where((snapshot.taken_on >= begin) & (snapshot.reason == "Scheduled"))
	)
	names = (
		frappe.qb.from_(project)
		.select(project.name)
		.where(project.status.isin(ACTIVE) & project.name.notin(taken))
		.run(pluck=True)
	)
	take(names, "Scheduled")
	return len(names)


def forget(project: str) -> None:
	"""Delete what is remembered of a project that is deleted itself."""
	frappe.db.delete(SNAPSHOT, {"project": project})
