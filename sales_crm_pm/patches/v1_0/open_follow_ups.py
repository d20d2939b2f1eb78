"""Give talks of before their follow-up and their attachment a row of its own."""

import frappe
from frappe.query_builder import DocType
from frappe.utils import getdate
from pypika import Case


def execute():
	"""Next dates to come are open follow-ups of the writer, past ones are done; safe to run twice."""
	talks = DocType("SPM Interaction")
	(
		frappe.qb.update(talks)
		.set(talks.follow_up_status, Case().when(talks.next_date >= getdate(), "Open").else_("Done"))
		.set(talks.follow_up_by, talks.owner)
		.where(
			talks.next_date.isnotnull() & (talks.follow_up_status.isnull() | (talks.follow_up_status == ""))
		)
		.run()
	)
	files = frappe.get_all(
		"SPM Interaction",
		filters={"attachment": ["is", "set"]},
		fields=["name", "attachment", "creation", "owner"],
		limit_page_length=0,
	)
	columns = [
		"name", "parent", "parenttype", "parentfield", "idx", "file",
		"creation", "modified", "owner", "modified_by",
	]  # fmt: skip
	rows = [
		[frappe.generate_hash(length=10), f.name, "SPM Interaction", "attachments", 1, f.attachment,
		 f.creation, f.creation, f.owner, f.owner]
		for f in files
	]  # fmt: skip
	if rows:
		frappe.db.bulk_insert("SPM Interaction Attachment", columns, rows)
		frappe.qb.update(talks).set(talks.attachment, None).where(talks.attachment.isnotnull()).run()
