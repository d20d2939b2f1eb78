"""What a customer sees of risks and issues: only those that somebody has decided to share, in words meant for them."""

from __future__ import annotations

from typing import Any

import frappe

from sales_crm_pm.loop import risk


def shared(project: str) -> list[dict[str, Any]]:
	"""Open risks and issues of a project that are shared; never a score, a cost, a cause, a plan or an owner.

	:param project: a project that the caller may show to the session's user
	"""
	found = []
	for doctype, kind, states, field in (
		("SPM Issue", "Issue", risk.ISSUE_OPEN, "raised_on"),
		("SPM Risk", "Risk", risk.OPEN, "identified_on"),
	):
		# The portal role has no rights on records; what it sees is decided by the tick on each.
		rows = frappe.get_all(
			doctype,
			filters={"project": project, "visible_to_customer": 1, "status": ["in", states]},
			fields=["title", "customer_text", f"{field} as since"],
			order_by=f"{field} desc, name",
		)
		found += [
			{
				"kind": kind,
				"title": row.title,
				"text": row.customer_text or None,
				"since": str(row.since)[:10] if row.since else None,
			}
			for row in rows
		]
	return found
