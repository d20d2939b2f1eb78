"""Notes in the desk for people, each in their own language, sent after the transaction is committed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import frappe
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification

from sales_crm_pm.loop.figures import site_language


def languages_of(people: Iterable[str | None]) -> dict[str, list[str]]:
	"""Language and its readers among enabled people other than the one who acts."""
	wanted = sorted({p for p in people if p and p not in (frappe.session.user, "Administrator", "Guest")})
	if not wanted:
		return {}
	readers: dict[str, list[str]] = {}
	for user, language in frappe.get_all(
		"User", filters={"name": ["in", wanted], "enabled": 1}, fields=["name", "language"], as_list=True
	):
		readers.setdefault(language or site_language(), []).append(user)
	return readers


def send(people: Iterable[str | None], doctype: str, name: str, sentence: Callable[[str], str]) -> None:
	"""Tell people something about a record (mail is the business of the Workflow and of Notifications).

	:param sentence: gives the finished sentence, which may hold HTML, in a language
	"""
	for language, users in sorted(languages_of(people).items()):
		enqueue_create_notification(
			users,
			{
				"type": "Alert",
				"document_type": doctype,
				"document_name": name,
				"subject": sentence(language),
				"from_user": frappe.session.user,
			},
		)
