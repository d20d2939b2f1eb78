"""One row per customer with what is known of it: business, value, relationship, delivery, satisfaction, risk.

The rows are the customers the reader may see; what is counted besides is narrowed to records the reader may
see. The margin is there for those whose roles open it. The number of statements does not grow with customers.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce, Count, Sum
from frappe.utils import add_days, cint, date_diff, flt, getdate, now_datetime
from pypika import Case

from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.query import readable_rows
from sales_crm_pm.rules.rates import win_rate

CUSTOMER = "SPM Customer"
FILTERS = ("customer_group", "industry", "territory", "tier", "lifecycle_stage", "account_manager")
FIELDS = (
	"name",
	"customer_name",
	"customer_group",
	"tier",
	"lifecycle_stage",
	"account_manager",
	"won_count",
	"won_amount_base",
	"open_pipeline_base",
	"clv_revenue",
	"r_score",
	"f_score",
	"m_score",
	"last_interaction_on",
	"relationship_strength",
	"churn_risk",
	"active_projects",
	"late_projects",
	"csat_avg",
	"nps_last",
)
TALK_DAYS = 90
CHART_BARS = 10


def execute(filters: dict | None = None) -> tuple:
	"""Build the report for the customers the current user may see.

	:param filters: customer_group, industry, territory, tier, lifecycle_stage, account_manager, bought (only
	    customers that bought before)
	:return: columns, rows, message, chart, summary
	"""
	filters = frappe._dict(filters or {})
	rows = get_rows(filters)
	currency = base_currency()
	return get_columns(), rows, None, get_chart(rows), get_summary(rows, currency)


def sees_margin() -> bool:
	"""Whether the reader's roles open cost and margin of customers."""
	return frappe.session.user == "Administrator" or 1 in frappe.get_meta(CUSTOMER).get_permlevel_access(
		"read"
	)


def get_columns() -> list[dict]:
	def column(fieldname: str, label: str, fieldtype: str = "Int", width: int = 100, **more) -> dict:
		return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, **more}

	money = {"fieldtype": "Currency", "options": "currency", "width": 140}
	margin = [column("clv_margin", _("Customer Value (Margin)"), **money)] if sees_margin() else []
	return [
		column("customer_name", _("Customer"), "Data", 220),
		column("tier", _("Tier"), "Data", 60),
		column("lifecycle_stage", _("Lifecycle Stage"), "Data", 110),
		column("account_manager", _("Account Manager"), "Data", 150),
		column("won_count", _("Deals Won"), width=90),
		column("won_amount_base", _("Won Amount"), **money),
		column("win_rate", _("Win Rate %"), "Percent", 90, precision=1),
		column("open_pipeline_base", _("Open Pipeline"), **money),
		column("clv_revenue", _("Customer Value (Revenue)"), **money),
		*margin,
		column("rfm", _("RFM"), "Data", 70),
		column("days_silent", _("Days Since Last Talk"), width=110),
		column("talks", _("Talks in {0} Days").format(TALK_DAYS), width=110),
		column("relationship_strength", _("Relationship Strength"), width=110),
		column("churn_risk", _("Churn Risk"), width=90),
		column("active_projects", _("Active Projects"), width=90),
		column("late_projects", _("Late Projects"), width=90),
		column("on_time", _("Milestones on Time %"), "Percent", 110, precision=1),
		column("csat_avg", _("Average CSAT"), "Float", 90, precision=1),
		column("nps_last", _("Last NPS Answer"), width=90),
		column("name", _("ID"), "Link", 110, options=CUSTOMER),
		column("currency", _("Currency"), "Link", options="Currency", hidden=1),
	]


def get_rows(filters: frappe._dict) -> list[dict]:
	"""Customers of the filters that the user may see, the most valuable first."""
	conditions: dict[str, Any] = {"disabled": 0}
	for fieldname in FILTERS:
		if filters.get(fieldname):
			conditions[fieldname] = filters[fieldname]
	if filters.get("bought"):
		conditions["won_count"] = [">", 0]
	fields = [*FIELDS, "clv_margin"] if sees_margin() else list(FIELDS)
	# get_list, not get_all: everybody's report is about everybody's own customers.
	customers = frappe.get_list(
		CUSTOMER,
		filters=conditions,
		fields=fields,
		order_by="clv_revenue desc, name asc",
		limit_page_length=0,
	)
	lost, talks, milestones = _lost(), _talks(), _milestones()
	people = full_names({customer.account_manager for customer in customers})
	currency, today = base_currency(), getdate()
	rows = []
	for customer in customers:
		due, on_time = milestones.get(customer.name, (0, 0))
		rows.append(
			{
				**customer,
				"account_manager": people.get(customer.account_manager, customer.account_manager),
				"lifecycle_stage": _(customer.lifecycle_stage, context=CUSTOMER),
				"win_rate": win_rate(cint(customer.won_count), lost.get(customer.name, 0)),
				"rfm": f"{customer.r_score}-{customer.f_score}-{customer.m_score}"
				if customer.r_score
				else None,
				"days_silent": date_diff(today, customer.last_interaction_on)
				if customer.last_interaction_on
				else None,
				"talks": talks.get(customer.name, 0),
				"churn_risk": cint(customer.churn_risk) if cint(customer.won_count) else None,
				"on_time": flt(on_time * 100 / due, 1) if due else None,
				"csat_avg": flt(customer.csat_avg) or None,
				"nps_last": customer.nps_last if customer.csat_avg and cint(customer.nps_last) >= 0 else None,
				"currency": currency,
			}
		)
	return rows


