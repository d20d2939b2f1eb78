"""What a person or program asked for: file, target, columns, chosen values and options, all checked."""

import json
from dataclasses import dataclass, field

import frappe
from frappe import _

from sales_crm_pm.exceptions import ImportRunError
from sales_crm_pm.importing import targets
from sales_crm_pm.importing.detect import ColumnKind, detect_column
from sales_crm_pm.importing.matching import Field, Suggestion, suggest_columns
from sales_crm_pm.importing.parse import MAX_COLUMNS, MAX_ROWS, Table, UnreadableFile, read_table

OPTION_NAMES = {
	"missing_customer",
	"placeholder_customer",
	"pipeline",
	"default_loss_reason",
	"create_missing",
	"accept_suggestions",
	"existing",
	"date_formats",
	"sheet",
	"chunk_size",
	"duplicates",
}


@dataclass
class Request:
	"""A complete order to import one table into one record type."""

	table: Table
	doctype: str
	kinds: list[ColumnKind]
	fields: list[Field]
	suggestions: dict[str, Suggestion | None]
	columns: dict[str, str]
	values: dict[str, dict] = field(default_factory=dict)
	options: dict = field(default_factory=dict)

	def mapping(self) -> dict:
		"""The order as it is stored with a run or preset."""
		return {"target": self.doctype, "columns": self.columns, "values": self.values}


def load(
	file: str, preset: str | None = None, mapping: dict | None = None, options: dict | None = None
) -> Request:
	"""Read a file and complete what was not said with suggestions.

	:param file: name or URL of a File the user may read
	:param preset: name of an SPM Import Preset
	:param mapping: {"target", "columns": {column: fieldname}, "values": {fieldname: {word: record}}, "options"}
		or just {column: fieldname}; goes before the preset
	:param options: see OPTION_NAMES; goes before those in mapping and preset
	:raises ImportRunError: the file cannot be read or the mapping names unknown columns or fields
	:raises frappe.PermissionError: the user may not read the file or import the type
	"""
	mapping = _normalise(mapping)
	stored = _from_preset(preset)
	merged = {**(stored.get("options") or {}), **(mapping.get("options") or {}), **(options or {})}
	unknown = sorted(set(merged) - OPTION_NAMES)
	if unknown:
		_refuse(_("Unknown options: {0}.").format(", ".join(unknown)))
	table = read(file, merged.get("sheet"))
	kinds = [detect_column(table.column(i)) for i in range(len(table.columns))]
	doctype = mapping.get("target") or stored.get("target") or guess_target(table, kinds)
	targets.check_permission(doctype)
	fields = targets.fields(doctype)
	suggestions = suggest_columns(doctype, table.columns, kinds, fields)
	# A preset is written for a family of files: columns it does not know are still proposed.
	columns = {column: s.fieldname for column, s in suggestions.items() if s}
	if mapping.get("columns"):
		columns = _checked(mapping["columns"], table, fields, strict=True)
	elif stored.get("columns"):
		known = _checked(stored["columns"], table, fields, strict=False)
		columns = {
			c: f for c, f in columns.items() if c not in stored["columns"] and f not in known.values()
		} | known
	values = {**(stored.get("values") or {})}
	for fieldname, chosen in (mapping.get("values") or {}).items():
		values[fieldname] = {**values.get(fieldname, {}), **chosen}
	return Request(table, doctype, kinds, fields, suggestions, columns, values, merged)


def read(file: str, sheet: str | None = None) -> Table:
	"""Read the table of a File the current user may read.

	:raises ImportRunError: with a sentence that says what is wrong with the file
	"""
	doc = file_document(file)
	try:
		content = doc.get_content()
		if isinstance(content, str):
			# get_content decodes what looks like text; the bytes on disk are what tells the encoding.
			with open(doc.get_full_path(), "rb") as handle:
				content = handle.read()
	except OSError:
		_refuse(_("The file {0} is no longer there. Upload it again.").format(doc.file_name))
	try:
		return read_table(content, doc.file_name or "", sheet)
	except UnreadableFile as error:
		_refuse(_sentence(error))


def file_document(file: str):
	"""The File record by name or URL, after checking that the user may read it."""
	name = (
		file
		if frappe.db.exists("File", file)
		else frappe.db.get_value("File", {"file_url": file}, order_by="creation desc")
	)
	if not name:
		raise frappe.DoesNotExistError(_("There is no file {0}. Upload it first.").format(file))
	doc = frappe.get_doc("File", name)
	doc.check_permission("read")
	return doc


def guess_target(table: Table, kinds: list[ColumnKind]) -> str:
	"""The record type whose fields the columns fit best, among those the user may import."""
	allowed = targets.allowed()
	if not allowed:
		raise frappe.PermissionError(_("You may not import anything. Ask an administrator for the rights."))
	best, best_score = allowed[0], -1
	for doctype in allowed:
		fields = targets.fields(doctype)
		found = [s for s in suggest_columns(doctype, table.columns, kinds, fields).values() if s]
		mandatory = {f.fieldname for f in fields if f.reqd}
		score = (
			sum(s.score for s in found)
			+ 60 * len(mandatory & {s.fieldname for s in found})
			- 40 * len(mandatory)
		)
		if score > best_score:
			best, best_score = doctype, score
	return best


def _normalise(mapping: dict | str | None) -> dict:
	if isinstance(mapping, str):
		mapping = json.loads(mapping or "{}")
	mapping = dict(mapping or {})
	if mapping and not set(mapping) & {"target", "columns", "values", "options"}:
		return {"columns": mapping}
	return mapping


def _from_preset(preset: str | None) -> dict:
	if not preset:
		return {}
	doc = frappe.get_doc("SPM Import Preset", preset)
	doc.check_permission("read")
	stored = frappe.parse_json(doc.mapping or "{}") or {}
	return {
		"target": doc.target,
		"columns": stored.get("columns") or {},
		"values": stored.get("values") or {},
		"options": frappe.parse_json(doc.options or "{}") or {},
	}


def _checked(columns: dict, table: Table, fields: list[Field], strict: bool) -> dict[str, str]:
	known = {f.fieldname for f in fields}
	result: dict[str, str] = {}
	for column, fieldname in columns.items():
		if not fieldname:
			continue
		if column not in table.columns:
			if strict:
				_refuse(_("The file has no column {0}.").format(column))
			continue
		if fieldname not in known:
			_refuse(_("{0} is no field that a file can fill.").format(fieldname))
		if fieldname in result.values():
			_refuse(_("Two columns are mapped to {0}. Choose one.").format(fieldname))
		result[column] = fieldname
	return result


def _sentence(error: UnreadableFile) -> str:
	return {
		"empty": _("The file is empty."),
		"no_rows": _("The file has a header but no rows."),
		"old_excel": _("This is an old Excel file (.xls). Save it as .xlsx or CSV and upload that."),
		"damaged": _("The workbook is damaged and cannot be opened. Save it again and upload that."),
		"binary": _("This is not a table. Upload a CSV or XLSX file."),
		"too_large": _("The workbook is too large to open. Split it into several files."),
		"too_many_rows": _("The file has more than {0} rows. Split it into several files.").format(MAX_ROWS),
		"too_many_columns": _("The file has more than {0} columns.").format(MAX_COLUMNS),
		"no_sheet": _("The workbook has no sheet {0}.").format(error.detail),
	}[error.reason]


def _refuse(sentence: str):
	frappe.throw(sentence, ImportRunError)
