"""REST: exchange rates of deals."""

from typing import Any

import frappe

from sales_crm_pm.loop import exchange
from sales_crm_pm.loop.money import base_currency


@frappe.whitelist(methods=["GET"])
def rate(from_currency: str, to_currency: str | None = None, day: str | None = None) -> dict[str, Any]:
	"""Give the rate of a pair of currencies that is valid on a day.

	:param from_currency: code such as USD
	:param to_currency: the site's base currency when not given
	:param day: today when not given
	:return: from_currency, to_currency, rate and valid_from (both null when no rate is known)
	:raises frappe.PermissionError: no right to read exchange rates
	"""
	frappe.has_permission("SPM Exchange Rate", "read", throw=True)
	to_currency = to_currency or base_currency()
	found = exchange.find_rate(from_currency, to_currency, day)
	value, valid_from = found or (None, None)
	return {
		"from_currency": from_currency,
		"to_currency": to_currency,
		"rate": value,
		"valid_from": str(valid_from) if valid_from else None,
	}


@frappe.whitelist(methods=["GET"])
def outdated(opportunities: list | str | None = None, day: str | None = None) -> dict[str, Any]:
	"""Show which open deals in foreign currency would change at the day's rates. Changes nothing.

	:param opportunities: names; all open deals that the user may write when not given
	:param day: today when not given
	:return: day, currency, rows, count, before, after, missing (currencies without a rate)
	:raises frappe.PermissionError: no right to write opportunities
	"""
	frappe.has_permission("SPM Opportunity", "write", throw=True)
	return _told(exchange.outdated(frappe.parse_json(opportunities), day))


@frappe.whitelist(methods=["POST"])
def recompute(opportunities: list | str | None = None, day: str | None = None) -> dict[str, Any]:
	"""Give open deals in foreign currency the day's rates; those with a rate set by hand keep it.

	:param opportunities: names; all open deals that the user may write when not given
	:param day: today when not given
	:return: as `outdated`, of what was changed
	:raises frappe.PermissionError: no right to write opportunities
	"""
	frappe.has_permission("SPM Opportunity", "write", throw=True)
	return _told(exchange.recompute(frappe.parse_json(opportunities), day))


def _told(preview: dict[str, Any]) -> dict[str, Any]:
	return {key: value for key, value in preview.items() if key != "names"}
