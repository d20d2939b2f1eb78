"""REST: one search over customers, people, deals and projects."""

from typing import Any

import frappe

from sales_crm_pm.insight import search as insight


@frappe.whitelist(methods=["GET"])
def find(text: str, doctypes: list[str] | str | None = None, limit: int = 10) -> list[dict[str, Any]]:
	"""Records the caller may see whose words begin with the text; Chinese by pinyin and initials too.

	:param text: part of a name, pinyin ("zhangsan", "zs"), digits of a phone number, an e-mail address,
	    a domain, a tax number or a record's number
	:param doctypes: only these of SPM Customer, Contact, SPM Lead, SPM Opportunity, SPM Project
	:param limit: how many per record type, at most 100
	:return: rows with doctype, name, title, description, the best of each type first
	"""
	if isinstance(doctypes, str):
		doctypes = frappe.parse_json(doctypes) if doctypes.startswith("[") else [doctypes]
	return insight.find(text, doctypes, limit)
