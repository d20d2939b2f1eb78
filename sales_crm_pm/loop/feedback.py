"""What a customer says after delivery becomes a new opportunity that points back to where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, flt

from sales_crm_pm.exceptions import SPMError

SOURCES = ("SPM Survey", "SPM Project", "SPM Milestone", "SPM Interaction")
"""Records that new demand may come from."""

MAY_HAND_OVER = frozenset({"SPM Service Agent", "SPM Project Manager"})
"""Roles that hear of new demand but do not sell: the opportunity they open belongs to the account manager."""


@dataclass
class Origin:
	"""Where new demand comes from, whatever the kind of record."""

	customer: str
	previous: str | None
	contact: str | None
	words: str


def to_opportunity(
	source_doctype: str, source_name: str, title: str | None = None, amount: float | None = None
) -> tuple[str, bool]:
	"""Open an opportunity for demand heard in a survey, project, milestone or talk, or return the one it has.

	It starts a deal chain of its own, one generation after the deal the source belongs to, and both records
	point at each other.

	:return: (name of the opportunity, whether it was made now)
	:raises SPMError: the source is of a kind that no demand comes from, or has no customer
	:raises frappe.PermissionError: the user may not read the source, or may neither sell nor hand over
	"""
	if source_doctype not in SOURCES:
		frappe.throw(
			_("An opportunity cannot be made from {0}. Choose one of: {1}.").format(
				_(source_doctype), ", ".join(_(doctype) for doctype in SOURCES)
			),
			exc=SPMError,
		)
	# Locked, so that a double click finds the first one's opportunity instead of making another.
	source = frappe.get_doc(source_doctype, source_name, for_update=True)
	source.check_permission("read")
	existing = frappe.db.get_value(
		"SPM Opportunity", {"originated_from_type": source_doctype, "originated_from": source_name}, "name"
	)
	if existing:
		return existing, False

	origin = _origin_of(source)
	handing_over = not frappe.has_permission("SPM Opportunity", "create")
	if handing_over and not MAY_HAND_OVER & set(frappe.get_roles()):
		frappe.throw(_("You are not allowed to open opportunities."), exc=frappe.PermissionError)
	opportunity = _opportunity_from(source, origin, title, amount)
	# Who hands demand over has no right to opportunities; reading the source was checked above.
	opportunity.insert(ignore_permissions=handing_over)
	_point_forward(source, opportunity.name)
	return opportunity.name, True


def _origin_of(source: Any) -> Origin:
	project = source.name if source.doctype == "SPM Project" else source.get("project")
	deal = source.get("opportunity")
	facts = frappe._dict()
	if project:
		facts = (
			frappe.db.get_value("SPM Project", project, ["customer", "opportunity"], as_dict=True) or facts
		)
	customer = source.get("customer") or facts.customer
	if not customer and deal:
		customer = frappe.db.get_value("SPM Opportunity", deal, "customer")
	if not customer:
		frappe.throw(
			_("{0} belongs to no customer yet. Convert the lead first.").format(frappe.bold(source.name)),
			exc=SPMError,
		)
	return Origin(
		customer=customer,
		previous=deal or facts.opportunity or None,
		contact=source.get("contact") or source.get("accepted_by") or None,
		words=source.get("comment") or source.get("content") or "",
	)


def _opportunity_from(source: Any, origin: Origin, title: str | None, amount: float | None) -> Any:
	customer = frappe.db.get_value(
		"SPM Customer", origin.customer, ["customer_name", "account_manager", "currency"], as_dict=True
	)
	previous = frappe._dict()
	if origin.previous:
		previous = (
			frappe.db.get_value(
				"SPM Opportunity",
				origin.previous,
				["generation", "pipeline", "opportunity_owner", "currency"],
				as_dict=True,
			)
			or previous
		)
	sells = bool({"SPM Sales User", "SPM Sales Manager"} & set(frappe.get_roles()))
	owner = frappe.session.user if sells else customer.account_manager or previous.opportunity_owner
	doc = frappe.new_doc("SPM Opportunity")
	doc.update(
		{
			"title": title or _("New demand of {0}").format(customer.customer_name),
			"customer": origin.customer,
			"opportunity_type": "Repeat" if origin.previous else "New",
			"opportunity_owner": owner,
			"pipeline": previous.pipeline,
			"currency": previous.currency or customer.currency,
			"amount": flt(amount),
			"requirement": frappe.utils.escape_html(origin.words) if origin.words else None,
			"originated_from_type": source.doctype,
			"originated_from": source.name,
			"previous_opportunity": origin.previous,
			"generation": cint(previous.generation or 0) + 1,
			"deal_chain": frappe.generate_hash(length=10),
		}
	)
	if frappe.db.exists("SPM Source", "Existing Customer"):
		doc.source = "Existing Customer"
	if origin.contact:
		doc.append("contacts", {"contact": origin.contact, "is_primary": 1})
	return doc


def _point_forward(source: Any, opportunity: str) -> None:
	"""Let the source name the opportunity it led to, where it has a place for that."""
	if source.doctype == "SPM Survey":
		source.db_set(
			{"follow_up_type": "SPM Opportunity", "follow_up": opportunity},
			update_modified=False,
		)
	elif source.doctype == "SPM Interaction" and not source.opportunity:
		source.db_set("opportunity", opportunity, update_modified=False)
