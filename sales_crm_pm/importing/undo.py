"""Takes a run back: what it created is deleted, what it changed is put back, as one transaction.

Records that people have worked on since are not thrown away silently: undo names them and stops, unless it
is told to keep those and take back the rest.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.model.dynamic_links import get_dynamic_link_map
from frappe.model.rename_doc import get_link_fields
from frappe.query_builder import DocType
from frappe.utils import get_datetime

from sales_crm_pm.exceptions import ImportRunError
from sales_crm_pm.importing import records
from sales_crm_pm.loop import customer_figures, customer_tree, lifecycle, search_keys
from sales_crm_pm.loop.bulk import insert_rows

UNDOABLE = ("Queued", "Running", "Completed", "Completed with Errors", "Failed", "Undoing")
BATCH = 1000
# Traces that follow a record and vanish with it, and our own notes about it.
FOLLOWERS = {
	"SPM Import Record",
	"Version",
	"Activity Log",
	"View Log",
	"Access Log",
	"Energy Point Log",
	"Document Follow",
	"Notification Log",
	"Deleted Document",
	"Document Share Log",
	"Route History",
	"Tag Link",
	"Milestone",
	"Email Queue",
	"Prepared Report",
	"Error Log",
	"Webhook Request Log",
	*customer_tree.HISTORY,
}
SHOWN = 20


@dataclass
class Blocked:
	"""Why a record stays: people changed it, or other records point to it."""

	doctype: str
	name: str
	reasons: list[str] = field(default_factory=list)


def undo(import_run: str, keep_changed: bool = False) -> dict:
	"""Take a run back.

	:param import_run: name of the run
	:param keep_changed: keep records that were changed or linked since and take back the rest
	:returns: {"import_run", "counts": {record type: {"delete", "restore", "keep"}}, "kept": [...]}
	:raises ImportRunError: records were changed or linked since (the response lists them), or the run is
		still working
	:raises frappe.PermissionError: the run or a record is not the user's to change
	"""
	run = frappe.get_doc("SPM Import Run", import_run, for_update=True)
	run.check_permission("write")
	_check_status(run)
	notes = frappe.get_all(
		"SPM Import Record",
		filters={"import_run": import_run, "action": ["in", ["Created", "Updated"]]},
		fields=["name", "row_no", "record_type", "record_name", "action", "before", "record_modified"],
		limit_page_length=0,
	)
	_check_rights(notes)
	blocked = find_blocked(notes)
	if blocked and not keep_changed:
		_refuse(blocked)
	kept = {(b.doctype, b.name) for b in blocked}
	gone = [note for note in notes if (note.record_type, note.record_name) not in kept]
	customers = records.touched_customers(import_run, run.target)
	counts = {
		doctype: {"delete": 0, "restore": 0, "keep": sum(b.doctype == doctype for b in blocked)}
		for doctype in {note.record_type for note in notes}
	}
	for doctype, names in _by_type(gone, "Created").items():
		delete_records(doctype, names)
		counts[doctype]["delete"] = len(names)
	for note in gone:
		if note.action == "Updated":
			_restore(note)
			counts[note.record_type]["restore"] += 1
	_refresh_customers(
		run, customers, {note.record_name for note in gone if note.record_type == "SPM Customer"}
	)
	_forget(import_run, gone, bool(kept))
	frappe.db.set_value(
		"SPM Import Run",
		import_run,
		{"status": "Completed with Errors" if kept else "Undone", "worker": None, "error_message": None},
	)
	return {
		"import_run": import_run,
		"counts": counts,
		"kept": [{"doctype": b.doctype, "name": b.name, "reasons": b.reasons} for b in blocked],
	}


def _check_status(run):
	if run.status == "Undone":
		frappe.throw(_("This run was undone already."), ImportRunError)
	if run.status not in UNDOABLE:
		frappe.throw(_("This run has not been started, there is nothing to undo."), ImportRunError)
	# Taking the mark away stops a worker that is still going, before its next chunk.
	frappe.db.set_value("SPM Import Run", run.name, {"worker": None, "status": "Undoing"})


def _check_rights(notes: list):
	for doctype in {note.record_type for note in notes if note.row_no}:
		# Importing gives the right to take back one's own import; deleting in general is for managers.
		if not frappe.has_permission(doctype, "create"):
			raise frappe.PermissionError(_("You may not change {0}.").format(_(doctype)))


def _by_type(notes: list, action: str) -> dict[str, list[str]]:
	"""Names by record type, rows of the file before the masters they refer to."""
	result: dict[str, list[str]] = {}
	for note in sorted(notes, key=lambda n: n.row_no == records.MASTER_ROW):
		if note.action == action:
			result.setdefault(note.record_type, []).append(note.record_name)
	return result


def find_blocked(notes: list) -> list[Blocked]:
	"""Records of a run that cannot go: changed since, or pointed to by something that stays.

	Repeated until nothing new is found, because a record that stays keeps what it points to.
	"""
	blocked: dict[tuple[str, str], Blocked] = {}
	by_type: dict[str, list] = {}
	for note in notes:
		by_type.setdefault(note.record_type, []).append(note)
	for doctype, group in by_type.items():
		for name in _changed(doctype, group):
			_block(blocked, doctype, name, _("changed since"))
	created = {
		doctype: {n.record_name for n in group if n.action == "Created"} for doctype, group in by_type.items()
	}
	while True:
		before = len(blocked)
		for doctype, names in created.items():
			for name, pointer_type, pointer in _pointed_to(doctype, names, created, blocked):
				_block(blocked, doctype, name, _("used by {0} {1}").format(_(pointer_type), pointer))
		if len(blocked) == before:
			return list(blocked.values())


def _block(blocked: dict, doctype: str, name: str, reason: str):
	entry = blocked.setdefault((doctype, name), Blocked(doctype, name))
	if reason not in entry.reasons and len(entry.reasons) < 5:
		entry.reasons.append(reason)


def _changed(doctype: str, notes: list) -> list[str]:
	"""Names whose time of change is no longer the one the run left. Records that are gone need no undo."""
	stamps: dict[str, object] = {}
	for note in notes:
		stamp = get_datetime(note.record_modified)
		stamps[note.record_name] = (
			max(stamp, stamps[note.record_name]) if note.record_name in stamps else stamp
		)
	changed = []
	for names in _batches(stamps):
		for name, modified in frappe.get_all(
			doctype,
			filters={"name": ["in", names]},
			fields=["name", "modified"],
			as_list=True,
			limit_page_length=0,
		):
			if get_datetime(modified) != stamps[name]:
				changed.append(name)
	return changed


def _pointed_to(doctype: str, names: set, created: dict[str, set], blocked: dict):
	"""Yield (name, pointing type, pointing record) for records that something outside the undo points to."""
	fields = [(f["parent"], f["fieldname"], None) for f in get_link_fields(doctype) if not f.get("issingle")]
	fields += [
		(df.parent, df.fieldname, df.options)
		for df in get_dynamic_link_map().get(doctype, [])
		if not df.get("issingle")
	]
	for pointer_type, fieldname, type_field in fields:
		meta = frappe.get_meta(pointer_type)
		if pointer_type in FOLLOWERS or meta.issingle or meta.get("is_virtual"):
			continue
		table = DocType(pointer_type)
		for batch in _batches(names):
			query = frappe.qb.from_(table).where(table[fieldname].isin(batch))
			query = query.select(
				table[fieldname], *((table.parenttype, table.parent) if meta.istable else (table.name,))
			)
			if type_field:
				query = query.where(table[type_field] == doctype)
			if pointer_type == "Comment":
				query = query.where(table.comment_type == "Comment")
			for target, *pointer in query.run():
				owner_type, owner = pointer if meta.istable else (pointer_type, pointer[0])
				if owner_type == doctype and owner == target:
					continue
				goes = owner in created.get(owner_type, ()) and (owner_type, owner) not in blocked
				if not goes:
					yield target, owner_type, owner


def _batches(names):
	ordered = sorted(names)
	for start in range(0, len(ordered), BATCH):
		yield ordered[start : start + BATCH]


def _refuse(blocked: list[Blocked]):
	frappe.local.response["blocked"] = [
		{"doctype": b.doctype, "name": b.name, "reasons": b.reasons} for b in blocked[:1000]
	]
	named = "; ".join("{} ({})".format(b.name, ", ".join(b.reasons)) for b in blocked[:SHOWN])
	frappe.throw(
		_(
			"{0} records were changed or used after the import and would be lost: {1}. Undo the rest and keep these, or leave the run as it is."
		).format(len(blocked), named),
		ImportRunError,
		title=_("Records Changed Since"),
	)


def delete_records(doctype: str, names: list[str]):
	"""Delete records with their child rows and everything the framework keeps about them, in few statements.

	frappe.delete_doc would look for links once per record, which find_blocked has done for all of them, and
	leave a copy of each in the recycle bin: undone means as if it had never been.
	"""
	meta = frappe.get_meta(doctype)
	followers = (
		("Version", "ref_doctype", "docname"),
		("Comment", "reference_doctype", "reference_name"),
		("Tag Link", "document_type", "document_name"),
		("Document Follow", "ref_doctype", "ref_docname"),
		("Notification Log", "document_type", "document_name"),
		("View Log", "reference_doctype", "reference_name"),
		("DocShare", "share_doctype", "share_name"),
		("Milestone", "reference_type", "reference_name"),
		("SPM Search Key", "reference_doctype", "reference_name"),
	)
	for batch in _batches(names):
		for log in customer_tree.HISTORY if doctype == "SPM Customer" else ():
			frappe.db.delete(log, {"customer": ["in", batch]})
		for df in meta.get_table_fields():
			frappe.db.delete(df.options, {"parenttype": doctype, "parent": ["in", batch]})
		for table, type_field, name_field in followers:
			frappe.db.delete(table, {type_field: doctype, name_field: ["in", batch]})
		frappe.db.delete(doctype, {"name": ["in", batch]})
	for name in names:
		frappe.clear_document_cache(doctype, name)
	# The search table knows no transactions: what is not committed yet must stay findable.
	frappe.db.after_commit.add(lambda: _forget_in_search(doctype, names))


def _forget_in_search(doctype: str, names: list[str]):
	search = frappe.qb.Table("__global_search")
	for batch in _batches(names):
		frappe.qb.from_(search).delete().where((search.doctype == doctype) & search.name.isin(batch)).run()


def _restore(note):
	"""Put a changed record back, row by row of what was noted before the change."""
	before = json.loads(note.before)
	values = before["values"]
	name = values.pop("name")
	meta = frappe.get_meta(note.record_type)
	modified, modified_by = values.pop("modified"), values.pop("modified_by")
	values = {k: v for k, v in values.items() if k in meta.get_valid_columns()}
	frappe.db.set_value(note.record_type, name, values, modified=modified, modified_by=modified_by)
	for fieldname, rows in before["children"].items():
		child_type = meta.get_field(fieldname).options
		frappe.db.delete(
			child_type, {"parenttype": note.record_type, "parent": name, "parentfield": fieldname}
		)
		insert_rows(child_type, rows)
	version = DocType("Version")
	(
		frappe.qb.from_(version)
		.delete()
		.where((version.ref_doctype == note.record_type) & (version.docname == name))
		.where((version.creation > modified) & (version.creation <= note.record_modified))
		.run()
	)
	if note.record_type in search_keys.FIELDS:
		search_keys.rebuild(note.record_type, [name])
	frappe.clear_document_cache(note.record_type, name)


def _refresh_customers(run, customers: list[str], gone: set[str]):
	if run.target == "SPM Customer":
		customer_tree.refresh()
	left = [customer for customer in customers if customer not in gone]
	if not left:
		return
	moved = (frappe.parse_json(run.result or "{}") or {}).get("lifecycle") or {}
	now_at = records.lifecycle_stages(left)
	# Somebody may have decided otherwise in the meantime; then that decision stays.
	back = {customer: before for customer, (before, after) in moved.items() if now_at.get(customer) == after}
	lifecycle.forget_import(back, run.started_on)
	# Deals that stay move the customer forward again, as far as they alone would.
	customer_figures.refresh(left)


def _forget(import_run: str, gone: list, keeps_some: bool):
	if not keeps_some:
		frappe.db.delete("SPM Import Record", {"import_run": import_run})
		return
	for batch in _batches({note.name for note in gone}):
		frappe.db.delete("SPM Import Record", {"name": ["in", batch]})
