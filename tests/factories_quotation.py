"""Builders of quotations and what they need, for tests."""

from __future__ import annotations

import frappe

from sales_crm_pm.loop import quotation, quotation_approval, quotation_customer
from sales_crm_pm.loop.money import base_currency
from tests.factories import make, make_contact, make_customer, make_opportunity, make_product, unique

SELLER, MANAGER, EXECUTIVE = "SPM Sales User", "SPM Sales Manager", "SPM Executive"


def foreign() -> str:
	"""A currency that is not the site's."""
	return "EUR" if base_currency() != "EUR" else "USD"


def only_limits(*limits: dict) -> None:
	"""Make these the only approval limits within the test; the site's own are switched off."""
	frappe.db.set_value("SPM Discount Limit", {"disabled": 0}, "disabled", 1)
	for limit in limits:
		make("SPM Discount Limit", **{"title": unique("Limit "), "limit_on": "Discount", "level": 1, **limit})


def standard_limits() -> None:
	"""Salespeople up to 10 % (manager), everybody up to 30 % and from 15 % margin (executive)."""
	only_limits(
		{"max_discount": 10, "role": SELLER, "approver_role": MANAGER},
		{"max_discount": 30, "approver_role": EXECUTIVE, "level": 2},
		{"limit_on": "Margin", "min_margin": 15, "approver_role": EXECUTIVE, "level": 2},
	)


def make_tax(**values):
	"""A tax of 10 % on top."""
	values.setdefault("tax_name", unique("Tax "))
	values.setdefault("rate", 10)
	return make("SPM Tax", **values)


def make_deal(owner: str, *lines: dict, **values):
	"""An open deal of a customer with a contact, with lines."""
	customer = make_customer(account_manager=owner, language=values.pop("language", "en"))
	contact = make_contact(customer.name, first_name="Ada", last_name="Stone")
	customer.db_set("primary_contact", contact.name)
	return make_opportunity(
		customer=customer.name,
		opportunity_owner=owner,
		products=list(lines) or [{"product": make_product().name, "qty": 10, "rate": 100}],
		contacts=[{"contact": contact.name, "is_primary": 1}],
		**values,
	)


def offer(deal, **values):
	"""The deal's quotation as a draft, as the session's user, with fields changed."""
	doc = quotation.create_from_opportunity(deal.name)
	if values:
		for fieldname, value in values.items():
			doc.set(fieldname, value)
		doc.save()
	return doc


def sent(deal, **values):
	"""A quotation that is with the customer; returns it and the secret of its link."""
	doc = quotation_approval.submit(offer(deal, **values))
	assert doc.status == "Approved", doc.approval_reasons
	doc, link = quotation_customer.open_link(doc)
	return doc, link.rsplit("/", 1)[-1]
