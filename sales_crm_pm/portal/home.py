"""Where a customer lands after logging in."""

from __future__ import annotations

import frappe

from sales_crm_pm.portal.access import PORTAL_ROLE

HOOK = "get_website_user_home_page"


def home_page(user: str) -> str | None:
	"""Return the customer's project list for portal users; for others whatever the other apps say.

	The framework asks only the last app for this page. `role_home_page` would be no better: an
	administrator holds every role and would land on the portal, too.
	"""
	if frappe.get_cached_value(
		"User", user, "user_type"
	) == "Website User" and PORTAL_ROLE in frappe.get_roles(user):
		return "my-projects"
	others = [path for path in frappe.get_hooks(HOOK) if path != f"{__name__}.home_page"]
	return frappe.get_attr(others[-1])(user) if others else None
