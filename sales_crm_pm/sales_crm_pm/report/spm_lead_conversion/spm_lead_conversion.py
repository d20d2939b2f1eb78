"""From lead to deal to win, by source, campaign, owner and more: a cohort of leads by the day they came.

Each lead counts once; its deal counts with the lead, whenever it was won. Junk counts as a lead: what a source
costs is told by all that it brings.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.utils import add_days, flt, getdate

from sales_crm_pm.loop.money import base_currency

GROUPS = {
	"Source": "source",
	"Campaign": "campaign",
	"Owner": "lead_owner",
	"Territory": "territory",
	"Industry": "industry",
	"UTM Source": "utm_source",
	"Month": "month",
}
FILTERS = ("source", "campaign", "lead_owner", "territory")
BATCH = 2000
CHART_BARS = 12


@dataclass
class Line:
	"""One group of leads and what became of them."""

	key: str
	label: str
	leads: int = 0
	qualified: int = 0
	deals: int = 0
	won: int = 0
	won_value: float = 0.0
	days: list[int] = field(default_factory=list)

	def as_row(self, currency: str) -> dict:
		"""The row of the report; shares are of the leads of this group."""
		return {
			"key": self.key,
			"label": self.label,
			"leads": self.leads,
			"qualified": self.qualified,
			"deals": self.deals,
			"deal_rate": share(self.deals, self.leads),
			"won": self.won,
			"won_rate": share(self.won, self.leads),
			"win_rate": share(self.won, self.deals),
			"won_value": flt(self.won_value, 2),
			"days": round(sum(self.days) / len(self.days), 1) if self.days else None,
			"currency": currency,
		}


def share(part: int, whole: int) -> float | None:
	"""Percent, or None of nothing: 0 % would be a verdict."""
	return round(100 * part / whole, 4) if whole else None


def execute(filters: dict | None = None):
	"""The report's columns, rows, message, chart and summary.

	:param filters: group_by, from_date, to_date (arrival of the lead), source, campaign, lead_owner, territory
	"""
	filters = frappe._dict(filters or {})
	validate_filters(filters)
	currency = base_currency()
	leads = get_leads(filters)
	lines = get_lines(leads, get_deals(leads), filters.group_by)
	rows = [line.as_row(currency) for line in lines]
	return get_columns(filters.group_by), rows, None, get_chart(rows), get_summary(lines, currency)


def validate_filters(filters):
	"""Set the default grouping and refuse periods that end before they begin."""
	filters.group_by = filters.group_by or "Source"
	if filters.group_by not in GROUPS:
		frappe.throw(_("Leads cannot be grouped by {0}.").format(filters.group_by))
	if filters.from_date and filters.to_date and getdate(filters.from_date) > getdate(filters.to_date):
		frappe.throw(_("The first day of the period lies after its last day."))


def get_leads(filters) -> list:
	"""Leads of the period that the user may see: get_list applies all permission rules."""
	conditions = []
	if filters.from_date:
		conditions.append(["creation", ">=", getdate(filters.from_date)])
	if filters.to_date:
		conditions.append(["creation", "<", add_days(getdate(filters.to_date), 1)])
	conditions += [[name, "=", filters[name]] for name in FILTERS if filters.get(name)]
	return frappe.get_list(
		"SPM Lead",
		filters=conditions,
		fields=[
			"name",
			"creation",
			"status",
			"source",
			"campaign",
			"lead_owner",
			"territory",
			"industry",
			"utm_source",
			"opportunity",
			"converted_on",
		],
		order_by="name",
		limit_page_length=0,
	)


def get_deals(leads: list) -> dict:
	"""Status and value of the leads' deals, as far as the user may see them; hidden ones count as deals only."""
	if not frappe.has_permission("SPM Opportunity", "read"):
		return {}
	names = [lead.opportunity for lead in leads if lead.opportunity]
	found = {}
	for start in range(0, len(names), BATCH):
		rows = frappe.get_list(
			"SPM Opportunity",
			filters={"name": ["in", names[start : start + BATCH]]},
			fields=["name", "status", "amount_base"],
			limit_page_length=0,
		)
		found |= {row.name: row for row in rows}
	return found


def get_lines(leads: list, deals: dict, group_by: str) -> list[Line]:
	"""Leads put into groups, the largest first; months in the order of time."""
	labels = _labels(leads, group_by)
	lines: dict[str, Line] = {}
	for lead in leads:
		key = key_of(lead, group_by)
		line = lines.setdefault(key, Line(key, labels(key)))
		line.leads += 1
		line.qualified += lead.status in ("Qualified", "Converted")
		if not lead.opportunity:
			continue
		line.deals += 1
		if lead.converted_on:
			line.days.append((getdate(lead.converted_on) - getdate(lead.creation)).days)
		deal = deals.get(lead.opportunity)
		if deal and deal.status == "Won":
			line.won += 1
			line.won_value += flt(deal.amount_base)
	if group_by == "Month":
		return [lines[key] for key in sorted(lines)]
	return sorted(lines.values(), key=lambda line: (-line.leads, line.label))


