"""Shows what an import would do: every row checked by the rules that the run applies, nothing kept."""

from __future__ import annotations

import frappe
from frappe import _

from sales_crm_pm.importing import request, targets
from sales_crm_pm.importing.bulk import BulkWriter, importing_mode, reason_of
from sales_crm_pm.importing.masters import create_masters
from sales_crm_pm.importing.matching import fold
from sales_crm_pm.importing.parse import column_letter
from sales_crm_pm.importing.plan import Plan, as_word, build
from sales_crm_pm.importing.values import CREATABLE
from sales_crm_pm.loop import duplicates

SAMPLES = 3
MAX_ERRORS = 500
# Rules cost time per row; a file beyond this is checked in its cells and words only, and the preview says so.
MAX_CHECKED = 20_000


def preview(
	file: str,
	preset: str | None = None,
	mapping: dict | None = None,
	options: dict | None = None,
	check: bool = True,
) -> dict:
	"""Read, map and check a file without keeping anything.

	:param file: name or URL of a File
	:param preset: name of an SPM Import Preset
	:param mapping: see request.load
	:param options: see request.load
	:param check: False to leave out the rules (quick look at columns and words)
	:returns: counts per record type, errors with row and reason, columns, values and decisions
	:raises ImportRunError: the file or mapping is unusable
	"""
	order = request.load(file, preset, mapping, options)
	plan = build(order)
	masters: list = []
	checked = check and len(plan.records) <= MAX_CHECKED
	if checked:
		frappe.db.savepoint("spm_preview")
		try:
			with importing_mode():
				masters = create_masters(plan)
				# Words of the first plan are what people see; the second one knows the masters' names.
				check_records(build(order) if masters else plan, plan)
		finally:
			frappe.db.rollback(save_point="spm_preview")
			for doc in masters:
				frappe.clear_document_cache(doc.doctype, doc.name)
	return _answer(plan, masters, checked)


def check_records(plan: Plan, shown: Plan):
	"""Let every new record pass the checks of a real insert, and note on `shown` why rows do not."""
	new = [record.values for record in plan.records if record.action == "create"]
	with duplicates.batch(plan.request.doctype, new, plan.request.options.get("duplicates")):
		failures = _failures(plan)
	for record in shown.records:
		if record.row_no in failures:
			record.fail(failures[record.row_no])
	_fail_children_of_failed_parents(shown)


def _failures(plan: Plan) -> dict[int, str]:
	"""Reasons by row why records would be refused."""
	writer = BulkWriter(plan.request.doctype)
	failures: dict[int, str] = {}
	for record in plan.records:
		if record.action != "create":
			continue
		values = dict(record.values)
		if not writer.meta.has_field("source_owner"):
			values.pop("source_owner", None)
		if plan.request.doctype == "SPM Customer":
			# The parent is a row of this file and has no name yet; the plan has seen to it that it is there.
			parent = values.get("parent_customer")
			if parent and not frappe.db.exists("SPM Customer", parent, cache=True):
				del values["parent_customer"]
		try:
			doc = writer.build(values)
			writer.check(doc, named=False)
			doc.name = _("row {0}").format(record.row_no)
			duplicates.remember(doc)
		except Exception as error:
			failures[record.row_no] = reason_of(error)
	return failures


def _fail_children_of_failed_parents(plan: Plan):
	if plan.request.doctype != "SPM Customer":
		return
	failed = {
		fold(r.values["customer_name"])
		for r in plan.records
		if r.action == "fail" and r.values.get("customer_name")
	}
	# Parents come before their children, so one pass reaches grandchildren too.
	for record in plan.records:
		parent = record.values.get("parent_customer")
		if parent and fold(parent) in failed and record.action in ("create", "update"):
			record.fail(_("The parent company {0} cannot be imported.").format(parent))
			failed.add(fold(record.values["customer_name"]))


def counts_by_type(plan: Plan, masters: list) -> dict[str, dict[str, int]]:
	"""{record type: {create, update, skip, fail}} of what the run would do."""
	counts = {plan.request.doctype: {"create": 0, "update": 0, "skip": 0, "fail": 0}}
	for record in plan.records:
		counts[plan.request.doctype][record.action] += 1
	for doc in masters:
		entry = counts.setdefault(doc.doctype, {"create": 0, "update": 0, "skip": 0, "fail": 0})
		entry["create"] += 1
	return counts


