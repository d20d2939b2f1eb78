"""REST: leads."""

from dataclasses import asdict
from typing import Any

import frappe

from sales_crm_pm.loop import conversion


@frappe.whitelist(methods=["POST"])
def convert(lead: str, create_opportunity: bool | int = True) -> dict[str, Any]:
	"""Convert a lead into a customer with a contact and, unless told otherwise, an opportunity.

	:param lead: name of the SPM Lead
	:param create_opportunity: false leaves the opportunity out
	:return: customer, contact, opportunity (null when none) and created (false when all was there already)
	:raises frappe.PermissionError: no right to write the lead or to make one of the records
	"""
	frappe.get_doc("SPM Lead", lead).check_permission("write")
	return asdict(conversion.convert(lead, bool(create_opportunity)))
