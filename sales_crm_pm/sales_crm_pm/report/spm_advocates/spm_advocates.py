"""Who speaks well of us: promoters of the survey, customers that give references, customers that referred others."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce, Max
from frappe.utils import cint
from pypika import Case

from sales_crm_pm.insight.names import people
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.loop.referrals import ADVOCATE_SCORE
from sales_crm_pm.permissions.query import readable_rows


def execute(filters: dict | None = None):
	"""The report's columns and rows.

	:param filters: reason (Promoter, Gives References, Referred Others), account_manager, tier
	"""
	filters = frappe._dict(filters or {})
	rows = get_rows(filters)
	return get_columns(), rows, None, None, get_summary(rows)


def get_rows(filters) -> list[dict]:
	"""One row per promoter (the person who answered), and one per customer that is an advocate without one."""
	customer = DocType("SPM Customer")
	promoters = _promoters()
	query = (
		frappe.qb.from_(customer)
		.left_join(promoters)
		.on(promoters.customer == customer.name)
		.select(
			customer.name.as_("customer"),
			customer.customer_name,
			customer.tier,
			customer.account_manager,
			customer.gives_references,
			customer.referral_count,
			customer.referral_won_base,
			Coalesce(promoters.contact, customer.primary_contact).as_("contact"),
			Coalesce(promoters.nps, Case().when(customer.nps_last >= ADVOCATE_SCORE, customer.nps_last)).as_(
				"nps"
			),
			promoters.answered_on,
		)
		.where(
			promoters.customer.isnotnull()
			# The customer shows its last answer also to those who do not see surveys.
			| (customer.nps_last >= ADVOCATE_SCORE)
			| (customer.gives_references == 1)
			| (Coalesce(customer.referral_count, 0) > 0)
		)
		.where(customer.disabled == 0)
	)
	readable = readable_rows("SPM Customer")
	if readable is not None:
		query = query.where(readable)
	for fieldname in ("account_manager", "tier"):
		if filters.get(fieldname):
			query = query.where(customer[fieldname] == filters[fieldname])
	rows = query.run(as_dict=True)
	contacts = _contacts({row.contact for row in rows if row.contact})
	managers = people(row.account_manager for row in rows)
	currency = base_currency()
	found = []
	for row in rows:
		reasons = _reasons(row)
		if filters.reason and filters.reason not in reasons:
			continue
		found.append(
			{
				**row,
				"email": contacts[row.contact].email_id if row.contact in contacts else None,
				"contact_name": contacts[row.contact].full_name if row.contact in contacts else None,
				"manager_name": managers.get(row.account_manager),
				"reasons": ", ".join(_(reason) for reason in reasons),
				"currency": currency,
				"weight": len(reasons),
			}
		)
	return sorted(
		found, key=lambda row: (-row["weight"], -(row["referral_won_base"] or 0), row["customer_name"])
	)


def _promoters():
	"""The newest answer of each contact, when it was a recommendation; of surveys the user may see."""
	survey, newest = DocType("SPM Survey"), DocType("SPM Survey").as_("newest")
	last = (
		frappe.qb.from_(newest)
		.select(newest.customer, newest.contact, Max(newest.answered_on).as_("on"))
		.where((newest.status == "Answered") & (newest.nps >= 0))
		.groupby(newest.customer, newest.contact)
		.as_("last")
	)
	query = (
		frappe.qb.from_(survey)
		.inner_join(last)
		.on(
			(last.customer == survey.customer)
			& (Coalesce(last.contact, "") == Coalesce(survey.contact, ""))
			& (last.on == survey.answered_on)
		)
		.select(
			survey.customer,
			survey.contact,
			Max(survey.nps).as_("nps"),
			Max(survey.answered_on).as_("answered_on"),
		)
		.where((survey.status == "Answered") & (survey.nps >= ADVOCATE_SCORE))
		.groupby(survey.customer, survey.contact)
	)
	readable = readable_rows("SPM Survey")
	return (query if readable is None else query.where(readable)).as_("promoters")


def _reasons(row) -> list[str]:
	reasons = []
	if row.nps is not None:
		reasons.append("Promoter")
	if cint(row.gives_references):
		reasons.append("Gives References")
	if cint(row.referral_count):
		reasons.append("Referred Others")
	return reasons


def _contacts(contacts: set[str]) -> dict[str, frappe._dict]:
	"""Names and addresses of contacts of customers that were found visible above."""
	if not contacts:
		return {}
	rows = frappe.get_all(
		"Contact", filters={"name": ["in", list(contacts)]}, fields=["name", "full_name", "email_id"]
	)
	return {row.name: row for row in rows}


def get_columns() -> list[dict]:
	"""Columns of the report."""

	def column(fieldname, label, fieldtype="Data", options=None, width=120):
		return {
			"fieldname": fieldname,
			"label": label,
			"fieldtype": fieldtype,
			"options": options,
			"width": width,
		}

	return [
		column("customer_name", _("Customer"), width=200),
		column("contact_name", _("Contact"), width=140),
		column("email", _("E-mail"), width=200),
		column("reasons", _("Why"), width=220),
		column("nps", _("Recommends (0–10)"), "Int", width=140),
		column("answered_on", _("Answered On"), "Datetime", width=150),
		column("referral_count", _("Referrals"), "Int", width=90),
		column("referral_won_base", _("Won Through Referrals"), "Currency", "currency", 160),
		column("tier", _("Tier"), width=70),
		column("manager_name", _("Account Manager"), width=150),
	]


def get_summary(rows: list[dict]) -> list[dict]:
	"""How many, by reason."""
	if not rows:
		return []
	return [
		{
			"label": _("Advocates"),
			"value": len({row["customer"] for row in rows}),
			"datatype": "Int",
			"indicator": "Green",
		},
		{"label": _("Promoters"), "value": sum(row["nps"] is not None for row in rows), "datatype": "Int"},
		{
			"label": _("Gives References"),
			"value": len({row["customer"] for row in rows if row["gives_references"]}),
			"datatype": "Int",
		},
		{
			"label": _("Referred Others"),
			"value": len({row["customer"] for row in rows if row["referral_count"]}),
			"datatype": "Int",
		},
	]