def _answer(plan: Plan, masters: list, checked: bool) -> dict:
	order = plan.request
	failed = sorted((r for r in plan.records if r.action == "fail"), key=lambda r: r.row_no)
	undecided = plan.undecided()
	titles = {f.fieldname: f for f in order.fields}
	return {
		"target": order.doctype,
		"target_label": _(order.doctype),
		"targets": [{"value": name, "label": _(name)} for name in targets.allowed()],
		"rows": len(plan.records),
		"encoding": order.table.encoding,
		"delimiter": order.table.delimiter,
		"sheet": order.table.sheet,
		"sheets": order.table.sheets,
		"pipeline": plan.pipeline,
		"columns": _columns(plan),
		"fields": [
			{"fieldname": f.fieldname, "label": _(f.label), "fieldtype": f.fieldtype, "reqd": f.reqd}
			for f in order.fields
		],
		"values": [
			{**v.as_dict(), "label": _(titles[v.fieldname].label), "title": _(v.value) if v.value else ""}
			for v in _worth_showing(plan)
		],
		"choices": _choices(plan),
		"creatable": sorted(dt for dt in CREATABLE if frappe.has_permission(dt, "create")),
		"decisions": plan.decisions,
		"warnings": plan.warnings,
		"counts": counts_by_type(plan, masters),
		"masters": [
			{"doctype": d.doctype, "name": d.name, "title": d.get_title() or d.name} for d in masters
		],
		"errors": [{"row": r.row_no, "column": r.column, "reason": r.reason} for r in failed[:MAX_ERRORS]],
		"error_count": len(failed),
		"skipped": [{"row": r.row_no, "reason": r.reason} for r in plan.records if r.action == "skip"][
			:MAX_ERRORS
		],
		"checked": checked,
		"ready": not undecided and any(r.action in ("create", "update") for r in plan.records),
		"mapping": order.mapping(),
		"options": order.options,
	}


def _columns(plan: Plan) -> list[dict]:
	order, result = plan.request, []
	for index, column in enumerate(order.table.columns):
		kind, suggestion = order.kinds[index], order.suggestions.get(column)
		samples = list(
			dict.fromkeys(as_word(cell) for cell in order.table.column(index) if cell is not None)
		)[:SAMPLES]
		result.append(
			{
				"column": column,
				"letter": column_letter(index),
				"kind": kind.kind,
				"filled": kind.filled,
				"distinct": kind.distinct,
				"date_format": kind.date_format,
				"samples": samples,
				"fieldname": order.columns.get(column),
				"suggestion": suggestion.fieldname if suggestion else None,
				"score": suggestion.score if suggestion else 0,
			}
		)
	return result


def _worth_showing(plan: Plan) -> list:
	"""Words that need or got a decision, the open ones first, then the often used ones."""
	shown = [v for v in plan.values if v.how not in ("exact", "pending") or v.raw != v.value]
	order = {"open": 0, "create": 1, "mapped": 2, "empty": 3, "pending": 4, "exact": 5}
	shown = [v for v in shown if v.how not in ("exact", "pending")] or []
	return sorted(shown, key=lambda v: (order[v.how], -len(v.rows)))[:500]


def _choices(plan: Plan) -> dict[str, list[dict]]:
	"""For fields with undecided words: what they may be mapped to, when the list is short enough to choose from."""
	result: dict[str, list[dict]] = {}
	fields = {f.fieldname: f for f in plan.request.fields}
	for value in _worth_showing(plan):
		if value.fieldname in result:
			continue
		fld = fields[value.fieldname]
		if fld.fieldtype == "Select":
			result[value.fieldname] = [{"value": o, "label": _(o)} for o in fld.options.split("\n") if o]
		elif fld.options != "User" and frappe.db.count(fld.options) <= 300:
			result[value.fieldname] = _records(fld.options, plan)
	return result


def _records(doctype: str, plan: Plan) -> list[dict]:
	meta = frappe.get_meta(doctype)
	title = meta.title_field or "name"
	filters = {"pipeline": plan.pipeline, "disabled": 0} if doctype == "SPM Stage" else {}
	rows = frappe.get_list(
		doctype, filters=filters, fields=["name", f"{title} as title"], limit_page_length=300
	)
	return sorted(
		({"value": r.name, "label": _(r.title) if r.title else r.name} for r in rows),
		key=lambda r: r["label"].casefold(),
	)
