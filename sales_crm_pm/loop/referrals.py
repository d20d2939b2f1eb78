"""Referrals: who recommended us to whom, what became of it, and what it brought.

The status follows the deal by itself: a lead that is contacted, an opportunity that is won or lost. What a
referral was worth is counted per referring customer by one statement.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce, Count, Sum
from frappe.utils import flt, getdate, now_datetime
from pypika import Case

from sales_crm_pm.loop.money import base_currency

REFERRAL, CUSTOMER = "SPM Referral", "SPM Customer"
REACHED = ("Won", "Rewarded")
ADVOCATE_SCORE = 9
"""Recommendation from which somebody counts as a promoter (NPS)."""


def set_links(doc: Any) -> None:
	"""Fill customer, opportunity and name from what the referral names already."""
	if doc.lead:
		lead = frappe.db.get_value(
			"SPM Lead", doc.lead, ["lead_name", "organisation", "customer"], as_dict=True
		)
		if lead:
			doc.customer = doc.customer or lead.customer
			doc.referred_name = doc.referred_name or lead.organisation or lead.lead_name
	if doc.opportunity:
		deal = frappe.db.get_value("SPM Opportunity", doc.opportunity, ["customer"], as_dict=True)
		doc.customer = (deal and deal.customer) or doc.customer
	if doc.customer and not doc.referred_name:
		doc.referred_name = frappe.db.get_value(CUSTOMER, doc.customer, "customer_name")


def set_figures(doc: Any) -> None:
	"""Status and value from the deals, for a referral that is being saved."""
	facts = _facts([doc.as_dict(no_default_fields=False)])[0]
	apply(doc, facts)
	doc.base_currency = base_currency()


def apply(doc: Any, facts: dict[str, Any]) -> None:
	"""Take over what the deals say; a reward that was given stays given."""
	doc.won_amount_base, doc.won_on = facts["won_amount"], facts["won_on"]
	if doc.status != "Rewarded" and facts["status"]:
		doc.status = facts["status"]
	if doc.status == "Rewarded" and not doc.rewarded_on:
		doc.rewarded_on = getdate()


def follow_lead(lead: Any) -> None:
	"""A lead that names the customer it comes from has a referral; one that moves on takes it along."""
	if lead.get("referral_customer") and lead.has_value_changed("referral_customer"):
		_make_for_lead(lead)
	elif lead.get_doc_before_save() and any(
		lead.has_value_changed(f) for f in ("status", "customer", "opportunity")
	):
		refresh({"lead": lead.name})


def follow_deal(deal: Any) -> None:
	"""A deal that was won, lost, reopened or given another amount moves the referral of its customer.

	A new deal says little yet; the lead it came from, or the night, tells the referral.
	"""
	before = deal.get_doc_before_save()
	if before and any(deal.has_value_changed(f) for f in ("status", "amount_base", "customer")):
		refresh({"customer": ["in", list({deal.customer, before.customer} - {None, ""})]})


def refresh(filters: dict[str, Any] | None = None) -> int:
	"""Bring status and value of referrals up to date; returns how many changed. Two statements when none does."""
	rows = frappe.get_all(
		REFERRAL,
		filters=filters or {},
		fields=[
			"name",
			"referring_customer",
			"lead",
			"customer",
			"opportunity",
			"status",
			"referred_on",
			"won_amount_base",
			"won_on",
		],
	)
	if not rows:
		return 0
	changed, givers = 0, set()
	for row, facts in zip(rows, _facts(rows), strict=True):
		values = {
			"customer": facts["customer"],
			"won_amount_base": facts["won_amount"],
			"won_on": facts["won_on"],
		}
		if row.status != "Rewarded" and facts["status"]:
			values["status"] = facts["status"]
		if all(_same(row.get(key), value) for key, value in values.items()):
			continue
		if values.get("status", row.status) != row.status:
			values["status_on"] = now_datetime()
		frappe.db.set_value(REFERRAL, row.name, values, update_modified=False)
		givers.add(row.referring_customer)
		changed += 1
	refresh_customers(givers)
	return changed


def refresh_customers(customers: Any = None) -> None:
	"""How many referrals customers gave and what was won through them (all customers when None)."""
	names = None if customers is None else sorted({c for c in customers if c})
	if names == []:
		return
	table, referral = DocType(CUSTOMER), DocType(REFERRAL)
	totals = (
		frappe.qb.from_(referral)
		.select(
			referral.referring_customer,
			Count("*").as_("number"),
			Sum(Case().when(referral.status.isin(REACHED), referral.won_amount_base).else_(0)).as_("won"),
		)
		.groupby(referral.referring_customer)
	)
	if names is not None:
		totals = totals.where(referral.referring_customer.isin(names))
	totals = totals.as_("totals")
	query = (
		frappe.qb.update(table)
		.left_join(totals)
		.on(totals.referring_customer == table.name)
		.set(table.referral_count, Coalesce(totals.number, 0))
		.set(table.referral_won_base, Coalesce(totals.won, 0))
	)
	if names is not None:
		query = query.where(table.name.isin(names))
	query.run()
	if names is None:
		frappe.clear_document_cache(CUSTOMER)
	for name in names or ():
		frappe.clear_document_cache(CUSTOMER, name)


def refresh_all() -> None:
	"""Nightly job: what bulk imports and statements over whole sets moved without a save."""
	refresh()
	refresh_customers()


def _make_for_lead(lead: Any) -> None:
	known = frappe.db.get_value(REFERRAL, {"lead": lead.name}, "name") or frappe.db.get_value(
		# Somebody wrote down the name first and made a lead of it later.
		REFERRAL,
		{
			"referring_customer": lead.referral_customer,
			"referred_name": ["in", [name for name in (lead.organisation, lead.lead_name) if name]],
			"lead": ["is", "not set"],
			"customer": ["is", "not set"],
		},
		"name",
	)
	if known:
		doc = frappe.get_doc(REFERRAL, known)
		doc.update({"referring_customer": lead.referral_customer, "lead": lead.name})
	else:
		doc = frappe.get_doc(
			{
				"doctype": REFERRAL,
				"referring_customer": lead.referral_customer,
				"lead": lead.name,
				"referral_owner": lead.lead_owner or lead.owner,
				"referred_on": getdate(lead.creation) if lead.creation else getdate(),
			}
		)
	# Whoever may write the lead says where it comes from; the giving customer may be a colleague's.
	doc.flags.ignore_permissions = True
	doc.save()


def _facts(rows: list[Any]) -> list[dict[str, Any]]:
	"""What leads and deals say about referrals, in their order; two statements for any number.

	A referral of a deal counts that deal; one of a lead or customer counts all its deals opened since.
	"""
	leads = _by_name(
		"SPM Lead",
		{row.get("lead") for row in rows},
		("status", "customer"),
	)
	# Copies: the caller compares what is stored with what is found.
	rows = [dict(row) for row in rows]
	for row in rows:
		lead = leads.get(row.get("lead")) or {}
		row["customer"] = row.get("customer") or lead.get("customer")
	deals = _deals({row["customer"] for row in rows} - {None, ""})
	found = []
	for row in rows:
		lead = leads.get(row.get("lead")) or {}
		mine = [
			deal
			for deal in deals.get(row["customer"], [])
			if deal.name == row.get("opportunity")
			or (
				not row.get("opportunity")
				and getdate(deal.opened_on or deal.creation) >= getdate(row["referred_on"])
			)
		]
		won = [deal for deal in mine if deal.status == "Won"]
		found.append(
			{
				"customer": row["customer"],
				"won_amount": flt(sum(flt(deal.amount_base) for deal in won), 2),
				"won_on": min((getdate(deal.won_on) for deal in won if deal.won_on), default=None),
				"status": _status(lead, mine, won),
			}
		)
	return found


def _status(lead: Any, deals: list[Any], won: list[Any]) -> str | None:
	"""Where a referral stands, None when nothing says so and the person's own word counts."""
	if won:
		return "Won"
	if any(deal.status in ("Open", "On Hold") for deal in deals):
		return "Contacted"
	if deals or lead.get("status") in ("Junk", "Unqualified"):
		return "Lost"
	if lead.get("status") in ("Contacted", "Nurture", "Qualified", "Converted"):
		return "Contacted"
	return None


def _by_name(doctype: str, names: set[str | None], fields: tuple[str, ...]) -> dict[str, Any]:
	names = names - {None, ""}
	if not names:
		return {}
	rows = frappe.get_all(doctype, filters={"name": ["in", list(names)]}, fields=["name", *fields])
	return {row.name: row for row in rows}


def _deals(customers: set[str]) -> dict[str, list[Any]]:
	found: dict[str, list[Any]] = {}
	if customers:
		for deal in frappe.get_all(
			"SPM Opportunity",
			filters={"customer": ["in", list(customers)]},
			fields=["name", "customer", "status", "amount_base", "won_on", "opened_on", "creation"],
		):
			found.setdefault(deal.customer, []).append(deal)
	return found


def _same(old: Any, new: Any) -> bool:
	if isinstance(new, float):
		return flt(old, 2) == flt(new, 2)
	return (old or None) == (new or None)
