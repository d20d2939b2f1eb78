"""The morning mail: what is due and overdue, once a day for everybody who has something to do."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import formatdate, get_url_to_form, getdate, today
from frappe.utils.data import get_url

from sales_crm_pm.insight import work
from sales_crm_pm.insight.work_sources import WORK

ROWS = 25
SENT_ON = "spm_follow_up_digest_on"
"""User default that says for which day the mail has gone out."""
TEMPLATE = "SPM Follow-ups"


def send_digests() -> None:
	"""Queue one mail for everybody with something due; safe to run several times a day."""
	if not frappe.get_cached_doc("SPM Settings").follow_up_digest:
		return
	for user in people_with_work():
		frappe.enqueue(
			"sales_crm_pm.insight.digest.send_digest",
			user=user,
			day=today(),
			job_id=f"spm-follow-ups-{user}-{today()}",
			deduplicate=True,
			enqueue_after_commit=True,
		)


def people_with_work() -> list[str]:
	"""Enabled users with a follow-up, task, milestone or payment due by today; one statement."""
	parts = []
	for entry in WORK:
		table = DocType(entry.doctype)
		for column in entry.people:
			query = frappe.qb.from_(table).select(table[column].as_("person")).distinct()
			query = query.where(table[column].isnotnull() & (table[entry.due] <= getdate()))
			for name, value in entry.where.items():
				query = query.where(
					table[name].isin(value) if isinstance(value, tuple) else table[name] == value
				)
			parts.append(query)
	union = parts[0]
	for part in parts[1:]:
		union = union.union_all(part)
	found, users = union.as_("found"), DocType("User")
	return (
		frappe.qb.from_(users)
		.select(users.name)
		.where((users.enabled == 1) & (users.user_type == "System User"))
		.where(users.name.isin(frappe.qb.from_(found).select(found.person)))
		.orderby(users.name)
		.run(pluck=True)
	)


def send_digest(user: str, day: str) -> bool:
	"""Send one person the work of the day, once; returns whether a mail was queued."""
	if frappe.defaults.get_user_default(SENT_ON, user) == day:
		return False
	before, lang = frappe.session.user, frappe.local.lang
	# With the rights and in the language of the reader, as if they had opened the page.
	frappe.set_user(user)
	frappe.local.lang = frappe.db.get_value("User", user, "language", cache=True) or lang
	try:
		values = digest(user)
		template = _template(frappe.local.lang) if values else None
	finally:
		frappe.set_user(before)
		frappe.local.lang = lang
	if not values or not template:
		return False
	frappe.sendmail(
		recipients=[frappe.db.get_value("User", user, "email") or user],
		subject=frappe.render_template(template.subject, values),
		message=frappe.render_template(template.response_html or template.response, values),
	)
	frappe.defaults.set_user_default(SENT_ON, day, user)
	return True


def digest(user: str) -> dict[str, Any]:
	"""The values of the mail; empty when nothing is due."""
	page = work.page(user, 0, ROWS, when=["overdue", "today"])
	if not page["total"]:
		return {}
	overdue = sum(moments.get("overdue", 0) for moments in page["counts"].values())
	return {
		"first_name": frappe.db.get_value("User", user, "first_name", cache=True),
		"overdue": overdue,
		"due": page["total"] - overdue,
		"rows": [
			{
				"title": row["title"],
				"about": row["about_title"],
				"day": _("today") if row["days"] == 0 else formatdate(row["due"]),
				"url": get_url_to_form(row["doctype"], row["name"]),
			}
			for row in page["rows"]
		],
		"more": max(0, page["total"] - ROWS),
		"url": get_url("/app/spm-my-work"),
	}


def _template(lang: str) -> Any:
	"""The template in the reader's language, else the plain one; None when an admin deleted both."""
	for name in (f"{TEMPLATE} ({lang[:2]})", TEMPLATE):
		if frappe.db.exists("Email Template", name):
			return frappe.get_cached_doc("Email Template", name)
	return None
