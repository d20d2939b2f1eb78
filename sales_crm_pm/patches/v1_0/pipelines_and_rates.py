"""Existing sites: competitors become records, deals get their stage limit, new pipelines and templates arrive."""

import frappe
from frappe.query_builder import DocType

from sales_crm_pm.loop import pipeline
from sales_crm_pm.setup import seed_board


def execute():
	"""Runs twice without harm: every step looks at what is there."""
	make_competitors()
	pipeline.forget_stages()
	for stage in frappe.get_all(
		"SPM Stage", filters={"max_days": [">", 0]}, fields=["name", "max_days", "stage_type"]
	):
		pipeline.apply_limit(stage.name, stage.max_days, stage.stage_type)
	seed_board.seed()


def make_competitors():
	"""What was typed as a competitor's name is a link now; each name becomes a record of the same name."""
	row = DocType("SPM Opportunity Competitor")
	for name in frappe.qb.from_(row).select(row.competitor).distinct().run(pluck=True):
		name = (name or "").strip()
		if name and not frappe.db.exists("SPM Competitor", name):
			frappe.get_doc({"doctype": "SPM Competitor", "competitor_name": name}).insert(
				ignore_permissions=True, ignore_if_duplicate=True
			)