def key_of(lead, group_by: str) -> str:
	"""The group a lead belongs to, "" when it says nothing about it."""
	if group_by == "Month":
		return f"{getdate(lead.creation):%Y-%m}"
	return lead.get(GROUPS[group_by]) or ""


def deals_behind(filters, key: str, won: bool) -> list[str]:
	"""Names of the deals that a number of the report counts, as far as the user may see them.

	:param filters: as for `execute`
	:param key: the group
	:param won: only those that were won
	"""
	filters = frappe._dict(filters)
	validate_filters(filters)
	leads = [lead for lead in get_leads(filters) if key_of(lead, filters.group_by) == key]
	return [name for name, deal in get_deals(leads).items() if not won or deal.status == "Won"]


def _labels(leads: list, group_by: str):
	none = _("In the public pool") if group_by == "Owner" else _("Not stated")
	names: dict[str, str] = defaultdict(str)
	if group_by == "Owner":
		people = {lead.lead_owner for lead in leads if lead.lead_owner}
		rows = frappe.get_all("User", filters={"name": ["in", list(people)]}, fields=["name", "full_name"])
		names.update({row.name: row.full_name for row in rows})
		return lambda key: (names[key] or key) if key else none
	if group_by in ("Month", "Campaign", "UTM Source"):
		return lambda key: key or none
	return lambda key: _(key) if key else none


def get_columns(group_by: str) -> list[dict]:
	"""Columns, the first one named after the grouping."""
	number = {"fieldtype": "Int", "width": 100}
	percent = {"fieldtype": "Percent", "precision": 1, "width": 130}
	return [
		{"fieldname": "label", "label": _(group_by), "fieldtype": "Data", "width": 220},
		{"fieldname": "leads", "label": _("Leads"), **number},
		{"fieldname": "qualified", "label": _("Qualified"), **number},
		{"fieldname": "deals", "label": _("Deals"), **number},
		{"fieldname": "deal_rate", "label": _("Lead to Deal"), **percent},
		{"fieldname": "won", "label": _("Won"), **number},
		{"fieldname": "won_rate", "label": _("Lead to Win"), **percent},
		{"fieldname": "win_rate", "label": _("Deal to Win"), **percent},
		{
			"fieldname": "won_value",
			"label": _("Won Value"),
			"fieldtype": "Currency",
			"options": "currency",
			"width": 150,
		},
		{"fieldname": "days", "label": _("Days to Deal"), "fieldtype": "Float", "precision": 1, "width": 120},
		{
			"fieldname": "currency",
			"label": _("Currency"),
			"fieldtype": "Link",
			"options": "Currency",
			"hidden": 1,
		},
		{"fieldname": "key", "label": _("Key"), "fieldtype": "Data", "hidden": 1},
	]


def get_chart(rows: list[dict]) -> dict | None:
	"""Leads, deals and wins of the largest groups; nothing for an empty report."""
	if not rows:
		return None
	shown = rows[:CHART_BARS]
	return {
		"data": {
			"labels": [row["label"] for row in shown],
			"datasets": [
				{"name": _("Leads"), "values": [row["leads"] for row in shown]},
				{"name": _("Deals"), "values": [row["deals"] for row in shown]},
				{"name": _("Won"), "values": [row["won"] for row in shown]},
			],
		},
		"type": "bar",
		"colors": ["blue", "orange", "green"],
	}


def get_summary(lines: list[Line], currency: str) -> list[dict]:
	"""Totals over all groups; every lead stands in exactly one."""
	if not lines:
		return []
	total = Line("", "")
	for line in lines:
		total.leads += line.leads
		total.deals += line.deals
		total.won += line.won
		total.won_value += line.won_value
	row = total.as_row(currency)
	return [
		{"label": _("Leads"), "value": total.leads, "datatype": "Int"},
		{"label": _("Deals"), "value": total.deals, "datatype": "Int"},
		{"label": _("Lead to Deal"), "value": row["deal_rate"], "datatype": "Percent", "indicator": "Blue"},
		{"label": _("Won"), "value": total.won, "datatype": "Int", "indicator": "Green"},
		{"label": _("Lead to Win"), "value": row["won_rate"], "datatype": "Percent", "indicator": "Green"},
		{
			"label": _("Won Value"),
			"value": row["won_value"],
			"datatype": "Currency",
			"currency": currency,
			"indicator": "Green",
		},
	]
