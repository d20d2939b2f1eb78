"""What the importer's tests share: upload a table, import it, count tables."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import frappe

MAVEN = Path(__file__).resolve().parents[3] / "shared" / "data" / "maven"
# Running numbers move on, queues and logs are not the importer's records.
NOT_COUNTED = {
	"Series",
	"File",
	"SPM Import Run",
	"Error Log",
	"Activity Log",
	"Scheduled Job Log",
	"Version",
	"RQ Job",
}


def upload(content: bytes | str, file_name: str = "table.csv") -> str:
	"""Store a private file and return its name."""
	content = content.encode() if isinstance(content, str) else content
	name = f"{frappe.generate_hash(length=8)}-{file_name}"
	return (
		frappe.get_doc({"doctype": "File", "file_name": name, "content": content, "is_private": 1})
		.insert()
		.name
	)


def as_csv(rows: list[dict]) -> str:
	"""Rows as the text of a CSV file."""
	stream = io.StringIO()
	writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
	writer.writeheader()
	writer.writerows(rows)
	return stream.getvalue()


def run_now(file: str, mapping: dict | None = None, options: dict | None = None):
	"""Import a file within the test's transaction and return the run."""
	from sales_crm_pm.importing import request, runner

	name = runner.start(request.load(file, None, mapping, options), file, background=False)
	return frappe.get_doc("SPM Import Run", name)


def table_counts() -> dict[str, int]:
	"""Rows of every table of our record types, and of what the framework keeps about records."""
	names = frappe.get_all("DocType", filters={"module": "Sales CRM PM", "issingle": 0}, pluck="name")
	names += ["Version", "Comment", "ToDo", "Communication"]
	return {
		name: frappe.db.count(name)
		for name in names
		if name not in NOT_COUNTED and not frappe.get_meta(name).get("is_virtual")
	}
