"""Brings a record that is here already up to what its row says, through the ordinary save."""

from __future__ import annotations

from datetime import date, datetime

import frappe
from frappe import _
from frappe.utils import cstr, flt, get_datetime, getdate

from sales_crm_pm.importing import records

NUMBERS = ("Int", "Float", "Currency", "Percent", "Check")


def update_record(doctype: str, record, values: dict) -> dict:
	"""Update one record.

	:param doctype: the target
	:param record: the row, whose `existing` names the record
	:param values: field values of the row; empty cells are not in it and change nothing
	:returns: the note of what happened: Updated, or Skipped when nothing differs
	:raises Exception: whatever the rules raise
	"""
	doc = frappe.get_doc(doctype, record.existing)
	doc.check_permission("write")
	values = {k: v for k, v in values.items() if k not in ("import_run", "pipeline")}
	before = snapshot(doc)
	if not apply(doc, values):
		return records.skipped(record.row_no, _("Nothing in the row differs."), doctype, doc.name)
	doc.flags.history = True
	doc.save()
	return records.updated(record.row_no, doc, before)


def apply(doc, values: dict) -> bool:
	"""Set what differs.

	:returns: whether anything did
	"""
	changed = False
	for fieldname, value in values.items():
		df = doc.meta.get_field(fieldname)
		if df and df.fieldtype == "Table":
			changed |= _apply_line(doc, fieldname, value[0])
		elif not _same(df.fieldtype if df else "Data", doc.get(fieldname), value):
			doc.set(fieldname, value)
			changed = True
	return changed


def _apply_line(doc, fieldname: str, line: dict) -> bool:
	"""A row of the file describes one product line; lines that people added beside it stay."""
	rows = doc.get(fieldname)
	row = next((r for r in rows if r.product == line["product"]), None)
	if row is None and len(rows) == 1:
		row = rows[0]
	if row is None:
		doc.append(fieldname, line)
		return True
	changed = False
	for key, value in line.items():
		df = row.meta.get_field(key)
		if not _same(df.fieldtype, row.get(key), value):
			row.set(key, value)
			changed = True
	return changed


def _same(fieldtype: str, stored, value) -> bool:
	if fieldtype in NUMBERS:
		return flt(stored, 6) == flt(value, 6)
	if fieldtype == "Date" or (isinstance(value, date) and not isinstance(value, datetime)):
		return bool(stored) and getdate(stored) == getdate(value)
	if fieldtype == "Datetime":
		return bool(stored) and get_datetime(stored) == get_datetime(value)
	return cstr(stored).strip() == cstr(value).strip()


def snapshot(doc) -> dict:
	"""All stored values of a record and its child rows, enough to put it back exactly."""
	return {
		"values": _stored(doc),
		"children": {
			df.fieldname: [_stored(child) for child in doc.get(df.fieldname) or ()]
			for df in doc.meta.get_table_fields()
		},
	}


def _stored(doc) -> dict:
	return dict(doc.get_valid_dict(convert_dates_to_str=True, ignore_virtual=True))
