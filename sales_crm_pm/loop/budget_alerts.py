"""Alerts when a project has used up much of its budget: which levels are reached, and who is told, once each."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.query_builder import DocType
from frappe.utils import flt

from sales_crm_pm.loop.value import may_see_cost
from sales_crm_pm.rules.earned_value import EarnedValue
from sales_crm_pm.sales_crm_pm.doctype.spm_budget_alert.spm_budget_alert import CACHE_KEY

RANK = {"": 0, "Amber": 1, "Red": 2}


def levels() -> list[frappe._dict]:
	"""The enabled alerts, the lowest level first; from the cache, so that a saved task need not ask."""

	def read():
		return frappe.get_all(
			"SPM Budget Alert",
			filters={"enabled": 1},
			fields=["name", "used_percent", "only_ahead", "health", "role_to_tell"],
			order_by="used_percent, name",
		)

	return [frappe._dict(row) for row in frappe.cache.get_value(CACHE_KEY, read) or ()]


def reached(figures: EarnedValue, percent_complete: float) -> list[frappe._dict]:
	"""The alerts whose level a project has reached, the lowest first."""
	if figures.bac <= 0:
		return []
	# Not the rounded share that is shown: 79.99 % is not 80 %.
	used = 100 * figures.ac / figures.bac
	return [
		level
		for level in levels()
		if used >= flt(level.used_percent) and not (level.only_ahead and used <= percent_complete)
	]


def worst_health(alerts: list[frappe._dict]) -> str:
	"""The colour that reached alerts give a project; "" when none gives one."""
	return max((a.health or "" for a in alerts), key=RANK.get, default="")


def note(project: Any, alerts: list[frappe._dict], known: float) -> float:
	"""Have people told about levels that are new, after the transaction; returns the highest level ever told.

	:param project: row or document of the project
	:param known: the highest level that was told before
	"""
	fresh = [a for a in alerts if flt(a.used_percent) > flt(known)]
	if not fresh:
		return flt(known)
	highest = fresh[-1]
	frappe.enqueue(
		tell,
		enqueue_after_commit=True,
		job_id=f"spm-budget-{project.name}-{highest.name}",
		deduplicate=True,
		project=project.name,
		alert=highest.name,
	)
	return flt(highest.used_percent)


def tell(project: str, alert: str) -> list[str]:
	"""Background job: tell the project manager and the alert's role; returns who was told."""
	row = frappe.db.get_value(
		"SPM Project",
		project,
		["name", "project_name", "project_manager", "budget_used_percent", "percent_complete"],
		as_dict=True,
	)
	level = frappe.db.get_value("SPM Budget Alert", alert, ["name", "role_to_tell"], as_dict=True)
	if not row or not level:
		return []
	told = []
	for language, users in _readers(row.project_manager, level.role_to_tell).items():
		subject = _("Project {0} has used {1} % of its budget and done {2} % of its work.", language).format(
			f"<b>{frappe.utils.escape_html(row.project_name)}</b>",
			round(flt(row.budget_used_percent)),
			round(flt(row.percent_complete)),
		)
		enqueue_create_notification(
			users,
			{
				"type": "Alert",
				"document_type": "SPM Project",
				"document_name": project,
				"subject": subject,
				"from_user": "Administrator",
			},
		)
		told += users
	return told


def _readers(manager: str | None, role: str | None) -> dict[str, list[str]]:
	"""Language and names of the enabled people to tell who may see cost."""
	user, holder = DocType("User"), DocType("Has Role")
	wanted = user.name == (manager or "")
	query = frappe.qb.from_(user).select(user.name, user.language).where(user.enabled == 1)
	if role:
		holders = (
			frappe.qb.from_(holder)
			.select(holder.parent)
			.where((holder.role == role) & (holder.parenttype == "User"))
		)
		wanted = wanted | user.name.isin(holders)
	site = frappe.get_system_settings("language") or "en"
	readers: dict[str, list[str]] = {}
	for name, language in query.where(wanted).run():
		if name not in ("Administrator", "Guest") and may_see_cost(name):
			readers.setdefault(language or site, []).append(name)
	return readers
