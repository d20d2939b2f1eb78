"""Endpoints of the sales forecast."""

from typing import Any

import frappe
from frappe.utils import get_first_day, get_last_day, getdate

from sales_crm_pm.insight import forecast as view
from sales_crm_pm.loop import forecast


@frappe.whitelist(methods=["GET"])
def summary(
	from_date: str | None = None,
	to_date: str | None = None,
	group_by: str = "Month",
	pipeline: str | None = None,
	opportunity_owner: str | None = None,
	team: str | None = None,
	snapshot: str | None = None,
) -> dict[str, Any]:
	"""Forecast of the deals the user may see, in whole months and base currency.

	:param from_date: a day of the first month; this month when not given
	:param to_date: a day of the last month; the first month when not given
	:param group_by: Month, Salesperson, Team, Team Manager, Pipeline or Forecast Category
	:param snapshot: also give the forecast as it was at that snapshot
	:return: currency, from_date, to_date, group_by, snapshot, rows and total
	"""
	frappe.has_permission("SPM Opportunity", "read", throw=True)
	if snapshot:
		frappe.has_permission("SPM Forecast Snapshot", "read", throw=True)
	start = getdate(get_first_day(from_date or getdate()))
	end = getdate(get_last_day(to_date or start))
	return view.summary(view.Question(start, end, group_by, pipeline, opportunity_owner, team, snapshot))


@frappe.whitelist(methods=["POST"])
def take_snapshot(note: str | None = None) -> dict[str, Any]:
	"""Remember all open deals as they stand now; once a day.

	:param note: what this moment was
	:return: snapshot and created (false when today has one already)
	"""
	frappe.has_permission("SPM Forecast Snapshot", "write", throw=True)
	snapshot, created = forecast.take_snapshot("By Hand", note)
	return {"snapshot": snapshot, "created": created}
