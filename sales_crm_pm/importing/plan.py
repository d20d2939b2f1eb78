"""Turns a request into records: every cell converted, every word resolved, every row with its fate.

A plan is worked out anew from the same file for the preview, the run and a resumed run; it writes nothing.
"""

import datetime
from dataclasses import dataclass, field

import frappe
from frappe import _

from sales_crm_pm.importing import targets
from sales_crm_pm.importing.detect import ColumnKind, parse_boolean, parse_date, parse_number
from sales_crm_pm.importing.matching import Field, fold
from sales_crm_pm.importing.request import Request
from sales_crm_pm.importing.shape import Shaper, order_parents_first
from sales_crm_pm.importing.values import Directory, Value, best_pipeline, resolve_link, resolve_select
from sales_crm_pm.loop import search_keys
from sales_crm_pm.rules import identity

NUMBERS = {"Int", "Float", "Currency", "Percent"}
NUMBER_KEYS = {
	search_keys.PHONE: identity.phone_key,
	search_keys.EMAIL: identity.email_key,
	search_keys.TAX_ID: identity.tax_key,
}
"""What people write in many ways; compared as the duplicate check does."""
DEFAULT_PLACEHOLDER = "Unknown Customer"


@dataclass
class Record:
	"""One row of the file on its way to become a record. `action` is create, update, skip or fail."""

	row_no: int
	values: dict = field(default_factory=dict)
	action: str = "create"
	reason: str = ""
	column: str = ""
	existing: str | None = None

	def fail(self, reason: str, column: str = ""):
		"""Mark the row as impossible; the first reason stays because later ones often follow from it."""
		if self.action != "fail":
			self.action, self.reason, self.column = "fail", reason, column

	def skip(self, reason: str):
		"""Leave the row out on purpose."""
		if self.action != "fail":
			self.action, self.reason = "skip", reason


@dataclass
class Plan:
	"""What a run will do. `decisions` with nothing chosen stop it; `warnings` are only told."""

	request: Request
	records: list[Record] = field(default_factory=list)
	values: list[Value] = field(default_factory=list)
	decisions: list[dict] = field(default_factory=list)
	warnings: list[str] = field(default_factory=list)
	pipeline: str | None = None
	placeholder: str | None = None

	@property
	def target(self) -> targets.Target:
		"""The target's definition."""
		return targets.get(self.request.doctype)

	def undecided(self) -> list[dict]:
		"""Decisions that a person still has to take."""
		return [d for d in self.decisions if d["required"] and not d["chosen"]]

	def to_create(self) -> dict[str, list[str]]:
		"""Masters the run creates first, as {DocType: [words]}."""
		result: dict[str, list[str]] = {}
		for value in self.values:
			if value.how == "create" and value.value not in result.setdefault(value.doctype, []):
				result[value.doctype].append(value.value)
		return result


def build(request: Request) -> Plan:
	"""Work out what importing this request means, without writing anything.

	:param request: file, columns, chosen values and options
	"""
	plan = Plan(request)
	columns = _mapped_columns(request)
	words = _collect_words(request, columns)
	if request.doctype == "SPM Opportunity":
		plan.pipeline = request.options.get("pipeline") or best_pipeline(words.get("stage", {}))
	resolved = {
		fld.fieldname: _resolve(plan, fld, words[fld.fieldname])
		for _index, _column, fld, _kind in columns
		if fld.fieldname in words
	}
	plan.values = [value for by_word in resolved.values() for value in by_word.values()]
	_convert_rows(plan, columns, resolved)
	_decide_on_dates(plan, columns)
	shaper = Shaper(plan)
	_recognise(plan)
	_decide_on_customers(plan, shaper)
	_warn_of_owners(plan, resolved)
	for record in plan.records:
		if record.action in ("create", "update"):
			shaper.shape(record)
	plan.warnings += shaper.warnings()
	if request.doctype == "SPM Customer":
		plan.records = order_parents_first(plan.records)
	return plan


def _mapped_columns(request: Request) -> list[tuple[int, str, Field, ColumnKind]]:
	by_name = {f.fieldname: f for f in request.fields}
	return [
		(index, column, by_name[request.columns[column]], request.kinds[index])
		for index, column in enumerate(request.table.columns)
		if request.columns.get(column) in by_name
	]


def as_word(cell) -> str:
	"""A cell as the word a mapping names it by; 12.0 from a workbook is the word 12."""
	if isinstance(cell, float) and cell.is_integer():
		cell = int(cell)
	return " ".join(str(cell).split())


