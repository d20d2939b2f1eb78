"""What a customer sees of the payments for a project."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce
from frappe.utils import cstr

HIDDEN = ("On Hold", "Cancelled")
"""What we do not ask for is nothing the customer has to see."""


def payments(project: str, settings: Any) -> list[dict[str, Any]]:
	"""Title, date and state of the payments of signed contracts for a project; amounts if prices are shared.

	:param project: a project that the caller may show to the session's user
	:param settings: SPM Settings
	"""
	p, c, link = DocType("SPM Payment"), DocType("SPM Contract"), DocType("SPM Contract Project")
	shared = (
		frappe.qb.from_(link)
		.select(link.parent)
		.where((link.parenttype == "SPM Contract") & (link.project == project))
	)
	rows = (
		frappe.qb.from_(p)
		.inner_join(c)
		.on(c.name == p.contract)
		.select(p.title, p.status, p.due_date, p.amount, p.outstanding, p.currency, p.invoice_no)
		.where(c.docstatus == 1)
		.where((p.project == project) | ((Coalesce(p.project, "") == "") & p.contract.isin(shared)))
		.orderby(p.contract)
		.orderby(p.sequence)
		.run(as_dict=True)
	)
	shown = []
	for row in rows:
		if row.status in HIDDEN:
			continue
		seen = {"title": row.title, "status": row.status, "invoice_no": row.invoice_no}
		if settings.portal_show_dates:
			seen["due_date"] = cstr(row.due_date)[:10] or None
		if settings.portal_show_price:
			seen.update(amount=row.amount, outstanding=row.outstanding, currency=row.currency)
		shown.append(seen)
	return shown
