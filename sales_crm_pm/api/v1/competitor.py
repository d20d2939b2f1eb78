"""REST: competitors."""

from typing import Any

import frappe

from sales_crm_pm.insight import competition
from sales_crm_pm.loop.money import base_currency


@frappe.whitelist(methods=["GET"])
def record(competitor: str) -> dict[str, Any]:
	"""Give the wins and losses against a competitor, over the deals the user may see.

	:param competitor: name of the SPM Competitor
	:return: competitor, currency, open, won, lost, lost_to, win_rate (null without a closed deal), won_amount,
	    lost_amount, open_amount
	:raises frappe.PermissionError: no right to read the competitor
	"""
	frappe.get_doc("SPM Competitor", competitor).check_permission("read")
	rows = competition.against(competitor) if frappe.has_permission("SPM Opportunity", "read") else []
	nothing = {"open": 0, "won": 0, "lost": 0, "lost_to": 0, "win_rate": None}
	nothing |= {"won_amount": 0, "lost_amount": 0, "open_amount": 0}
	return {**(rows[0] if rows else nothing), "competitor": competitor, "currency": base_currency()}
