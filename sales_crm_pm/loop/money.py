"""Which currency sums are made in, and how exact a currency is."""

from __future__ import annotations

import frappe
from frappe.utils.data import get_number_format_info

from sales_crm_pm.rules.money import PRECISION

FALLBACK_CURRENCY = "CNY"


def base_currency() -> str:
	"""The site's base currency: from our settings, else the site's default, else CNY."""
	return (
		frappe.get_cached_doc("SPM Settings").base_currency
		or frappe.db.get_default("currency")
		or FALLBACK_CURRENCY
	)


def precision_of(currency: str | None) -> int:
	"""How many decimals amounts in a currency have: 2 for most, 0 for yen."""
	number_format = currency and frappe.db.get_value("Currency", currency, "number_format", cache=True)
	return get_number_format_info(number_format)[2] if number_format else PRECISION