def _collect_words(request: Request, columns) -> dict[str, dict[str, list[int]]]:
	"""For every Link or Select column: its distinct words with the rows they stand in."""
	result = {}
	for index, _column, fld, _kind in columns:
		if fld.fieldtype not in ("Link", "Select"):
			continue
		words: dict[str, list[int]] = {}
		for row_no, row in zip(request.table.row_numbers, request.table.rows, strict=True):
			if row[index] is not None:
				words.setdefault(as_word(row[index]), []).append(row_no)
		result[fld.fieldname] = words
	return result


def _resolve(plan: Plan, fld: Field, words: dict[str, list[int]]) -> dict[str, Value]:
	chosen = plan.request.values.get(fld.fieldname) or {}
	if fld.fieldtype == "Select":
		return resolve_select(fld, words, chosen, plan.request.options)
	filters, pending = None, ()
	if fld.options == "SPM Stage":
		filters = {"pipeline": plan.pipeline, "disabled": 0}
	if plan.request.doctype == fld.options == "SPM Customer":
		pending = _words_of(plan.request, "customer_name")
	return resolve_link(fld, words, Directory(fld.options, filters), chosen, plan.request.options, pending)


def _words_of(request: Request, fieldname: str) -> list[str]:
	for index, column in enumerate(request.table.columns):
		if request.columns.get(column) == fieldname:
			return [as_word(row[index]) for row in request.table.rows if row[index] is not None]
	return []


def _convert_rows(plan: Plan, columns, resolved: dict[str, dict[str, Value]]):
	request, owner_field = plan.request, plan.target.owner_field
	# The same few hundred words and dates come again and again; each is converted once.
	cache: dict[tuple[int, object], tuple[object, str]] = {}
	for row_no, row in zip(request.table.row_numbers, request.table.rows, strict=True):
		record = Record(row_no)
		for index, column, fld, kind in columns:
			cell = row[index]
			if cell is None:
				continue
			key = (index, cell)
			if key not in cache:
				cache[key] = _convert(request, cell, column, fld, kind, resolved.get(fld.fieldname))
			value, reason = cache[key]
			if fld.options == "User" and fld.fieldtype == "Link" and not value:
				# A name of the old system that is no user here is kept, not refused.
				if fld.fieldname == owner_field:
					record.values["source_owner"] = as_word(cell)
				continue
			if reason:
				record.fail(reason, column)
			elif value is not None:
				record.values[fld.fieldname] = value
		plan.records.append(record)


def _convert(
	request: Request, cell, column: str, fld: Field, kind: ColumnKind, resolved
) -> tuple[object, str]:
	"""One cell as the field stores it: (value, "") or (None, sentence)."""
	if resolved is not None:
		found = resolved[as_word(cell)]
		return found.value, "" if found.how != "open" else found.reason
	if fld.fieldtype in ("Date", "Datetime"):
		date_format = (request.options.get("date_formats") or {}).get(column) or kind.date_format
		moment = parse_date(cell, date_format)
		if moment is None:
			return None, _("{0} is not a date.").format(cell)
		return (moment.date() if fld.fieldtype == "Date" else moment.replace(microsecond=0)), ""
	if fld.fieldtype in NUMBERS:
		number = parse_number(cell, kind.decimal_comma)
		if number is None:
			return None, _("{0} is not a number.").format(cell)
		return (int(number) if fld.fieldtype == "Int" else float(number)), ""
	if fld.fieldtype == "Check":
		flag = parse_boolean(cell)
		return flag, "" if flag is not None else _("{0} is neither yes nor no.").format(cell)
	if isinstance(cell, datetime.datetime | datetime.date):
		return cell.isoformat(), ""
	return (str(cell) if isinstance(cell, str) else as_word(cell)), ""


def _decide_on_dates(plan: Plan, columns):
	"""03/04/2017 may be March or April: say which reading is used and offer the other."""
	formats = plan.request.options.get("date_formats") or {}
	for _index, column, fld, kind in columns:
		if fld.fieldtype in ("Date", "Datetime") and kind.other_date_format:
			plan.decisions.append(
				{
					"key": "date_formats",
					"column": column,
					"title": _("Which comes first in {0}, the day or the month?").format(column),
					"choices": [kind.date_format, kind.other_date_format],
					"chosen": formats.get(column) or kind.date_format,
					"required": False,
					"rows": [],
					"count": kind.filled,
				}
			)


