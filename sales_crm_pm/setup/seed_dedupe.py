"""Rules for duplicates and the lists behind them, as a new site starts with them."""

import frappe

from sales_crm_pm.rules import identity

RULES = (
	{
		"rule_name": "Customer with the same tax number",
		"record_type": "SPM Customer",
		"action": "Refuse",
		"by_tax_id": 1,
		"among_leads": 0,
	},
	{
		"rule_name": "Customer with the same name, phone, e-mail or web domain",
		"record_type": "SPM Customer",
		"action": "Warn",
		"by_company": 1,
		"name_similarity": 92,
		"by_phone": 1,
		"by_email": 1,
		"by_domain": 1,
	},
	{
		"rule_name": "Lead with the same phone or e-mail",
		"record_type": "SPM Lead",
		"action": "Warn",
		"by_phone": 1,
		"by_email": 1,
		"among_contacts": 1,
	},
	{
		"rule_name": "Lead of a company that is a customer",
		"record_type": "SPM Lead",
		"action": "Warn",
		"by_company": 1,
		"name_similarity": 92,
		"by_domain": 1,
		"among_leads": 0,
	},
	{
		"rule_name": "Contact with the same e-mail",
		"record_type": "Contact",
		"action": "Warn",
		"by_email": 1,
		"among_customers": 0,
		"among_leads": 0,
		"among_contacts": 1,
	},
	{
		"rule_name": "Contact with the same name and phone",
		"record_type": "Contact",
		"action": "Warn",
		"match": "All of These Are the Same",
		"by_person": 1,
		"by_phone": 1,
		"among_customers": 0,
		"among_leads": 0,
		"among_contacts": 1,
	},
)
"""Names are shown translated; an admin changes, disables or replaces the rules."""


def seed() -> None:
	"""Insert the rules once, and fill the lists in the settings while nobody has."""
	if not frappe.db.count("SPM Duplicate Rule"):
		for rule in RULES:
			frappe.get_doc({"doctype": "SPM Duplicate Rule", **rule}).insert(ignore_permissions=True)
	for field, values in (
		("company_suffixes", identity.COMPANY_SUFFIXES),
		("shared_mail_domains", identity.SHARED_MAIL_DOMAINS),
	):
		if not frappe.db.exists("Singles", {"doctype": "SPM Settings", "field": field}):
			frappe.db.set_single_value("SPM Settings", field, "\n".join(values), update_modified=False)
