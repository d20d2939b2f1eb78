"""Repurchase, retention and churn of a period beside the period before, and the customers behind each number.

Definitions in rules/retention.py. Renewals are no repurchase: they are counted in a column of their own.
"""

from __future__ import annotations

from datetime import timedelta

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce
from frappe.utils import cint, getdate

from sales_crm_pm.insight.names import people
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.query import readable_rows
from sales_crm_pm.rules.retention import Life, change, months_before, repurchase, retention, share

DEFAULT_MONTHS = 12


def execute(filters: dict | None = None):
	"""The report's columns, rows, message, chart and summary.

	:param filters: to_date, months (length of the period), lag_days, kind (Kept, Lost, New, Back, Bought Again),
	    account_manager, tier, territory, industry
	"""
	filters = frappe._dict(filters or {})
	months = cint(filters.months) or DEFAULT_MONTHS
	end = getdate(filters.to_date) if filters.to_date else getdate()
	customers = get_customers(filters)
	lives = get_lives(set(customers))
	alive_months = cint(frappe.get_cached_doc("SPM Settings").get("retention_months")) or DEFAULT_MONTHS
	now = Period(lives, months_before(end, months), end, alive_months, cint(filters.lag_days))
	before = Period(
		lives,
		months_before(end, 2 * months),
		months_before(end, months),
		alive_months,
		cint(filters.lag_days),
	)
	rows = get_rows(customers, lives, now, filters.kind)
	return get_columns(), rows, get_message(now), get_chart(before, now), get_summary(before, now)


class Period:
	"""The figures of the days after `start` until `end`."""

	def __init__(self, lives: dict[str, Life], start, end, alive_months: int, lag_days: int):
		self.start, self.end = start, end
		self.again, self.bought = repurchase(lives, start + timedelta(days=1), end, lag_days)
		self.figures, self.kinds = retention(lives, start, end, alive_months)

	@property
	def repurchase_rate(self):
		"""Percent of the buyers that bought again."""
		return share(len(self.again), len(self.bought))


def get_customers(filters) -> dict[str, frappe._dict]:
	"""The customers the user may see and wants to see: get_list applies all permission rules."""
	wanted = {
		key: filters[key] for key in ("account_manager", "tier", "territory", "industry") if filters.get(key)
	}
	rows = frappe.get_list(
		"SPM Customer",
		filters=wanted,
		fields=["name", "customer_name", "tier", "account_manager", "lifecycle_stage"],
		limit_page_length=0,
	)
	return {row.name: row for row in rows}


def get_lives(names: set[str]) -> dict[str, Life]:
	"""Wins and the times in which something was going on, of these customers; one statement per record type.

	Only deals, projects and contracts that the user may see count, so that no number tells more than a list.
	"""
	lives: dict[str, Life] = {}
	deal = DocType("SPM Opportunity")
	query = frappe.qb.from_(deal).select(
		deal.customer,
		deal.status,
		deal.opportunity_type,
		deal.won_on,
		deal.closed_on,
		Coalesce(deal.opened_on, deal.creation).as_("opened_on"),
		deal.amount_base,
	)
	for row in _seen(query, "SPM Opportunity"):
		if row.customer not in names:
			continue
		life = lives.setdefault(row.customer, Life())
		if row.status == "Won" and row.won_on:
			kind = life.renewals if row.opportunity_type == "Renewal" else life.wins
			kind.append((getdate(row.won_on), float(row.amount_base or 0)))
		ended = row.won_on or row.closed_on
		life.spans.append((getdate(row.opened_on), getdate(ended) if ended else None))
	project = DocType("SPM Project")
	query = (
		frappe.qb.from_(project)
		.select(
			project.customer,
			Coalesce(project.actual_start_date, project.planned_start_date).as_("begins"),
			Coalesce(project.closed_on, project.actual_end_date).as_("ends"),
		)
		.where(project.status.notin(["Draft", "Pending Approval", "Cancelled"]))
	)
	_add_spans(lives, names, _seen(query, "SPM Project"))
	if frappe.db.exists("DocType", "SPM Contract") and frappe.get_meta("SPM Contract").has_field("end_date"):
		contract = DocType("SPM Contract")
		query = (
			frappe.qb.from_(contract)
			.select(contract.customer, contract.start_date.as_("begins"), contract.end_date.as_("ends"))
			.where(contract.start_date.isnotnull() & contract.end_date.isnotnull())
			.where(contract.status.notin(["Draft", "Cancelled", "Terminated"]))
		)
		_add_spans(lives, names, _seen(query, "SPM Contract"))
	return lives


def _add_spans(lives: dict[str, Life], names: set[str], rows: list) -> None:
	for row in rows:
		if row.customer in names and row.begins:
			span = (getdate(row.begins), getdate(row.ends) if row.ends else None)
			lives.setdefault(row.customer, Life()).spans.append(span)


