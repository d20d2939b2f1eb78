"""Closed deals that somebody may see, for reports about what was won, how fast and by whom."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.query_builder import DocType

from sales_crm_pm.insight import deal_groups
from sales_crm_pm.permissions.query import readable_set

COLUMNS = (
	"name",
	"status",
	"amount_base",
	"closed_on",
	"sales_cycle_days",
	*(name for name in deal_groups.FIELDS if name != "status"),
)
FILTERS = ("pipeline", "customer", "opportunity_owner", "source", "import_run")


def closed_deals(filters: Any, statuses: tuple[str, ...] = ("Won", "Lost")) -> list[Any]:
	"""Deals that were closed in a period, in one statement.

	:param filters: from_date, to_date (closing date), team and any of FILTERS
	:param statuses: which kinds of closing
	:return: rows with COLUMNS
	"""
	t = DocType("SPM Opportunity")
	query = frappe.qb.from_(t).select(*(t[name] for name in COLUMNS)).where(t.status.isin(statuses))
	if filters.from_date:
		query = query.where(t.closed_on >= filters.from_date)
	if filters.to_date:
		query = query.where(t.closed_on <= filters.to_date)
	for fieldname in FILTERS:
		if filters.get(fieldname):
			query = query.where(t[fieldname] == filters[fieldname])
	if filters.team:
		query = query.where(deal_groups.team_condition(t, filters.team))
	seen = readable_set("SPM Opportunity")
	if seen is not None:
		query = query.where(seen)
	return query.run(as_dict=True)
