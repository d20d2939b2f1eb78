"""How soon leads heard from us: share within the target, mean and median, by owner, source, target or month.

Leads whose clock still runs are waiting, not late; those without a target are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import mean, median

import frappe
from frappe import _
from frappe.utils import add_days, getdate

GROUPS = {
	"Owner": "lead_owner",
	"Source": "source",
	"Response Target": "response_target",
	"Territory": "territory",
	"Month": "month",
}
FILTERS = ("response_target", "source", "lead_owner", "territory")
CHART_BARS = 12


@dataclass
class Line:
	"""One group of leads and how they were answered."""

	key: str
	label: str
	leads: int = 0
	in_time: int = 0
	late: int = 0
	waiting: int = 0
	minutes: list[int] = field(default_factory=list)

	def add(self, lead) -> None:
		"""Count a lead: its first answer decides, a missed one also while it is still missing."""
		self.leads += 1
		if lead.first_responded_on:
			self.minutes.append(lead.response_minutes or 0)
		if lead.response_missed_on or lead.sla_status == "Failed":
			self.late += 1
		elif lead.first_responded_on:
			self.in_time += 1
		else:
			self.waiting += 1

	def as_row(self) -> dict:
		"""The row of the report; the share is of those that are decided."""
		decided = self.in_time + self.late
		return {
			"key": self.key,
			"label": self.label,
			"leads": self.leads,
			"in_time": self.in_time,
			"late": self.late,
			"waiting": self.waiting,
			"rate": round(100 * self.in_time / decided, 4) if decided else None,
			"mean": round(mean(self.minutes), 1) if self.minutes else None,
			"median": median(self.minutes) if self.minutes else None,
			"longest": max(self.minutes, default=None),
		}


def execute(filters: dict | None = None):
	"""The report's columns, rows, message, chart and summary.

	:param filters: group_by, from_date, to_date (arrival), response_target, source, lead_owner, territory
	"""
	filters = frappe._dict(filters or {})
	filters.group_by = filters.group_by or "Owner"
	if filters.group_by not in GROUPS:
		frappe.throw(_("Leads cannot be grouped by {0}.").format(filters.group_by))
	if filters.from_date and filters.to_date and getdate(filters.from_date) > getdate(filters.to_date):
		frappe.throw(_("The first day of the period lies after its last day."))
	leads = get_leads(filters)
	rows = [line.as_row() for line in get_lines(leads, filters.group_by)]
	return get_columns(filters.group_by), rows, None, get_chart(rows), get_summary(leads)


def get_leads(filters) -> list:
	"""Leads with a target that the user may see: get_list applies all permission rules."""
	conditions = [["response_target", "is", "set"]]
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
			"lead_owner",
			"source",
			"territory",
			"response_target",
			"sla_status",
			"first_responded_on",
			"response_minutes",
			"response_missed_on",
		],
		order_by="name",
		limit_page_length=0,
	)


def get_lines(leads: list, group_by: str) -> list[Line]:
	"""Leads put into groups, the largest first; months in the order of time."""
	people = {}
	if group_by == "Owner":
		names = list({lead.lead_owner for lead in leads if lead.lead_owner})
		rows = frappe.get_all("User", filters={"name": ["in", names]}, fields=["name", "full_name"])
		people = {row.name: row.full_name for row in rows}
	none = _("In the public pool") if group_by == "Owner" else _("Not stated")
	lines: dict[str, Line] = {}
	for lead in leads:
		key = f"{getdate(lead.creation):%Y-%m}" if group_by == "Month" else lead.get(GROUPS[group_by]) or ""
		label = (people.get(key) or _(key)) if key else none
		lines.setdefault(key, Line(key, label)).add(lead)
	if group_by == "Month":
		return [lines[key] for key in sorted(lines)]
	return sorted(lines.values(), key=lambda line: (-line.leads, line.label))


def get_columns(group_by: str) -> list[dict]:
	"""Columns, the first one named after the grouping."""
	number = {"fieldtype": "Int", "width": 100}
	minutes = {"fieldtype": "Float", "precision": 1, "width": 140}
	return [
		{"fieldname": "label", "label": _(group_by), "fieldtype": "Data", "width": 220},
		{"fieldname": "leads", "label": _("Leads"), **number},
		{"fieldname": "in_time", "label": _("In Time"), **number},
		{"fieldname": "late", "label": _("Too Late"), **number},
		{"fieldname": "waiting", "label": _("Waiting"), **number},
		{
			"fieldname": "rate",
			"label": _("Within the Target"),
			"fieldtype": "Percent",
			"precision": 1,
			"width": 140,
		},
		{"fieldname": "mean", "label": _("Mean Minutes"), **minutes},
		{"fieldname": "median", "label": _("Median Minutes"), **minutes},
		{"fieldname": "longest", "label": _("Longest Minutes"), **minutes},
		{"fieldname": "key", "label": _("Key"), "fieldtype": "Data", "hidden": 1},
	]


def get_chart(rows: list[dict]) -> dict | None:
	"""In time, too late and waiting of the largest groups; nothing for an empty report."""
	if not rows:
		return None
	shown = rows[:CHART_BARS]
	return {
		"data": {
			"labels": [row["label"] for row in shown],
			"datasets": [
				{"name": _("In Time"), "values": [row["in_time"] for row in shown]},
				{"name": _("Too Late"), "values": [row["late"] for row in shown]},
				{"name": _("Waiting"), "values": [row["waiting"] for row in shown]},
			],
		},
		"type": "bar",
		"colors": ["green", "red", "#b8c0cc"],
		"barOptions": {"stacked": 1},
	}


def get_summary(leads: list) -> list[dict]:
	"""The same figures over all leads."""
	if not leads:
		return []
	total = Line("", "")
	for lead in leads:
		total.add(lead)
	row = total.as_row()
	return [
		{"label": _("Within the Target"), "value": row["rate"], "datatype": "Percent", "indicator": "Green"},
		{"label": _("Median Minutes"), "value": row["median"], "datatype": "Float"},
		{"label": _("Too Late"), "value": total.late, "datatype": "Int", "indicator": "Red"},
		{"label": _("Waiting"), "value": total.waiting, "datatype": "Int"},
	]
