"""Turns a segment's question into one condition on customers, with nothing but listed fields and values.

No text of a user ever becomes SQL: record types and fields are looked up in the catalogue, values become
parameters of the query builder.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce, Count
from frappe.utils import cint, flt, getdate
from pypika.terms import Criterion, ValueWrapper

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop.segments.catalog import CUSTOMER, DERIVED, LINKS, Field, fields_of, record_types
from sales_crm_pm.loop.segments.definition import MOST_CHOICES, MOST_DAYS, OPERATORS, parse
from sales_crm_pm.permissions.query import readable_rows
from sales_crm_pm.permissions.rules import RULES


def check(definition: str | dict | None, user: str | None = None) -> dict[str, Any]:
	"""The parsed question, when every record type, field, operator and value is one that the user may use.

	:raises SPMError: naming group and condition
	"""
	parsed = parse(definition)
	criterion(parsed, user or frappe.session.user)
	return parsed


def criterion(parsed: dict[str, Any], user: str) -> Criterion | None:
	"""The condition on `tabSPM Customer`, or None when nothing is asked.

	:param parsed: as `definition.parse` gives it
	:param user: whose rights decide which related records and fields count
	:raises SPMError: for record types, fields, operators and values that are not allowed
	"""
	known = set(record_types()) if parsed["groups"] else set()
	fields: dict[str, dict[str, Field]] = {}
	groups = []
	for number, group in enumerate(parsed["groups"], 1):
		parts = []
		for position, row in enumerate(group["conditions"], 1):
			where = _("Group {0}, condition {1}").format(number, position)
			if row["record"] not in known:
				_refuse(where, _("choose a record type."))
			if row["record"] not in fields:
				fields[row["record"]] = fields_of(row["record"], user)
			parts.append(_condition(row, fields[row["record"]], user, where))
		if parts:
			groups.append(_joined(parts, group["match"]))
	return _joined(groups, parsed["match"]) if groups else None


def _joined(parts: list[Criterion], match: str) -> Criterion:
	return Criterion.any(parts) if match == "any" else Criterion.all(parts)


def _condition(row: dict[str, Any], fields: dict[str, Field], user: str, where: str) -> Criterion:
	doctype = row["record"]
	table = DocType(doctype)
	filters = [_filter(doctype, table, entry, fields, where) for entry in row["filters"]]
	customers = DocType(CUSTOMER)
	if doctype == CUSTOMER:
		if not filters:
			_refuse(where, _("choose what must be true of the customer."))
		met = Criterion.all(filters)
		return met.negate() if row["quantifier"] == "has_not" else met

	link = table[LINKS[doctype]]
	found = frappe.qb.from_(table).select(link).where(link.isnotnull() & (link != ""))
	readable = _readable(doctype, user)
	for part in (readable, *filters):
		if part is not None:
			found = found.where(part)
	quantifier, count = row["quantifier"], row["count"]
	if quantifier == "at_least" and count > 1:
		return customers.name.isin(found.groupby(link).having(Count("*") >= count))
	if quantifier == "at_most":
		return customers.name.notin(found.groupby(link).having(Count("*") > count))
	if quantifier == "at_least" and count <= 0:
		return ValueWrapper(1) == 1
	return customers.name.notin(found) if quantifier == "has_not" else customers.name.isin(found)


def _readable(doctype: str, user: str) -> Criterion | None:
	if doctype in RULES:
		return readable_rows(doctype, user)
	if user != "Administrator" and not frappe.has_permission(doctype, "read", user=user):
		return ValueWrapper(1) == 0
	return None


def _filter(doctype: str, table: Any, entry: dict, fields: dict[str, Field], where: str) -> Criterion:
	field = fields.get(entry["field"])
	if field is None:
		_refuse(where, _("the field {0} is not known or not open to you.").format(entry["field"]))
	takes = OPERATORS[field.kind].get(entry["operator"])
	if takes is None:
		_refuse(where, _("choose how {0} is compared.").format(frappe.bold(field.label)))
	value = _value(takes, entry["value"], field, where)
	if field.name in DERIVED.get(doctype, {}):
		met = DERIVED[doctype][field.name](table)
		# Unknown dates make the condition neither true nor false; "no" means "not known to be so".
		return met if entry["operator"] == "yes" else Coalesce(met, 0) == 0
	return _compared(table[field.name], field, entry["operator"], value)


def _value(takes: str, value: Any, field: Field, where: str) -> Any:
	"""The value of a filter as its operator takes it.

	:raises SPMError: when there is none, or it is of another type
	"""
	if not takes:
		return None
	if takes == "choices":
		values = value if isinstance(value, list) else [value]
		values = [str(one) for one in values if one not in (None, "") and not isinstance(one, dict | list)]
		if values and len(values) <= MOST_CHOICES:
			return values
	elif takes == "text":
		if isinstance(value, str | int | float) and str(value).strip():
			return str(value).strip()[:500]
	elif takes == "number":
		if isinstance(value, int | float) or _is_number(value):
			return flt(value)
	elif takes == "days":
		if _is_number(value) and 0 <= cint(value) <= MOST_DAYS:
			return cint(value)
	elif takes == "date":
		try:
			if value and (day := getdate(value)):
				return day
		except Exception:
			frappe.clear_last_message()
	_refuse(where, _("{0} needs a value.").format(frappe.bold(field.label)))


def _is_number(value: Any) -> bool:
	try:
		return float(str(value)) == float(str(value))
	except ValueError:
		return False


def _compared(column: Any, field: Field, operator: str, value: Any) -> Criterion:
	today = getdate()
	text = Coalesce(column, "")
	tomorrow = timedelta(days=1)
	if operator == "contains":
		return column.like(_pattern(value))
	if operator == "not_contains":
		return text.not_like(_pattern(value))
	if operator == "is":
		return column == value
	if operator == "is_not":
		return text != value
	if operator == "one_of":
		return column.isin(value)
	if operator == "none_of":
		return text.notin(value)
	if operator == "yes":
		return column == 1
	if operator == "no":
		return Coalesce(column, 0) == 0
	if operator in ("set", "not_set"):
		if field.kind == "date":
			return column.isnotnull() if operator == "set" else column.isnull()
		return text != "" if operator == "set" else text == ""
	if operator in ("eq", "gt", "ge", "lt", "le"):
		number = Coalesce(column, 0)
		return {
			"eq": number == value,
			"gt": number > value,
			"ge": number >= value,
			"lt": number < value,
			"le": number <= value,
		}[operator]
	if operator == "in_last":
		return (column >= today - timedelta(days=value)) & (column < today + tomorrow)
	if operator == "not_in_last":
		return column < today - timedelta(days=value)
	if operator == "in_next":
		return (column >= today) & (column < today + timedelta(days=value) + tomorrow)
	if operator == "not_in_next":
		return column >= today + timedelta(days=value) + tomorrow
	if operator == "on_or_after":
		return column >= value
	return column < value + tomorrow


def _pattern(value: str) -> str:
	"""The text as a LIKE pattern in which % and _ stand for themselves."""
	escaped = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
	return f"%{escaped}%"


def _refuse(where: str, what: str) -> None:
	frappe.throw(_("{0}: {1}").format(where, what), title=_("Conditions"), exc=SPMError)
