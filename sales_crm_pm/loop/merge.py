"""Two records of the same customer, contact or lead become one, and nothing is left that names the other.

One transaction: either everything has moved, or nothing. A second call finds the work done.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe import _
from frappe.model import no_value_fields, table_fields
from frappe.query_builder import DocType
from frappe.utils import cint, cstr, flt, strip_html

from sales_crm_pm.exceptions import MergeError
from sales_crm_pm.loop import customer_figures, customer_tree, payments, progress, references, survey
from sales_crm_pm.loop.interaction import refresh_lead
from sales_crm_pm.loop.references import Reference
from sales_crm_pm.rules import identity

LOG = "SPM Merge Log"
CUSTOMER, LEAD, CONTACT = "SPM Customer", "SPM Lead", "Contact"
MERGEABLE = (CUSTOMER, CONTACT, LEAD)
# Fields of a lead that its conversion wrote; they go together.
CONVERSION = ("customer", "contact", "opportunity", "converted_on")
# Notes of which a person has one per record.
ONE_EACH = {
	"DocShare": ("user", "everyone"),
	"Document Follow": ("user",),
	"Tag Link": ("tag",),
	"User Permission": ("user", "allow", "applicable_for"),
}
LISTS = ("_assign", "_liked_by", "_seen")
NUMBERS = ("Int", "Float", "Currency", "Percent", "Rating", "Duration")


@dataclass
class Moved:
	"""What became of the rows of one column."""

	reference: Reference
	rows: int = 0
	united: int = 0


@dataclass
class Merge:
	"""What a merge did."""

	survivor: str
	merged: str
	log: str
	created: bool
	moved: list[dict[str, Any]] = field(default_factory=list)


def check(doctype: str, survivor: str, merged: str) -> tuple[Any, Any]:
	"""Both documents, for whoever may write both.

	:raises MergeError: they cannot be united
	:raises frappe.PermissionError: no right to write one of them
	"""
	if doctype not in MERGEABLE:
		frappe.throw(_("{0} cannot be merged.").format(_(doctype)), MergeError)
	if survivor == merged:
		frappe.throw(_("Choose two different records."), MergeError)
	docs = frappe.get_doc(doctype, survivor), frappe.get_doc(doctype, merged)
	for doc in docs:
		doc.check_permission("write")
	if doctype == LEAD and docs[0].customer and docs[1].customer and docs[0].customer != docs[1].customer:
		frappe.throw(
			_("These leads have become different customers. Merge the customers {0} and {1} first.").format(
				docs[0].customer, docs[1].customer
			),
			MergeError,
		)
	return docs


def preview(doctype: str, survivor: str, merged: str) -> dict[str, Any]:
	"""Both records side by side and what would move, without changing anything.

	:return: fields (fieldname, label, survivor, merged, taken), counts (doctype, label, rows), titles
	"""
	keep, gone = check(doctype, survivor, merged)
	found, _singles = references.to_records_of(doctype)
	counts: dict[str, int] = {}
	for reference, rows in references.count(doctype, merged, found).items():
		# A row of a table is told as the record it belongs to.
		owners = (
			references.owners(doctype, merged, reference) if reference.is_child else {reference.table: rows}
		)
		for table, number in owners.items():
			counts[table] = counts.get(table, 0) + number
	return {
		"doctype": doctype,
		"survivor": {"name": survivor, "title": keep.get_title() or survivor},
		"merged": {"name": merged, "title": gone.get_title() or merged},
		"fields": [
			{
				"fieldname": df.fieldname,
				"label": _(df.label, context=doctype),
				"survivor": _shown(keep, df),
				"merged": _shown(gone, df),
				"taken": _is_empty(keep.get(df.fieldname), df),
			}
			for df in choosable(keep)
			if _differ(keep, gone, df)
		],
		"counts": sorted(
			({"doctype": name, "label": _(name), "rows": rows} for name, rows in counts.items()),
			key=lambda row: (-row["rows"], row["label"]),
		),
	}


def choosable(doc: Any) -> list[Any]:
	"""Fields whose value may come from either record: what a person may write and no table."""
	levels = set(doc.get_permlevel_access("write")) | {0}
	closed = {*getattr(doc, "FIXED", ()), *getattr(doc, "COMPUTED", ()), "naming_series"}
	if doc.doctype == LEAD:
		closed.add("status")
	return [
		df
		for df in doc.meta.fields
		if df.fieldtype not in (*no_value_fields, *table_fields)
		and df.fieldname not in closed
		and not df.read_only
		and not df.hidden
		and not df.get("is_virtual")
		and df.permlevel in levels
	]


def _is_empty(value: Any, df: Any) -> bool:
	if df.fieldtype == "Check":
		return False
	return not flt(value) if df.fieldtype in NUMBERS else cstr(value).strip() == ""


def _differ(keep: Any, gone: Any, df: Any) -> bool:
	one, other = keep.get(df.fieldname), gone.get(df.fieldname)
	return not _is_empty(other, df) and cstr(one) != cstr(other)


def _shown(doc: Any, df: Any) -> str:
	value = doc.get(df.fieldname)
	if df.fieldtype == "Check":
		return _("Yes") if cint(value) else _("No")
	if _is_empty(value, df):
		return ""
	if df.fieldtype == "Select":
		return _(value, context=doc.doctype)
	if df.fieldtype == "Link":
		if df.options == "User":
			return frappe.utils.get_fullname(value)
		meta = frappe.get_meta(df.options)
		title = frappe.db.get_value(df.options, value, meta.title_field) if meta.title_field else value
		return _(title or value)
	return strip_html(cstr(frappe.format(value, df, doc=doc)))[:300]


def merge(doctype: str, survivor: str, merged: str, take: list[str] | None = None) -> Merge:
	"""Unite two records; the first stays.

	Empty fields of the one that stays are filled from the other, those in `take` are replaced, and every row
	of the site that names the other one names it from then on. What both have (the same person in the team,
	the same contact of a deal) is kept once.

	:param doctype: customer, contact or lead
	:param survivor: the record that stays
	:param merged: the record that goes
	:param take: fields whose value comes from the record that goes
	:raises MergeError: they cannot be united
	:raises frappe.PermissionError: no right to write one of them
	"""
	# Always in the same order, so that two people merging the same pair the other way round do not deadlock.
	for name in sorted((survivor, merged)):
		frappe.db.get_value(doctype, name, "name", for_update=True)
	if done := _done_before(doctype, survivor, merged):
		return done
	keep, gone = check(doctype, survivor, merged)
	allowed = {df.fieldname for df in choosable(keep)}
	if unknown := [fieldname for fieldname in take or () if fieldname not in allowed]:
		frappe.throw(_("These fields cannot be chosen: {0}.").format(", ".join(unknown)), MergeError)
	before = _snapshot(keep), _snapshot(gone)
	moved = _move_references(doctype, survivor, merged)
	moved += _move_own_rows(keep, merged)
	_unite_lists(doctype, keep, gone)
	title = gone.get_title() or merged
	frappe.delete_doc(doctype, merged, force=True, ignore_permissions=True)
	taken = _fill(doctype, survivor, gone, set(take or ()))
	_refresh(doctype, survivor, moved)
	log = _write_log(doctype, survivor, merged, title, moved, taken, before)
	return Merge(survivor, merged, log, True, _told(moved))


def _done_before(doctype: str, survivor: str, merged: str) -> Merge | None:
	if frappe.db.exists(doctype, merged):
		return None
	log = frappe.db.get_value(
		LOG, {"record_type": doctype, "merged_name": merged, "survivor": survivor}, order_by="creation desc"
	)
	if not log:
		return None
	frappe.has_permission(doctype, "write", doc=survivor, throw=True)
	return Merge(survivor, merged, log, False)


def _snapshot(doc: Any) -> str:
	values = doc.get_valid_dict(convert_dates_to_str=True, ignore_virtual=True)
	for df in doc.meta.get_table_fields():
		values[df.fieldname] = [
			row.get_valid_dict(convert_dates_to_str=True, ignore_virtual=True)
			for row in doc.get(df.fieldname)
		]
	return json.dumps(values, default=str, ensure_ascii=False)


def _move_references(doctype: str, survivor: str, merged: str) -> list[Moved]:
	found, singles = references.to_records_of(doctype)
	counts = references.count(doctype, merged, found)
	moved = []
	for reference, rows in counts.items():
		united = _unite(doctype, reference, survivor, merged)
		table = DocType(reference.table)
		query = (
			frappe.qb.update(table)
			.set(table[reference.fieldname], survivor)
			.where(table[reference.fieldname] == merged)
		)
		if reference.type_field:
			query = query.where(table[reference.type_field] == doctype)
		query.run()
		if reference.table == doctype:
			# The two pointed at each other (a company and its parent): nobody is their own.
			own = frappe.qb.update(table).set(table[reference.fieldname], None)
			own.where((table.name == survivor) & (table[reference.fieldname] == survivor)).run()
		moved.append(Moved(reference, rows - united, united))
	for single in singles:
		values = frappe.db.get_singles_dict(single.table)
		if values.get(single.fieldname) == merged and (
			not single.type_field or values.get(single.type_field) == doctype
		):
			frappe.db.set_single_value(single.table, single.fieldname, survivor)
	frappe.db.delete(
		"SPM Duplicate Exception",
		{"first_type": doctype, "first_record": survivor, "second_type": doctype, "second_record": survivor},
	)
	return moved


def _unite(doctype: str, reference: Reference, survivor: str, merged: str) -> int:
	"""Take away rows that would say a second time what a row of the survivor says; returns how many."""
	if reference.table in ONE_EACH:
		keys: tuple[str, ...] = ONE_EACH[reference.table]
	elif reference.unique:
		keys = ()
	elif reference.is_child and _is_about(reference):
		keys = ("parent", "parenttype", "parentfield")
	else:
		return 0
	filters = {reference.type_field: doctype} if reference.type_field else {}
	rows = frappe.get_all(
		reference.table,
		filters={**filters, reference.fieldname: ["in", [survivor, merged]]},
		fields=["*"],
		order_by="creation asc, idx asc",
		limit_page_length=0,
	)
	kept = {tuple(row[key] for key in keys): row for row in rows if row[reference.fieldname] == survivor}
	gone = []
	for row in rows:
		if row[reference.fieldname] != merged:
			continue
		same = kept.get(tuple(row[key] for key in keys))
		if same is None:
			continue
		_complete_row(reference.table, same, row)
		gone.append(row.name)
	if gone:
		_delete_rows(reference, gone)
	return len(gone)


def _is_about(reference: Reference) -> bool:
	"""Whether a child row is about the linked record, so that two in one parent would be one too many."""
	return reference.table == "Dynamic Link" or bool(
		frappe.get_meta(reference.table).get_field(reference.fieldname).reqd
	)


def _complete_row(table: str, kept: Any, other: Any) -> None:
	"""Fill what is empty in the row that stays; what is ticked in either is ticked (rights of a share too)."""
	values = {}
	for df in frappe.get_meta(table).fields:
		if df.fieldtype in (*no_value_fields, *table_fields):
			continue
		one, two = kept.get(df.fieldname), other.get(df.fieldname)
		if (df.fieldtype == "Check" and cint(two) > cint(one)) or (
			df.fieldtype not in ("Link", "Dynamic Link") and _is_empty(one, df) and not _is_empty(two, df)
		):
			values[df.fieldname] = two
	if values:
		frappe.db.set_value(table, kept.name, values, update_modified=False)
		kept.update(values)


def _delete_rows(reference: Reference, names: list[str]) -> None:
	if not reference.is_child:
		for df in frappe.get_meta(reference.table).get_table_fields():
			frappe.db.delete(df.options, {"parenttype": reference.table, "parent": ["in", names]})
	frappe.db.delete(reference.table, {"name": ["in", names]})


def _move_own_rows(keep: Any, merged: str) -> list[Moved]:
	"""Rows of the record's own tables (team, portal users, numbers) go over, each person and number once."""
	moved = []
	for df in keep.meta.get_table_fields():
		rows = frappe.get_all(
			df.options,
			filters={"parenttype": keep.doctype, "parent": merged, "parentfield": df.fieldname},
			fields=["*"],
			order_by="idx asc",
			limit_page_length=0,
		)
		if not rows:
			continue
		stored = frappe.get_all(
			df.options,
			filters={"parenttype": keep.doctype, "parent": keep.name, "parentfield": df.fieldname},
			fields=["*"],
			order_by="idx asc",
			limit_page_length=0,
		)
		kept = {_row_key(df.options, row): row for row in stored}
		note = Moved(Reference(df.options, "parent", is_child=True, label=df.label or ""))
		split = sum(flt(row.get("split_percent")) for row in stored)
		for row in rows:
			if same := kept.get(_row_key(df.options, row)):
				_complete_row(df.options, same, row)
				frappe.db.delete(df.options, {"name": row.name})
				note.united += 1
				continue
			values = {"parent": keep.name, "idx": len(stored) + note.rows + 1}
			for fieldname in ("is_primary", "is_primary_phone", "is_primary_mobile_no"):
				if row.get(fieldname) and any(other.get(fieldname) for other in stored):
					values[fieldname] = 0
			if flt(row.get("split_percent")) and split + flt(row.split_percent) > 100:
				# Shares of a team cannot be added beyond the whole; the people decide anew.
				values["split_percent"] = 0
			split += flt(values.get("split_percent", row.get("split_percent")))
			frappe.db.set_value(df.options, row.name, values, update_modified=False)
			note.rows += 1
		moved.append(note)
	return moved


