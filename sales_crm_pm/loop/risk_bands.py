"""Bands of risk scores: an admin moves where one begins, the rest follows."""

from __future__ import annotations

import frappe
from frappe.query_builder import DocType

from sales_crm_pm.loop import risk, risk_register
from sales_crm_pm.rules import risk as rules


def follow() -> None:
	"""Let each band end where the next begins, and sort all risks into the bands as they are now."""
	bands = risk.bands()
	if bands and bands[0].from_score != rules.LOWEST:
		# The lowest was deleted; the next one takes its scores.
		frappe.db.set_value("SPM Risk Band", bands[0].name, "from_score", rules.LOWEST, update_modified=False)
	for name, end in rules.ends(bands).items():
		# A handful of bands, and only when an admin changes one.
		frappe.db.set_value("SPM Risk Band", name, "to_score", end, update_modified=False)
	risk_register.recompute()
	frappe.clear_document_cache("SPM Risk Band")
	# A critical risk turns a project red, so the health of all that run may change.
	frappe.enqueue(
		"sales_crm_pm.loop.progress.refresh_dated_figures",
		queue="long",
		enqueue_after_commit=True,
		job_id="sales_crm_pm:health-after-risk-bands",
		deduplicate=True,
	)


def let_go(band: str) -> None:
	"""Empty the links to a band that is about to go; `follow` fills them again afterwards."""
	for doctype, fieldname in (
		("SPM Risk", "band"),
		("SPM Risk", "residual_band"),
		("SPM Risk Assessment", "band"),
		("SPM Project", "worst_risk_band"),
	):
		table = DocType(doctype)
		frappe.qb.update(table).set(table[fieldname], None).where(table[fieldname] == band).run()