def _seen(query, doctype: str) -> list:
	readable = readable_rows(doctype)
	return (query if readable is None else query.where(readable)).run(as_dict=True)


def get_rows(customers, lives, now: Period, kind: str | None) -> list[dict]:
	"""One row per customer of the period: what became of it and why."""
	currency, labels = base_currency(), kind_labels()
	rows = []
	for name, found in now.kinds.items():
		again = name in now.again
		if kind and kind != found and not (kind == "Bought Again" and again):
			continue
		life = lives[name]
		first = now.start + timedelta(days=1)
		rows.append(
			{
				"customer": name,
				"customer_name": customers[name].customer_name,
				"tier": customers[name].tier,
				"account_manager": customers[name].account_manager,
				"kind": labels[found],
				"bought_again": _("Yes") if again else "",
				"wins": life.wins_within(first, now.end),
				"renewals": sum(first <= day <= now.end for day, _value in life.renewals),
				"value": life.value_within(first, now.end),
				"first_win": life.first_win,
				"last_win": life.last_win,
				"currency": currency,
			}
		)
	managers = people(row["account_manager"] for row in rows)
	for row in rows:
		row["manager_name"] = managers.get(row["account_manager"])
	order = {labels[found]: number for number, found in enumerate(("Lost", "Back", "New", "Kept"))}
	return sorted(rows, key=lambda row: (order[row["kind"]], -row["value"], row["customer_name"]))


def kind_labels() -> dict[str, str]:
	"""What became of customers, in the user's language."""
	return {"Kept": _("Kept"), "Lost": _("Gone"), "New": _("New Customer"), "Back": _("Came Back")}


def get_columns() -> list[dict]:
	"""Columns of the rows."""

	def column(fieldname, label, fieldtype="Data", options=None, width=120):
		return {
			"fieldname": fieldname,
			"label": label,
			"fieldtype": fieldtype,
			"options": options,
			"width": width,
		}

	return [
		column("customer_name", _("Customer"), width=220),
		column("tier", _("Tier"), width=70),
		column("kind", _("What Became of It"), width=140),
		column("bought_again", _("Bought Again"), width=110),
		column("wins", _("Wins in the Period"), "Int", width=130),
		column("renewals", _("Renewals"), "Int", width=100),
		column("value", _("Won Value"), "Currency", "currency", 140),
		column("first_win", _("First Win"), "Date"),
		column("last_win", _("Last Win"), "Date"),
		column("manager_name", _("Account Manager"), width=150),
	]


def get_message(now: Period) -> str:
	"""How the numbers come about, in one sentence each."""
	figures = now.figures
	return "<br>".join(
		(
			_("Repurchase rate: {0} of {1} customers that bought in the period bought twice or more.").format(
				len(now.again), len(now.bought)
			),
			_("Retention: ({0} at the end − {1} new or back) ÷ {2} at the start.").format(
				figures.end, figures.new, figures.start
			),
		)
	)


def get_chart(before: Period, now: Period) -> dict | None:
	"""Both rates of both periods; nothing when nobody bought."""
	if not now.bought and not now.figures.start:
		return None

	def label(period: Period) -> str:
		return f"{period.start + timedelta(days=1)} – {period.end}"

	return {
		"data": {
			"labels": [label(before), label(now)],
			"datasets": [
				{
					"name": _("Repurchase Rate"),
					"values": [before.repurchase_rate or 0, now.repurchase_rate or 0],
				},
				{"name": _("Retention Rate"), "values": [before.figures.rate or 0, now.figures.rate or 0]},
			],
		},
		"type": "bar",
		"colors": ["blue", "green"],
	}


def get_summary(before: Period, now: Period) -> list[dict]:
	"""The rates with their change in percentage points, and how many customers stand behind them."""
	if not now.bought and not now.figures.start:
		return []

	def card(label, old, new, good_when_up=True):
		points, _relative = change(old, new)
		text = "–" if new is None else f"{new} %"
		if points is not None:
			text += f" ({points:+} pp)"
		better = points is None or points == 0 or (points > 0) is good_when_up
		return {"label": label, "value": text, "datatype": "Data", "indicator": "Green" if better else "Red"}

	return [
		card(_("Repurchase Rate"), before.repurchase_rate, now.repurchase_rate),
		card(_("Retention Rate"), before.figures.rate, now.figures.rate),
		card(_("Churn"), before.figures.churn, now.figures.churn, good_when_up=False),
		card(_("Churn by Value"), before.figures.value_churn, now.figures.value_churn, good_when_up=False),
		{"label": _("Customers"), "value": now.figures.end, "datatype": "Int"},
		{"label": _("Gone"), "value": now.figures.lost, "datatype": "Int", "indicator": "Red"},
	]
