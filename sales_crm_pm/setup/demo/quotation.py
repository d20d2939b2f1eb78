"""Quotations of the demo deals: two versions, one waiting for approval, one accepted, one expired, one draft."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, now_datetime, today

from sales_crm_pm.loop import (
	quotation,
	quotation_approval,
	quotation_customer,
	quotation_versions,
	transitions,
)
from sales_crm_pm.setup.demo.people import acting

COMPANY = {
	"company_name": "Brightwater Solutions",
	"company_address": "12 Harbour Street\nShanghai 200002",
	"company_phone": "+86 21 5550 0199",
	"company_email": "hello@demo.example.com",
	"company_tax_id": "DEMO-TAX-0199",
}

# What the products of the demo cost and how they are counted
DETAILS = {
	"Project Suite": {"cost": 180_000, "unit": "set"},
	"Implementation Day": {"cost": 1_800, "unit": "days"},
	"Integration Package": {"cost": 45_000, "unit": "pcs"},
	"Maintenance Year": {"cost": 20_000},
}
MORE_PRODUCTS = (
	{
		"product_name": "Training Day",
		"product_code": "DEMO-TD",
		"series": "Services",
		"list_price": 2_500,
		"cost": 1_500,
		"unit": "days",
	},
	{
		"product_name": "Cloud Operation",
		"product_code": "DEMO-CO",
		"series": "Services",
		"list_price": 5_000,
		"cost": 3_200,
		"is_recurring": 1,
		"recurring_interval": "Month",
		"default_periods": 12,
	},
	{
		"product_name": "Pilot Package",
		"product_code": "DEMO-PP",
		"series": "Software",
		"list_price": 95_000,
		"is_bundle": 1,
		"bundle_items": [
			{"product": "Integration Package", "qty": 1},
			{"product": "Training Day", "qty": 4},
			{"product": "Implementation Day", "qty": 5},
		],
	},
)
VOLUME_PRICES = {"Implementation Day": ((50, 2_900), (100, 2_800))}

# customer, deal, lines (section, product, quantity, rate, optional)
SOFTWARE, SERVICES = ("Software", "软件"), ("Services", "服务")
OFFERS = {
	"harbor": (
		"Warehouse control",
		(
			(0, "Project Suite", 1, 300_000, 0),
			(0, "Integration Package", 3, 80_000, 0),
			(1, "Implementation Day", 80, 3_000, 0),
			(1, "Training Day", 8, 2_500, 0),
			(1, "Maintenance Year", 1, 60_000, 0),
			(1, "Cloud Operation", 1, 5_000, 1),
		),
	),
	"jiangnan": (
		"园区一体化平台",
		(
			(0, "Project Suite", 3, 300_000, 0),
			(0, "Integration Package", 4, 80_000, 0),
			(1, "Implementation Day", 110, 3_000, 0),
			(1, "Training Day", 16, 2_500, 0),
			(1, "Maintenance Year", 1, 60_000, 0),
		),
	),
	"summit": (
		"Store analytics",
		((0, "Project Suite", 1, 300_000, 0), (1, "Implementation Day", 40, 3_000, 0)),
	),
	"northwind": (
		"Service portal",
		((0, "Project Suite", 1, 300_000, 0), (0, "Pilot Package", 1, 80_000, 0)),
	),
}


def stock() -> None:
	"""Costs, units, volume prices and more products; and the company on the paper, where nobody has set one."""
	for name, values in DETAILS.items():
		product = frappe.get_doc("SPM Product", name)
		product.update(values)
		for min_qty, rate in VOLUME_PRICES.get(name, ()):
			currency = product.currency or frappe.db.get_default("currency") or "CNY"
			product.append("prices", {"currency": currency, "min_qty": min_qty, "rate": rate})
		product.save(ignore_permissions=True)
	for values in MORE_PRODUCTS:
		frappe.get_doc({"doctype": "SPM Product", **values}).insert(
			ignore_permissions=True, ignore_if_duplicate=True
		)
	if not frappe.db.get_single_value("SPM Settings", "company_name"):
		frappe.db.set_single_value("SPM Settings", COMPANY)


def forget_company() -> None:
	"""Take the demo company off the paper again, unless somebody has put their own there."""
	if frappe.db.get_single_value("SPM Settings", "company_name") == COMPANY["company_name"]:
		frappe.db.set_single_value("SPM Settings", dict.fromkeys(COMPANY, ""))


def tell(story: Any) -> None:
	"""Offer, negotiate and answer, each step as the person whose job it is.

	:param story: the story, which knows the demo's customers and owners
	"""
	stock()
	_waiting(story)
	_accepted(story)
	_expired(story)
	with acting(story._owner_of("northwind")):
		_offer(story, "northwind")


def _offer(story: Any, key: str) -> Any:
	"""The deal gets its lines, and the quotation is made of it."""
	title, lines = OFFERS[key]
	name = frappe.db.get_value("SPM Opportunity", {"customer": story.customers[key], "title": title})
	deal = frappe.get_doc("SPM Opportunity", name)
	deal.set(
		"products",
		[
			{"product": product, "qty": qty, "rate": rate}
			for _section, product, qty, rate, optional in lines
			if not optional
		],
	)
	deal.save()
	doc = quotation.create_from_opportunity(deal.name)
	chinese = int((doc.paper_language or "").startswith("zh"))
	for row, (section, *_rest) in zip(doc.items, [line for line in lines if not line[4]], strict=True):
		row.section = (SOFTWARE, SERVICES)[section][chinese]
	for _section, product, qty, rate, optional in lines:
		if optional:
			doc.append("items", {"product": product, "qty": qty, "rate": rate, "is_optional": 1})
	return doc.save()


def _waiting(story: Any) -> None:
	"""The first version was too dear; the second waits for the sales director."""
	with acting(story._owner_of("harbor")):
		first = quotation_approval.submit(_offer(story, "harbor"))
		first, _link = quotation_customer.open_link(first)
		second = quotation_versions.new_version(first)
		second.discount_value = 12
		second.internal_note = "Mia compares us with the vendor of their forklifts."
		second.save()
		quotation_approval.submit(second)
	_date_back(first.name, 12)


def _accepted(story: Any) -> None:
	"""Approved by the director and accepted by the customer behind the link."""
	with acting(story._owner_of("jiangnan")):
		first = quotation_approval.submit(_offer(story, "jiangnan"))
		first, _link = quotation_customer.open_link(first)
		second = quotation_versions.new_version(first)
		second.discount_value = 12
		second.save()
		second = quotation_approval.submit(second)
	with acting("director"):
		second = quotation_approval.approve(frappe.get_doc("SPM Quotation", second.name))
	with acting(story._owner_of("jiangnan")):
		second, link = quotation_customer.open_link(frappe.get_doc("SPM Quotation", second.name))
	with story._as_guest():
		quotation_customer.answer_by_link(link.rsplit("/", 1)[-1], True, name="赵敏", ip="203.0.113.24")
	_date_back(first.name, 20)
	_date_back(second.name, 6)


def _expired(story: Any) -> None:
	with acting(story._owner_of("summit")):
		doc = quotation_approval.submit(_offer(story, "summit"))
		doc, _link = quotation_customer.open_link(doc)
	transitions.move_by_rule(frappe.get_doc("SPM Quotation", doc.name), "Expired")
	_date_back(doc.name, 45)


def _date_back(name: str, days: int) -> None:
	"""The story is told today; the offer was made some days ago."""
	frappe.db.set_value(
		"SPM Quotation",
		name,
		{
			"quotation_date": add_days(today(), -days),
			"valid_until": add_days(today(), 30 - days),
			"sent_on": add_days(now_datetime(), -days),
		},
		update_modified=False,
	)
