"""Which currency sums are made in."""

from __future__ import annotations

import frappe

FALLBACK_CURRENCY = "CNY"


def base_currency() -> str:
	"""The site's base currency: from our settings, else the site's default, else CNY."""
	return (
		frappe.get_cached_doc("SPM Settings").base_currency
		or frappe.db.get_default("currency")
		or FALLBACK_CURRENCY
	)
