"""What a lead has gathered stays in sight of the customer and the deal it becomes.

Comments, mails and moves stay where they are: the timelines of customer and deal read them there. Mails are
linked as the framework links them, so that the forms show them, too. Files are attached to the deal (the same
file, not a copy of its content), and what is still to be done goes along.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import now_datetime


def hand_over(lead: Any) -> None:
	"""Make a converted lead's history visible from its customer and deal; a second time changes nothing."""
	targets = [("SPM Customer", lead.customer)]
	if lead.opportunity:
		targets.append(("SPM Opportunity", lead.opportunity))
	mails = frappe.get_all(
		"Communication",
		filters={
			"reference_doctype": "SPM Lead",
			"reference_name": lead.name,
			"communication_type": ["in", ["Communication", "Automated Message"]],
		},
		fields=["name", "communication_date"],
		limit_page_length=0,
	)
	link_mails(mails, targets)
	_attach_files(lead, targets[-1])
	_hand_over_todos(lead, targets[-1])
	values = {"customer": lead.customer}
	if lead.opportunity:
		values["opportunity"] = lead.opportunity
	frappe.db.set_value("SPM Lead Move", {"lead": lead.name}, values, update_modified=False)


def link_mails(mails: list[Any], targets: list[tuple[str, str]]) -> None:
	"""Link mails with records, as far as they are not; three statements for any number of mails."""
	if not mails:
		return
	there = {
		(row.parent, row.link_doctype, row.link_name): row.idx
		for row in frappe.get_all(
			"Communication Link",
			filters={"parenttype": "Communication", "parent": ["in", [mail.name for mail in mails]]},
			fields=["parent", "link_doctype", "link_name", "idx"],
			limit_page_length=0,
		)
	}
	now, user, rows = now_datetime(), frappe.session.user, []
	for mail in mails:
		idx = max((i for (parent, *_target), i in there.items() if parent == mail.name), default=0)
		for doctype, name in targets:
			if (mail.name, doctype, name) in there:
				continue
			idx += 1
			rows.append(
				(
					frappe.generate_hash(length=10),
					now,
					now,
					user,
					user,
					mail.name,
					"Communication",
					"timeline_links",
					idx,
					doctype,
					name,
				)
			)
	if rows:
		frappe.db.bulk_insert("Communication Link", LINK_FIELDS, rows)


LINK_FIELDS = [
	"name",
	"creation",
	"modified",
	"owner",
	"modified_by",
	"parent",
	"parenttype",
	"parentfield",
	"idx",
	"link_doctype",
	"link_name",
]


def follow_converted(mail: Any) -> None:
	"""A mail that still comes in for a converted lead belongs to its customer and deal as well."""
	found = frappe.db.get_value("SPM Lead", mail.reference_name, ["customer", "opportunity"], as_dict=True)
	if not found or not found.customer:
		return
	targets = [("SPM Customer", found.customer)]
	if found.opportunity:
		targets.append(("SPM Opportunity", found.opportunity))
	link_mails([mail], targets)


def _attach_files(lead: Any, target: tuple[str, str]) -> None:
	doctype, name = target
	files = frappe.get_all(
		"File",
		filters={"attached_to_doctype": "SPM Lead", "attached_to_name": lead.name},
		fields=["file_name", "file_url", "is_private"],
		limit_page_length=0,
	)
	if not files:
		return
	there = set(
		frappe.get_all(
			"File", filters={"attached_to_doctype": doctype, "attached_to_name": name}, pluck="file_url"
		)
	)
	for file in files:
		if file.file_url not in there:
			frappe.get_doc(
				{
					"doctype": "File",
					**file,
					"attached_to_doctype": doctype,
					"attached_to_name": name,
				}
			).insert(ignore_permissions=True)


def _hand_over_todos(lead: Any, target: tuple[str, str]) -> None:
	doctype, name = target
	frappe.db.set_value(
		"ToDo",
		{"reference_type": "SPM Lead", "reference_name": lead.name, "status": "Open"},
		{"reference_type": doctype, "reference_name": name},
		update_modified=False,
	)
