"""Who answers for what: what a project has to name before it may be approved (MS-06)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce


def missing(project: Any) -> list[str]:
	"""Return, as sentences, what nobody answers for yet: the project as a whole, and each milestone."""
	found = []
	accountable = {row.user for row in project.team if row.raci == "Accountable"}
	if not accountable:
		found.append(_("Nobody of the team is accountable for the project."))
	elif len(accountable) > 1:
		found.append(_("{0} people are accountable for the project. One person must be.").format(len(accountable)))
	m = DocType("SPM Milestone")
	rows = (
		frappe.qb.from_(m)
		.select(m.title)
		.where((m.project == project.name) & (m.status != "Cancelled"))
		.where((Coalesce(m.milestone_owner, "") == "") | (Coalesce(m.accountable, "") == ""))
		.orderby(m.sequence)
		.orderby(m.planned_date)
		.run(pluck=True)
	)
	found += [_("Milestone {0} needs an owner and an accountable person.").format(title) for title in rows]
	return found
