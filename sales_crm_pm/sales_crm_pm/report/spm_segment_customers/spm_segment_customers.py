"""The customers of a segment, to look through and to export; only those the user may see."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.query_builder import DocType

from sales_crm_pm.insight.names import names_of, people
from sales_crm_pm.loop import segments
from sales_crm_pm.loop.money import base_currency

COLUMNS = (
	"name",
	"customer_name",
	"tier",
	"lifecycle_stage",
	"account_manager",
	"industry",
	"territory",
	"primary_contact",
	"email",
	"phone",
	"last_interaction_on",
	"next_visit_date",
	"open_pipeline_base",
	"won_amount_base",
	"active_projects",
)


def execute(filters: dict | None = None):
	"""The report's columns and rows.

	:param filters: segment
	"""
	filters = frappe._dict(filters or {})
	return get_columns(), get_rows(filters.segment) if filters.segment else []


def get_rows(segment: str) -> list[dict]:
	"""One row per customer, by name."""
	frappe.get_doc("SPM Segment", segment).check_permission("read")
	customers = DocType("SPM Customer")
	query = segments.members_query(segment, frappe.session.user, COLUMNS).orderby(customers.customer_name)
	currency = base_currency()
	rows = []
	for row in query.run(as_dict=True):
		row["customer"] = row.pop("name")
		row["currency"] = currency
		row["lifecycle_stage"] = _(row.lifecycle_stage, context="SPM Customer") if row.lifecycle_stage else ""
		rows.append(row)
	managers = people(row.account_manager for row in rows)
	contacts = names_of("Contact", "full_name", (row.primary_contact for row in rows))
	for row in rows:
		row["manager_name"] = managers.get(row.account_manager)
		row["contact_name"] = contacts.get(row.primary_contact)
		row["industry"], row["territory"] = _(row.industry or ""), _(row.territory or "")
	return rows


def get_columns() -> list[dict]:
	"""Columns of the report."""

	def column(fieldname, label, fieldtype="Data", options=None, width=130):
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
		column("lifecycle_stage", _("Lifecycle Stage")),
		column("manager_name", _("Account Manager"), width=150),
		column("industry", _("Industry")),
		column("territory", _("Territory")),
		column("contact_name", _("Primary Contact"), width=150),
		column("email", _("E-mail"), width=180),
		column("phone", _("Phone")),
		column("last_interaction_on", _("Last Interaction"), "Datetime", width=150),
		column("next_visit_date", _("Next Visit"), "Date"),
		column("open_pipeline_base", _("Open Pipeline"), "Currency", "currency"),
		column("won_amount_base", _("Won Amount"), "Currency", "currency"),
		column("active_projects", _("Active Projects"), "Int", width=110),
	]
