"""A forecast snapshot of five weeks ago that today can be compared with."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, add_to_date, flt, getdate, now_datetime, today

from sales_crm_pm.loop import forecast
from sales_crm_pm.setup.demo import data

NOTE = f"{data.MARK}Start of the quarter"
WEEKS_AGO = 5


def tell(_story: Any) -> None:
	"""Remember when some deals were smaller, expected earlier, or not there yet; called by the story."""
	day = add_days(today(), -7 * WEEKS_AGO)
	if frappe.db.exists(forecast.SNAPSHOT, {"taken_on": day}):
		return
	snapshot = frappe.get_doc(
		{
			"doctype": forecast.SNAPSHOT,
			"taken_on": day,
			"taken_at": add_to_date(now_datetime(), days=-7 * WEEKS_AGO),
			"reason": "By Hand",
			"note": NOTE,
		}
	).insert(ignore_permissions=True)
	forecast.copy_open_deals(snapshot)
	entries = frappe.get_all(
		forecast.ENTRY,
		filters={"snapshot": snapshot.name},
		fields=["name", "amount_base", "probability", "expected_close_date"],
		order_by="name",
	)
	for number, entry in enumerate(entries):
		kind = number % 4
		if kind == 0:
			# Opened since then.
			frappe.db.delete(forecast.ENTRY, {"name": entry.name})
			continue
		values = {"expected_close_date": entry.expected_close_date or add_days(today(), 30)}
		if kind == 1:
			values["amount_base"] = flt(entry.amount_base * 0.8, 2)
		elif kind == 2:
			values["expected_close_date"] = add_days(getdate(values["expected_close_date"]), -45)
		values["probability"] = max(10, flt(entry.probability) - 15)
		values["weighted_amount"] = flt(
			values.get("amount_base", entry.amount_base) * values["probability"] / 100, 2
		)
		frappe.db.set_value(forecast.ENTRY, entry.name, values, update_modified=False)


def remove() -> None:
	"""Take the snapshot away."""
	for name in frappe.get_all(forecast.SNAPSHOT, filters={"note": NOTE}, pluck="name"):
		forecast.delete_entries(name)
		frappe.db.delete(forecast.SNAPSHOT, {"name": name})