def _row_key(table: str, row: Any) -> tuple:
	"""By what two rows of a record's own table are the same."""
	if table == "Contact Phone":
		return (identity.phone_key(row.phone) or row.phone,)
	if table == "Contact Email":
		return (identity.email_key(row.email_id) or row.email_id,)
	meta = frappe.get_meta(table)
	about = [df for df in meta.fields if df.reqd and df.fieldtype in ("Link", "Dynamic Link")]
	fields = about or [df for df in meta.fields if df.fieldtype not in (*no_value_fields, *table_fields)]
	return tuple(cstr(row.get(df.fieldname)) for df in fields)


def _unite_lists(doctype: str, keep: Any, gone: Any) -> None:
	"""Assignments, likes and tags of both."""
	values: dict[str, Any] = {}
	for column in LISTS:
		if keep.get(column) is not None or gone.get(column) is not None:
			both = [*_list(keep.get(column)), *_list(gone.get(column))]
			values[column] = json.dumps(list(dict.fromkeys(both))) if both else None
	tags = [tag for doc in (keep, gone) for tag in cstr(doc.get("_user_tags")).split(",") if tag.strip()]
	if tags:
		values["_user_tags"] = "," + ",".join(dict.fromkeys(tag.strip() for tag in tags))
	if values:
		frappe.db.set_value(doctype, keep.name, values, update_modified=False)


