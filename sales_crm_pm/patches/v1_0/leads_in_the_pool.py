"""Leads of sites from before the public pool: campaigns become records, leads get their pool.

The campaign of a lead was a free text and is a link now; a lead without an owner needs its row in the pool.
"""

import frappe

from sales_crm_pm.loop import lead_config, lead_pool
from sales_crm_pm.rules.lead_pool import OPEN_STATUSES
from sales_crm_pm.setup import seed_lead


def execute():
	seed_lead.seed()
	make_campaigns()
	fill_pools()


def make_campaigns():
	"""One finished campaign per text that leads name."""
	words = set(
		frappe.get_all("SPM Lead", filters={"campaign": ["is", "set"]}, pluck="campaign", distinct=True)
	)
	for word in words - set(frappe.get_all("SPM Campaign", pluck="name")):
		doc = frappe.get_doc(
			{"doctype": "SPM Campaign", "campaign_name": word, "status": "Finished", "page_is_open": 0}
		)
		doc.insert(ignore_permissions=True, ignore_if_duplicate=True)


def fill_pools():
	"""Leads without an owner are shown in the default pool; nobody's own lead starts to return by itself."""
	lead_config.forget()
	pool = lead_config.config().pool_for(None)
	waiting = {"lead_owner": ["is", "not set"], "status": ["in", OPEN_STATUSES]}
	shown = set(frappe.get_all("SPM Pool Lead", pluck="lead", limit_page_length=0))
	for name in frappe.get_all("SPM Lead", filters=waiting, pluck="name", limit_page_length=0):
		if name in shown:
			continue
		doc = frappe.get_doc("SPM Lead", name)
		doc.db_set(
			{"pool": doc.pool or pool, "in_pool_since": doc.in_pool_since or doc.modified},
			update_modified=False,
		)
		lead_pool.put_on_show(doc)