def full_names(users: set[str | None]) -> dict[str, str]:
	"""{user: the name people know}; one statement."""
	names = sorted(user for user in users if user)
	rows = frappe.get_all("User", filters={"name": ["in", names or [""]]}, fields=["name", "full_name"])
	return {row.name: row.full_name or row.name for row in rows}


def _narrowed(query: Any, doctype: str) -> Any:
	seen = readable_rows(doctype)
	return query if seen is None else query.where(seen)


def _lost() -> dict[str, int]:
	deals = DocType("SPM Opportunity")
	query = (
		frappe.qb.from_(deals)
		.select(deals.customer, Count("*"))
		.where(deals.status == "Lost")
		.groupby(deals.customer)
	)
	return dict(_narrowed(query, "SPM Opportunity").run())


def _talks() -> dict[str, int]:
	talks = DocType("SPM Interaction")
	query = (
		frappe.qb.from_(talks)
		.select(talks.customer, Count("*"))
		.where((talks.happened_on >= add_days(getdate(), -TALK_DAYS)) & (talks.happened_on <= now_datetime()))
		.where(talks.customer.isnotnull())
		.groupby(talks.customer)
	)
	return dict(_narrowed(query, "SPM Interaction").run())


def _milestones() -> dict[str, tuple[int, int]]:
	"""{customer: (milestones that were due, those accepted by their promised date)}; due and open is late."""
	m = DocType("SPM Milestone")
	promised = Coalesce(m.baseline_date, m.planned_date)
	query = (
		frappe.qb.from_(m)
		.select(
			m.customer,
			Count("*"),
			Sum(Case().when((m.status == "Accepted") & (m.actual_date <= promised), 1).else_(0)),
		)
		.where((m.status != "Cancelled") & (promised <= getdate()))
		.groupby(m.customer)
	)
	rows = _narrowed(query, "SPM Milestone").run()
	return {customer: (cint(due), cint(on_time)) for customer, due, on_time in rows}


def get_chart(rows: list[dict]) -> dict | None:
	"""The most valuable customers: won, and what is open."""
	shown = [row for row in rows if flt(row["clv_revenue"])][:CHART_BARS]
	if not shown:
		return None
	return {
		"data": {
			"labels": [row["customer_name"] for row in shown],
			"datasets": [
				{"name": _("Won Amount"), "values": [flt(row["won_amount_base"]) for row in shown]},
				{"name": _("Open Pipeline"), "values": [flt(row["open_pipeline_base"]) for row in shown]},
			],
		},
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": ["#48BB74", "#318AD8"],
		"fieldtype": "Currency",
	}


def get_summary(rows: list[dict], currency: str) -> list[dict]:
	"""Totals over the rows shown."""
	buyers = [row for row in rows if cint(row["won_count"])]
	at_risk = sum(cint(row["churn_risk"]) >= 60 for row in rows)
	return [
		{"label": _("Customers"), "value": len(rows), "datatype": "Int"},
		{
			"label": _("Won Amount"),
			"value": sum(flt(row["won_amount_base"]) for row in rows),
			"datatype": "Currency",
			"currency": currency,
		},
		{
			"label": _("Open Pipeline"),
			"value": sum(flt(row["open_pipeline_base"]) for row in rows),
			"datatype": "Currency",
			"currency": currency,
		},
		{
			"label": _("Bought Again %"),
			"value": flt(sum(cint(row["won_count"]) > 1 for row in buyers) * 100 / len(buyers), 1)
			if buyers
			else 0,
			"datatype": "Percent",
		},
		{
			"label": _("Customers at Risk"),
			"value": at_risk,
			"datatype": "Int",
			"indicator": "Red" if at_risk else "Green",
		},
	]