def _list(text: str | None) -> list:
	found = frappe.parse_json(text or "[]")
	return found if isinstance(found, list) else []


def _fill(doctype: str, survivor: str, gone: Any, take: set[str]) -> dict[str, Any]:
	"""Save the survivor with the chosen values and its gaps filled; returns what it took over."""
	doc = frappe.get_doc(doctype, survivor)
	taken = {}
	for df in choosable(doc):
		value = gone.get(df.fieldname)
		if df.fieldtype in ("Link", "Dynamic Link") and value == survivor:
			continue
		if df.fieldname in take or (_is_empty(doc.get(df.fieldname), df) and not _is_empty(value, df)):
			taken[df.fieldname] = value
	if doctype == LEAD and gone.customer and not doc.customer:
		taken.update({fieldname: gone.get(fieldname) for fieldname in CONVERSION}, status="Converted")
	doc.update(taken)
	doc.flags.ignore_duplicates = True
	doc.flags.derived = True
	doc.flags.merging = True
	# Both records were asked for write permission before.
	doc.save(ignore_permissions=True)
	return {key: value for key, value in taken.items() if not isinstance(value, list)}


def _refresh(doctype: str, survivor: str, moved: list[Moved]) -> None:
	"""Copies and derived figures of what has moved."""
	doc = frappe.get_doc(doctype, survivor)
	copied = {field for *_rest, field in references.copied_fields(doctype)}
	references.refresh_copies(
		doctype, survivor, {name: doc.get(name) for name in copied if doc.meta.has_field(name)}
	)
	if doctype == CUSTOMER:
		customer_figures.refresh([survivor])
		progress.refresh_customers([survivor])
		payments.refresh_customers(customers=[survivor])
		survey.refresh_customer_scores([survivor])
		customer_tree.refresh([survivor])
	elif doctype == LEAD:
		refresh_lead(survivor)
	for note in moved:
		frappe.clear_document_cache(note.reference.table)


