"""What a new site starts with for customers: groups and tier rules, which an admin changes at will."""

import json

import frappe

from sales_crm_pm.setup.customer_data import CUSTOMER_GROUPS, TIER_RULES


def seed() -> None:
	"""Fill each of the two lists once; what an admin emptied or renamed stays as the admin left it."""
	if not frappe.db.count("SPM Customer Group"):
		for name in CUSTOMER_GROUPS:
			_insert("SPM Customer Group", group_name=name)
	if not frappe.db.count("SPM Tier Rule"):
		for rule in TIER_RULES:
			conditions = [["SPM Customer", *condition] for condition in rule["conditions"]]
			_insert("SPM Tier Rule", **{**rule, "conditions": json.dumps(conditions)})


def _insert(doctype: str, **values) -> None:
	frappe.get_doc({"doctype": doctype, **values}).insert(ignore_permissions=True, ignore_if_duplicate=True)