def _decide_on_customers(plan: Plan, shaper: Shaper):
	"""Rows that must have a customer and name none: nobody but the person may decide what becomes of them."""
	customer_field = plan.target.customer_field
	meta = frappe.get_meta(plan.request.doctype)
	if not customer_field or not meta.get_field(customer_field).reqd:
		return
	# Rows with other mistakes count too: mending those must not bring up the question anew.
	missing = _rows_without(plan, customer_field)
	if not missing:
		return
	options = plan.request.options
	chosen = options.get("missing_customer")
	if chosen not in (None, "", "skip", "placeholder"):
		frappe.throw(_("For rows without a customer choose skip or placeholder."))
	plan.decisions.append(
		{
			"key": "missing_customer",
			"title": _("{0} rows name no customer. What shall become of them?").format(len(missing)),
			"choices": ["skip", "placeholder"],
			"chosen": chosen or None,
			"required": True,
			"rows": [r.row_no for r in missing],
			"count": len(missing),
			"placeholder_customer": options.get("placeholder_customer") or _(DEFAULT_PLACEHOLDER),
		}
	)
	if chosen == "placeholder":
		plan.placeholder = options.get("placeholder_customer") or _(DEFAULT_PLACEHOLDER)
		name = shaper.placeholder_customer(plan.placeholder)
	for record in missing:
		if chosen == "placeholder":
			record.values[customer_field] = name
		else:
			record.skip(_("The row names no customer."))


def _rows_without(plan: Plan, fieldname: str) -> list[Record]:
	"""New rows whose cell for a field is empty; a word that nobody knows is a mistake, not an empty cell."""
	request = plan.request
	index = next(
		(i for i, c in enumerate(request.table.columns) if request.columns.get(c) == fieldname), None
	)
	return [
		record
		for record, row in zip(plan.records, request.table.rows, strict=True)
		if (index is None or row[index] is None) and not record.existing
	]


def _warn_of_owners(plan: Plan, resolved: dict[str, dict[str, Value]]):
	owner_field = plan.target.owner_field
	strangers = [v for v in resolved.get(owner_field, {}).values() if not v.value]
	if strangers:
		plan.warnings.append(
			_(
				"{0} of the names in the owner column are no users here. Their records will belong to you."
			).format(len(strangers))
		)
	for value in strangers:
		value.reason = value.reason if value.how == "empty" else _("No user is called {0}.").format(value.raw)


def _recognise(plan: Plan):
	"""Find the records that exist already, so that importing a file twice makes nothing twice."""
	identity = [f for f in plan.target.identity if f in plan.request.columns.values()]
	if not identity:
		return
	doctype, update = plan.request.doctype, plan.request.options.get("existing") != "skip"
	wanted: dict[str, set] = {f: set() for f in identity}
	keyed = []
	for record in plan.records:
		key = next((f for f in identity if record.values.get(f) not in (None, "")), None)
		if key:
			word = str(record.values[key])
			keyed.append((record, key, word))
			wanted[key].add(word)
	existing = {f: _existing(doctype, f, wanted[f]) for f in identity}
	seen: dict[tuple[str, str], int] = {}
	for record, key, word in keyed:
		same = _comparable(doctype, key, word)
		first = seen.setdefault((key, same), record.row_no)
		names = existing[key].get(same, [])
		if first != record.row_no:
			record.fail(
				_("Row {0} has the same {1}.").format(first, _(frappe.get_meta(doctype).get_label(key)))
			)
		elif len(names) > 1:
			record.fail(
				_("{0} records of {1} are called {2}. Choose one.").format(len(names), _(doctype), word)
			)
		elif names:
			record.existing = names[0]
			if record.action == "create" and update:
				record.action = "update"
			else:
				record.skip(_("{0} is here already.").format(word))


def _comparable(doctype: str, fieldname: str, word: str) -> str:
	"""A cell as existing records are recognised by it: numbers and addresses in any spelling."""
	kind = search_keys.FIELDS.get(doctype, {}).get(fieldname)
	return (NUMBER_KEYS[kind](word) if kind in NUMBER_KEYS else "") or fold(word)


def _existing(doctype: str, fieldname: str, words: set) -> dict[str, list[str]]:
	found: dict[str, list[str]] = {}
	ordered = sorted(words)
	kind = search_keys.FIELDS.get(doctype, {}).get(fieldname)
	for start in range(0, len(ordered), 2000):
		part = ordered[start : start + 2000]
		if kind in NUMBER_KEYS:
			rows = search_keys.records_with(doctype, kind, [_comparable(doctype, fieldname, w) for w in part])
		else:
			rows = frappe.get_all(
				doctype,
				filters={fieldname: ["in", part]},
				fields=["name", fieldname],
				as_list=True,
				limit_page_length=0,
			)
		for name, value in rows:
			found.setdefault(_comparable(doctype, fieldname, value), []).append(name)
	return found
