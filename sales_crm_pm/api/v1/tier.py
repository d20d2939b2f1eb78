"""REST: what new tier rules would do."""

from typing import Any

import frappe

from sales_crm_pm.loop import tier_preview


@frappe.whitelist(methods=["POST"])
def preview(rule: dict | str | None = None, settings: dict | str | None = None) -> dict[str, Any]:
	"""Who would move from which tier to which, and why, if a rule or the settings were saved as given.

	Nothing is written; saving the same values then does exactly this.

	:param rule: values of an SPM Tier Rule (rule_name, enabled, priority, conditions, effect, points, tier …)
	:param settings: the values of SPM Settings that concern tiers (tier_method, tier_a_from …)
	:return: method, customers, locked, before, after, moves, counts [{from, to, count}], rows [{customer,
	    customer_name, from, to, reason}] of those the caller may see
	:raises frappe.PermissionError: no right to write tier rules
	"""
	frappe.has_permission("SPM Tier Rule", "write", throw=True)
	return tier_preview.preview(_values(rule), _values(settings))


def _values(given: dict | str | None) -> dict | None:
	return frappe._dict(frappe.parse_json(given)) if given else None
