"""Leads that come back to the public pool: after too long a silence, or because their person has left."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, cint, get_fullname, getdate

from sales_crm_pm.loop import lead_pool
from sales_crm_pm.loop.lead_config import config
from sales_crm_pm.rules.lead_pool import OPEN_STATUSES


def recycle_due() -> int:
	"""Daily job: bring leads back to the pool whose owner let the time pass; returns how many."""
	filters = {
		"recycle_on": ["<=", getdate()],
		"lead_owner": ["is", "set"],
		"status": ["in", OPEN_STATUSES],
	}
	return each("SPM Lead", filters, recycle, "Returning a lead to the pool")


def recycle(name: str) -> bool:
	"""Bring one lead back to the pool if its time is over; tells whether it was."""
	doc = frappe.get_doc("SPM Lead", name, for_update=True)
	pool = config().pools.get(doc.pool)
	due = lead_pool.recycle_on(doc, pool)
	if not due or due > getdate():
		# Somebody talked with it, or the rule became milder, since the date was written.
		frappe.db.set_value("SPM Lead", name, "recycle_on", due, update_modified=False)
		return False
	doc.times_recycled = cint(doc.times_recycled) + 1
	doc.lead_owner = None
	lead_pool.move(
		doc, lead_pool.Move("Returned", _("No talk for {0} days.").format(pool.recycle_after_days))
	)
	return True


def warn_before_recycling() -> int:
	"""Daily job: tell owners of leads that return to the pool soon, once per date; returns how many."""
	told = 0
	for pool in config().pools.values():
		if not pool.recycle_after_days or not pool.warn_days_before:
			continue
		filters = {
			"pool": pool.name,
			"recycle_on": ["between", [add_days(getdate(), 1), add_days(getdate(), pool.warn_days_before)]],
			"lead_owner": ["is", "set"],
			"status": ["in", OPEN_STATUSES],
		}
		told += each("SPM Lead", filters, _warn, "Warning of a lead's return to the pool")
	return told


def _warn(name: str) -> bool:
	doc = frappe.get_doc("SPM Lead", name)
	if doc.recycle_warned_for and getdate(doc.recycle_warned_for) == getdate(doc.recycle_on):
		return False
	doc.db_set("recycle_warned_for", doc.recycle_on, update_modified=False)
	lead_pool.tell(doc, "lead_returns_soon")
	return True


def each(doctype: str, filters: dict, work: Any, title: str) -> int:
	"""Do the work for every record, each in its own savepoint; an error is logged and stops nobody else."""
	done = 0
	for name in frappe.get_all(doctype, filters=filters, pluck="name", order_by="name", limit_page_length=0):
		frappe.db.savepoint("spm_lead_work")
		try:
			done += bool(work(name))
		except Exception:
			frappe.db.rollback(save_point="spm_lead_work")
			frappe.log_error(title, reference_doctype=doctype, reference_name=name)
	return done


def leave_people(doc: Any, method: str | None = None) -> None:
	"""Hook: leads of a person who is switched off go back to the pool, in the background."""
	if doc.enabled or not doc.has_value_changed("enabled"):
		return
	frappe.enqueue(
		"sales_crm_pm.loop.lead_recycling.release_all_of",
		user=doc.name,
		enqueue_after_commit=True,
		job_id=f"spm-leads-of-{doc.name}",
		deduplicate=True,
	)


def release_all_of(user: str) -> int:
	"""Bring all open leads of a disabled person back to the pool; returns how many."""
	if frappe.db.get_value("User", user, "enabled"):
		return 0

	def work(name: str) -> bool:
		doc = frappe.get_doc("SPM Lead", name, for_update=True)
		doc.lead_owner = None
		lead_pool.move(doc, lead_pool.Move("Released", _("{0} has left.").format(get_fullname(user))))
		return True

	return each("SPM Lead", {"lead_owner": user, "status": ["in", OPEN_STATUSES]}, work, "Releasing a lead")
