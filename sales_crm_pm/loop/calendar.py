"""The site's working days and quiet hours, from the settings page."""

from __future__ import annotations

from datetime import time

import frappe
from frappe.utils import cint, get_time, getdate

from sales_crm_pm.rules.workdays import EVERY_DAY, SATURDAY, SUNDAY, Calendar


def working_days() -> Calendar:
	"""The calendar of the settings: weekend, holidays, and days worked instead."""
	settings = frappe.get_cached_doc("SPM Settings")
	off = {
		day
		for day, fieldname in ((SATURDAY, "work_on_saturday"), (SUNDAY, "work_on_sunday"))
		if not cint(settings.get(fieldname))
	}
	rows = settings.get("holidays") or []
	return Calendar(
		days_off=frozenset(off),
		holidays=frozenset(getdate(row.holiday_date) for row in rows if not row.is_working_day),
		worked=frozenset(getdate(row.holiday_date) for row in rows if row.is_working_day),
	)


def mailing_days() -> Calendar:
	"""The days on which sequences may send: working days, or every day when the settings say so."""
	settings = frappe.get_cached_doc("SPM Settings")
	return working_days() if cint(settings.get("marketing_workdays_only")) else EVERY_DAY


def quiet_hours() -> tuple[time | None, time | None]:
	"""From when until when no mail of a sequence leaves; (None, None) when the settings name no hours."""
	settings = frappe.get_cached_doc("SPM Settings")
	start, end = settings.get("quiet_from"), settings.get("quiet_until")
	if start in (None, "") or end in (None, ""):
		return None, None
	return get_time(start), get_time(end)
