"""Snapshots of the open deals, so that an earlier forecast can be compared with what became of it."""

from __future__ import annotations

from datetime import date

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.custom import ConstantColumn
from frappe.query_builder.functions import Concat
from frappe.utils import add_months, cint, get_first_day, get_first_day_of_week, getdate, now_datetime

from sales_crm_pm.exceptions import SPMError

SNAPSHOT, ENTRY = "SPM Forecast Snapshot", "SPM Forecast Entry"

COPIED = (
	"title",
	"opportunity_owner",
	"pipeline",
	"stage",
	"status",
	"forecast_category",
	"expected_close_date",
	"amount_base",
	"probability",
	"weighted_amount",
	"base_currency",
)
REMEMBERED = ("Open", "On Hold")
"""Won deals need no copy: the day they were won on says what an earlier forecast already held."""


def take_snapshot(reason: str = "By Hand", note: str | None = None) -> tuple[str, bool]:
	"""Remember all open deals as they stand now. There is one snapshot a day; a second one is not taken.

	:param reason: "Scheduled" or "By Hand"
	:param note: what this moment was
	:return: name of today's snapshot, and whether it was made now
	:raises frappe.PermissionError: somebody by hand who may not write snapshots
	"""
	if reason == "By Hand":
		frappe.has_permission(SNAPSHOT, "write", throw=True)
	today = getdate()
	if known := frappe.db.exists(SNAPSHOT, {"taken_on": today}):
		return known, False
	doc = frappe.new_doc(SNAPSHOT)
	doc.update({"taken_on": today, "taken_at": now_datetime(), "reason": reason, "note": note})
	try:
		# People may not make snapshots by a form: what a snapshot holds is copied, never typed.
		doc.insert(ignore_permissions=True)
	except frappe.DuplicateEntryError:
		frappe.clear_last_message()
		return frappe.db.exists(SNAPSHOT, {"taken_on": today}), False
	copy_open_deals(doc)
	return doc.name, True


def copy_open_deals(snapshot) -> None:
	"""Fill a new snapshot with the open deals as they stand: one statement, however many there are."""
	entries, deals = DocType(ENTRY), DocType("SPM Opportunity")
	constants = {
		"creation": snapshot.taken_at,
		"modified": snapshot.taken_at,
		"owner": snapshot.owner,
		"modified_by": snapshot.owner,
		"docstatus": 0,
		"idx": 0,
		"snapshot": snapshot.name,
	}
	(
		frappe.qb.into(entries)
		.columns("name", *constants, "opportunity", *COPIED)
		.from_(deals)
		.select(
			Concat(f"{getdate(snapshot.taken_on):%y%m%d}-", deals.name),
			*(ConstantColumn(value) for value in constants.values()),
			deals.name,
			*(deals[fieldname] for fieldname in COPIED),
		)
		.where(deals.status.isin(REMEMBERED))
		.run()
	)


def take_due() -> str | None:
	"""Daily job: take a snapshot when the settings' day, week or month has none yet, and drop what is too old.

	:return: name of the snapshot taken, if any
	"""
	settings = frappe.get_cached_doc("SPM Settings")
	_drop_older_than(cint(settings.forecast_snapshot_keep_months))
	begin = period_begin(settings.forecast_snapshot_every, getdate())
	if begin is None or frappe.db.exists(SNAPSHOT, {"taken_on": [">=", begin]}):
		return None
	return take_snapshot("Scheduled")[0]


def period_begin(every: str | None, today: date) -> date | None:
	"""First day of the period that wants a snapshot of its own; None when none are wanted."""
	if every == "Day":
		return today
	if every == "Month":
		return getdate(get_first_day(today))
	return getdate(get_first_day_of_week(today)) if every == "Week" else None


def _drop_older_than(months: int) -> None:
	if not months:
		return
	limit = add_months(getdate(), -months)
	for name in frappe.get_all(SNAPSHOT, filters={"taken_on": ["<", limit]}, pluck="name"):
		delete_entries(name)
		frappe.delete_doc(SNAPSHOT, name, ignore_permissions=True, delete_permanently=True)


def delete_entries(snapshot: str) -> None:
	"""Delete what a snapshot remembers, in one statement."""
	frappe.db.delete(ENTRY, {"snapshot": snapshot})


def latest_before(day: date) -> str | None:
	"""The last snapshot taken on or before a day."""
	return frappe.db.get_value(SNAPSHOT, {"taken_on": ["<=", day]}, "name", order_by="taken_on desc")


def check_snapshot(name: str) -> date:
	"""The day a snapshot was taken on.

	:raises SPMError: there is none of that name
	"""
	day = frappe.db.get_value(SNAPSHOT, name, "taken_on")
	if not day:
		frappe.throw(
			_("There is no forecast snapshot {0}. Choose one from the list.").format(frappe.bold(name)),
			exc=SPMError,
		)
	return getdate(day)
