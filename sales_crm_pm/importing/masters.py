"""Creates the records a file refers to and the site lacks, as far as the person asked for it."""

from __future__ import annotations

import frappe

from sales_crm_pm.importing.bulk import reason_of
from sales_crm_pm.importing.plan import Plan
from sales_crm_pm.importing.shape import PENDING_PLACEHOLDER
from sales_crm_pm.importing.values import CREATABLE


def create_masters(plan: Plan) -> list:
	"""Insert masters, unknown customers and the placeholder customer, each with the user's own rights.

	:param plan: a plan whose values say `create`
	:returns: the documents that were inserted; a word the rules refuse is left out, and its rows will say why
	"""
	created = []
	for doctype, words in plan.to_create().items():
		for word in words:
			created += _insert(doctype, word)
	if any(r.values.get("customer") == PENDING_PLACEHOLDER for r in plan.records):
		created += _insert("SPM Customer", plan.placeholder)
	return created


def _insert(doctype: str, word: str) -> list:
	frappe.db.savepoint("spm_master")
	try:
		return [frappe.get_doc({"doctype": doctype, CREATABLE[doctype]: word}).insert()]
	except (frappe.ValidationError, frappe.PermissionError) as error:
		frappe.db.rollback(save_point="spm_master")
		reason_of(error)
		return []
