"""The notes of a run: one SPM Import Record per row, written in the same transaction as the row's record."""

from __future__ import annotations

import json
from collections.abc import Iterable

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count
from frappe.utils import now

from sales_crm_pm.loop.bulk import insert_rows

ACTIONS = ("Created", "Updated", "Skipped", "Failed")
# Rows of the file start at 2; 0 marks records the run needed besides (products, a placeholder customer).
MASTER_ROW = 0


def created(row_no: int, doc) -> dict:
	"""Note that a row became a new record."""
	return {
		"row_no": row_no,
		"action": "Created",
		"record_type": doc.doctype,
		"record_name": doc.name,
		"record_modified": str(doc.modified),
	}


def updated(row_no: int, doc, before: dict) -> dict:
	"""Note that a row changed a record, with all it was before."""
	return {**created(row_no, doc), "action": "Updated", "before": json.dumps(before, default=str)}


def skipped(row_no: int, reason: str, doctype: str | None = None, name: str | None = None) -> dict:
	"""Note that a row was left out on purpose, and why."""
	return {
		"row_no": row_no,
		"action": "Skipped",
		"reason": reason,
		"record_type": doctype,
		"record_name": name,
	}


def failed(row_no: int, reason: str) -> dict:
	"""Note that a row could not be imported, and why."""
	return {"row_no": row_no, "action": "Failed", "reason": reason}


def write(run: str, notes: list[dict]):
	"""Store notes of a run.

	:param run: name of the SPM Import Run
	:param notes: dicts made by created(), updated(), skipped(), failed()
	"""
	moment, user = now(), frappe.session.user
	empty = dict.fromkeys(
		("row_no", "action", "record_type", "record_name", "record_modified", "before", "reason")
	)
	insert_rows(
		"SPM Import Record",
		[
			{
				"name": frappe.generate_hash(length=16),
				"creation": moment,
				"modified": moment,
				"owner": user,
				"modified_by": user,
				"docstatus": 0,
				"idx": 0,
				"import_run": run,
				**empty,
				**note,
			}
			for note in notes
		],
	)


def done_rows(run: str) -> set[int]:
	"""Rows of the file that need no further work."""
	return set(
		frappe.get_all(
			"SPM Import Record",
			filters={"import_run": run, "row_no": [">", MASTER_ROW]},
			pluck="row_no",
			limit_page_length=0,
		)
	)


def counts(run: str) -> dict[str, int]:
	"""Rows by what became of them; every action is there, masters are not counted."""
	table = DocType("SPM Import Record")
	rows = (
		frappe.qb.from_(table)
		.select(table.action, Count("*"))
		.where((table.import_run == run) & (table.row_no > MASTER_ROW))
		.groupby(table.action)
		.run()
	)
	return dict.fromkeys(ACTIONS, 0) | dict(rows)


def counts_by_type(run: str) -> dict[str, dict[str, int]]:
	"""{record type: {create, update}} of all records of a run, masters included."""
	table = DocType("SPM Import Record")
	rows = (
		frappe.qb.from_(table)
		.select(table.record_type, table.action, Count("*"))
		.where((table.import_run == run) & table.action.isin(["Created", "Updated"]))
		.groupby(table.record_type, table.action)
		.run()
	)
	result: dict[str, dict[str, int]] = {}
	for doctype, action, count in rows:
		entry = result.setdefault(doctype, {"create": 0, "update": 0, "skip": 0, "fail": 0})
		entry["create" if action == "Created" else "update"] = count
	return result


def errors(run: str, limit: int = 500) -> list[dict]:
	"""Rows that failed, as {row, reason}, in the order of the file."""
	rows = frappe.get_all(
		"SPM Import Record",
		filters={"import_run": run, "action": "Failed"},
		fields=["row_no", "reason"],
		order_by="row_no asc",
		limit_page_length=limit,
	)
	return [{"row": row.row_no, "reason": row.reason} for row in rows]


def touched_customers(run: str, target: str) -> list[str]:
	"""Customers whose derived figures a run may have changed, those that records were moved away from included."""
	if target not in ("SPM Opportunity", "SPM Interaction"):
		return []
	note, record = DocType("SPM Import Record"), DocType(target)
	rows = (
		frappe.qb.from_(note)
		.join(record)
		.on(record.name == note.record_name)
		.select(record.customer)
		.distinct()
		.where((note.import_run == run) & (note.record_type == target) & record.customer.isnotnull())
		.run()
	)
	customers = {row[0] for row in rows}
	before = frappe.get_all(
		"SPM Import Record",
		filters={"import_run": run, "action": "Updated"},
		pluck="before",
		limit_page_length=0,
	)
	customers |= {json.loads(text)["values"].get("customer") for text in before if text}
	return sorted(customer for customer in customers if customer)


def lifecycle_stages(customers: Iterable[str]) -> dict[str, str]:
	"""Where customers stand now. Deals move them forward only, so undo has to know where they stood."""
	return dict(
		frappe.get_all(
			"SPM Customer",
			filters={"name": ["in", list(customers)]},
			fields=["name", "lifecycle_stage"],
			as_list=True,
			limit_page_length=0,
		)
	)


def remember_lifecycle(run: str, before: dict[str, str], after: dict[str, str]):
	"""Keep in the run which customers it moved forward, as {customer: [before, after]}.

	A resumed run may refresh twice; the first "before" is the true one.
	"""
	result = frappe.parse_json(frappe.db.get_value("SPM Import Run", run, "result") or "{}") or {}
	moved = result.setdefault("lifecycle", {})
	for customer, stage in before.items():
		if stage != after.get(customer):
			first = moved.get(customer, [stage])[0]
			moved[customer] = [first, after.get(customer)]
	frappe.db.set_value("SPM Import Run", run, "result", frappe.as_json(result))
