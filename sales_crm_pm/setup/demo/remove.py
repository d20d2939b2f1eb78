"""Takes the demo data away again: every record of the demo customers, leads, products and people."""

from __future__ import annotations

import frappe

from sales_crm_pm.loop.customer_tree import HISTORY
from sales_crm_pm.setup.demo import (
	board,
	data,
	duplicates,
	flagship,
	forecast,
	keep,
	lead,
	plan,
	quotation,
	risk,
	team,
	time,
)

# What hangs on a customer, in the order in which nothing is left pointing at what goes.
OF_A_CUSTOMER = (
	*HISTORY,
	"SPM Change Request",
	"SPM Payment",
	"SPM Contract",
	"SPM Interaction",
	"SPM Survey",
	"SPM Issue",
	"SPM Risk",
	"SPM Task",
	"SPM Milestone",
	"SPM Project",
	"SPM Quotation",
	"SPM Opportunity",
)
OF_A_PROJECT = ("SPM Progress Snapshot", "SPM Baseline Row", "SPM Baseline")
"""What hangs on a project and names no customer."""
TRACES = (
	("Comment", "reference_doctype", "reference_name"),
	("Version", "ref_doctype", "docname"),
	("ToDo", "reference_type", "reference_name"),
	("Workflow Action", "reference_doctype", "reference_name"),
	("Email Queue", "reference_doctype", "reference_name"),
	("View Log", "reference_doctype", "reference_name"),
	("DocShare", "share_doctype", "share_name"),
	("Activity Log", "reference_doctype", "reference_name"),
	("Communication", "reference_doctype", "reference_name"),
	("SPM Search Key", "reference_doctype", "reference_name"),
	("Notification Log", "document_type", "document_name"),
)


def remove() -> dict[str, int]:
	"""Delete all demo records and people.

	Deletes in bulk rather than document by document: demo records are ours alone, and half of them would
	refuse while the other half still points at them. Returns the number of rows deleted per record type.
	"""
	customers = frappe.get_all(
		"SPM Customer", filters={"external_id": ["like", f"{data.MARK}%"]}, pluck="name"
	)
	duplicates.remove(customers)
	counts: dict[str, int] = keep.remove(_delete, customers)
	counts |= plan.remove(_delete, customers)
	counts |= team.remove(_delete, customers)
	counts |= risk.remove(_delete, customers)
	counts |= time.remove(_delete)
	projects = frappe.get_all("SPM Project", filters={"customer": ["in", customers or [""]]}, pluck="name")
	for doctype in OF_A_PROJECT:
		counts[doctype] = _delete(doctype, {"project": ["in", projects or [""]]})
	for doctype in OF_A_CUSTOMER:
		counts[doctype] = _delete(doctype, {"customer": ["in", customers or [""]]})
	contacts = frappe.get_all(
		"Dynamic Link",
		filters={
			"parenttype": "Contact",
			"link_doctype": "SPM Customer",
			"link_name": ["in", customers or [""]],
		},
		pluck="parent",
	)
	counts["Contact"] = _delete("Contact", {"name": ["in", contacts or [""]]})
	counts |= lead.remove(_delete)
	counts["SPM Customer"] = _delete("SPM Customer", {"name": ["in", customers or [""]]})
	board.remove()
	forecast.remove()
	flagship.remove()
	counts["SPM Product"] = _delete("SPM Product", {"product_code": ["like", f"{data.MARK}%"]})
	quotation.forget_company()
	for user in frappe.get_all("User", filters={"name": ["like", f"%@{data.DOMAIN}"]}, pluck="name"):
		for contact in frappe.get_all("Contact", filters={"user": user}, pluck="name"):
			_delete("Contact", {"name": contact})
		frappe.delete_doc("User", user, force=True, ignore_permissions=True)
		counts["User"] = counts.get("User", 0) + 1
	# Deleting a person leaves a note of it.
	frappe.db.delete("Comment", {"comment_type": "Deleted", "subject": ["like", f"%@{data.DOMAIN}%"]})
	frappe.db.commit()  # nosemgrep: a command of its own
	frappe.clear_cache()
	return {doctype: number for doctype, number in counts.items() if number}


def _delete(doctype: str, filters: dict) -> int:
	"""Delete rows with their child rows, search entries and traces; return how many records went."""
	names = frappe.get_all(doctype, filters=filters, pluck="name")
	if not names:
		return 0
	for field in frappe.get_meta(doctype).get_table_fields():
		frappe.db.delete(field.options, {"parenttype": doctype, "parent": ["in", names]})
	for trace, type_field, name_field in TRACES:
		_delete_traces(trace, {type_field: doctype, name_field: ["in", names]})
	frappe.db.delete("__global_search", {"doctype": doctype, "name": ["in", names]})
	frappe.db.delete("File", {"attached_to_doctype": doctype, "attached_to_name": ["in", names]})
	frappe.db.delete(doctype, {"name": ["in", names]})
	return len(names)


def _delete_traces(trace: str, filters: dict) -> None:
	"""Delete what the framework noted about records, with its child rows."""
	if tables := frappe.get_meta(trace).get_table_fields():
		notes = frappe.get_all(trace, filters=filters, pluck="name")
		for field in tables:
			frappe.db.delete(field.options, {"parenttype": trace, "parent": ["in", notes or [""]]})
	frappe.db.delete(trace, filters)
