"""Endpoints of the importer: preview, run, undo (api.md), and what the page needs besides."""

from typing import Any

import frappe
from frappe.utils import now_datetime, time_diff_in_seconds

from sales_crm_pm.importing import preview as previewing
from sales_crm_pm.importing import records, request, runner, targets
from sales_crm_pm.importing import undo as undoing


@frappe.whitelist(methods=["POST"])
def preview(
	file: str,
	preset: str | None = None,
	mapping: dict | str | None = None,
	options: dict | str | None = None,
	check: bool = True,
) -> dict[str, Any]:
	"""Show what importing a file would do; nothing is kept.

	:param file: name or URL of an uploaded File
	:param preset: name of an SPM Import Preset
	:param mapping: {"target", "columns": {column: field}, "values": {field: {word: record}}, "options": {...}}
	:param options: missing_customer ("skip" or "placeholder"), placeholder_customer, create_missing [types],
		accept_suggestions, existing ("update" or "skip"), duplicates ("refuse" or "create"), pipeline, default_loss_reason, date_formats, sheet
	:param check: False leaves out the rules and is faster
	:returns: counts per record type, errors [{row, column, reason}], columns, values, decisions, ready
	"""
	_check_any_permission()
	return previewing.preview(file, preset, mapping, _parsed(options), check)


@frappe.whitelist(methods=["POST"])
def run(
	file: str,
	preset: str | None = None,
	mapping: dict | str | None = None,
	options: dict | str | None = None,
	background: bool | None = None,
) -> dict[str, Any]:
	"""Import a file. Big files are left to a worker; `status` says so and the run record shows the progress.

	:param file: as for preview
	:param preset: as for preview
	:param mapping: as for preview
	:param options: as for preview
	:param background: force or forbid the worker; by default up to 200 rows are imported at once
	:returns: import_run, status, rows, counts and errors so far
	:raises ImportRunError: rows without a customer and no decision about them
	"""
	_check_any_permission()
	order = request.load(file, preset, mapping, _parsed(options))
	name = runner.start(order, file, preset, background)
	return status(name)


@frappe.whitelist(methods=["POST"])
def undo(import_run: str, keep_changed: bool = False) -> dict[str, Any]:
	"""Take a run back.

	:param import_run: name of the SPM Import Run
	:param keep_changed: keep records that were changed or used since and take back the rest
	:returns: import_run, counts {type: {delete, restore, keep}}, kept
	:raises ImportRunError: records were changed or used since; the response lists them as `blocked`
	"""
	_check_run(import_run, "write")
	return undoing.undo(import_run, keep_changed)


@frappe.whitelist(methods=["POST"])
def resume(import_run: str) -> dict[str, Any]:
	"""Let a worker go on with a run that stopped.

	:param import_run: name of the SPM Import Run
	:returns: as `status`
	"""
	_check_run(import_run, "write")
	runner.resume(import_run)
	return status(import_run)


@frappe.whitelist(methods=["GET", "POST"])
def status(import_run: str) -> dict[str, Any]:
	"""How far a run is.

	:param import_run: name of the SPM Import Run
	:returns: import_run, target, status, progress, rows, counts per record type, errors [{row, reason}], error_message,
		silent_seconds since the worker last wrote
	"""
	doc = _check_run(import_run, "read")
	entry = {"create": 0, "update": 0, "skip": 0, "fail": 0}
	found = records.counts_by_type(import_run)
	# The type that was asked for comes first, before what was created for it.
	counts = {doc.target: found.pop(doc.target, entry), **found}
	entry = counts[doc.target]
	entry["skip"], entry["fail"] = doc.rows_skipped or 0, doc.rows_failed or 0
	return {
		"import_run": doc.name,
		"target": doc.target,
		"status": doc.status,
		"progress": doc.progress or 0,
		"rows": doc.rows_total or 0,
		"counts": counts,
		"errors": records.errors(import_run),
		"error_message": doc.error_message,
		"silent_seconds": int(time_diff_in_seconds(now_datetime(), doc.modified)),
	}


def _parsed(options: dict | str | None) -> dict | None:
	# The desk sends forms, in which an object arrives as JSON text.
	return frappe.parse_json(options) if isinstance(options, str) and options else options or None


def _check_any_permission():
	if not targets.allowed():
		raise frappe.PermissionError(
			frappe._("You may not import anything. Ask an administrator for the rights.")
		)


def _check_run(import_run: str, right: str):
	doc = frappe.get_doc("SPM Import Run", import_run)
	doc.check_permission(right)
	return doc