def _write_log(
	doctype: str,
	survivor: str,
	merged: str,
	title: str,
	moved: list[Moved],
	taken: dict,
	before: tuple[str, str],
) -> str:
	doc = frappe.get_doc(doctype, survivor)
	log = frappe.get_doc(
		{
			"doctype": LOG,
			"record_type": doctype,
			"survivor": survivor,
			"survivor_title": doc.get_title(),
			"merged_name": merged,
			"merged_title": title,
			"merged_by": frappe.session.user,
			"taken": json.dumps(taken, default=str, ensure_ascii=False),
			"survivor_before": before[0],
			"merged_before": before[1],
			"moved": [
				{
					"record_type": note["doctype"],
					"field_label": note["label"],
					"rows_moved": note["rows"],
					"rows_united": note["united"],
				}
				for note in _told(moved)
			],
		}
	)
	# Written by the system for whoever may write both records.
	log.insert(ignore_permissions=True)
	doc.add_comment("Info", _("{0} ({1}) was merged into this record.").format(title, merged))
	return log.name


def _told(moved: list[Moved]) -> list[dict[str, Any]]:
	return [
		{
			"doctype": note.reference.table,
			"label": note.reference.label,
			"rows": note.rows,
			"united": note.united,
		}
		for note in sorted(moved, key=lambda note: (-note.rows - note.united, note.reference.table))
	]
