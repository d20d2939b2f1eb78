"""The form of a segment's question, and the check that it is one.

	{"match": "all", "groups": [{"match": "any", "conditions": [
		{"record": "SPM Project", "quantifier": "has", "count": 1,
		 "filters": [{"field": "is_late", "operator": "yes"}]}]}]}

All filters of one condition speak about the same record: "a project that is late AND red".
"""

from __future__ import annotations

import json
from typing import Any

import frappe
from frappe import _

from sales_crm_pm.exceptions import SPMError

OPERATORS: dict[str, dict[str, str]] = {
	"text": {
		"contains": "text",
		"not_contains": "text",
		"is": "text",
		"is_not": "text",
		"set": "",
		"not_set": "",
	},
	"choice": {"one_of": "choices", "none_of": "choices", "set": "", "not_set": ""},
	"yes_no": {"yes": "", "no": ""},
	"number": {
		"ge": "number",
		"le": "number",
		"gt": "number",
		"lt": "number",
		"eq": "number",
	},
	"date": {
		"in_last": "days",
		"not_in_last": "days",
		"in_next": "days",
		"not_in_next": "days",
		"on_or_after": "date",
		"on_or_before": "date",
		"set": "",
		"not_set": "",
	},
}
"""kind of field -> operator -> what value it takes ("" for none)."""

MATCHES = ("all", "any")
QUANTIFIERS = ("has", "has_not", "at_least", "at_most")
MOST_GROUPS, MOST_CONDITIONS, MOST_FILTERS, MOST_CHOICES = 10, 20, 10, 500
MOST_DAYS = 36500


def parse(definition: str | dict | None) -> dict[str, Any]:
	"""The question as a dict with every part present; an empty one asks nothing and matches every customer.

	:raises SPMError: when it is not of the form above
	"""
	if isinstance(definition, str):
		try:
			definition = json.loads(definition) if definition.strip() else None
		except ValueError:
			_refuse(_("The conditions cannot be read. Build them anew."))
	definition = {} if definition is None else definition
	if not isinstance(definition, dict):
		_refuse(_("The conditions cannot be read. Build them anew."))
	groups = [_group(group, number) for number, group in enumerate(_list(definition.get("groups")), 1)]
	if len(groups) > MOST_GROUPS:
		_refuse(_("A segment has at most {0} groups.").format(MOST_GROUPS))
	return {"match": _one(definition.get("match"), MATCHES), "groups": groups}


def as_text(parsed: dict[str, Any]) -> str:
	"""One spelling for one question, so that a change can be told from a re-ordering of keys."""
	return json.dumps(parsed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _group(group: Any, number: int) -> dict[str, Any]:
	if not isinstance(group, dict):
		_refuse(_("Group {0} cannot be read. Build it anew.").format(number))
	conditions = [_condition(row, number) for row in _list(group.get("conditions"))]
	if len(conditions) > MOST_CONDITIONS:
		_refuse(_("Group {0} has more than {1} conditions.").format(number, MOST_CONDITIONS))
	return {"match": _one(group.get("match"), MATCHES), "conditions": conditions}


def _condition(row: Any, number: int) -> dict[str, Any]:
	if not isinstance(row, dict):
		_refuse(_("Group {0} cannot be read. Build it anew.").format(number))
	filters = [
		{
			"field": str(entry.get("field") or ""),
			"operator": str(entry.get("operator") or ""),
			"value": entry.get("value"),
		}
		for entry in _list(row.get("filters"))
		if isinstance(entry, dict) and entry.get("field")
	]
	if len(filters) > MOST_FILTERS:
		_refuse(_("A condition of group {0} has more than {1} filters.").format(number, MOST_FILTERS))
	count = row.get("count")
	return {
		"record": str(row.get("record") or ""),
		"quantifier": _one(row.get("quantifier"), QUANTIFIERS),
		"count": max(0, min(int(count), 100_000)) if str(count).strip().isdigit() else 1,
		"filters": filters,
	}


def _list(value: Any) -> list:
	return value if isinstance(value, list) else []


def _one(value: Any, allowed: tuple[str, ...]) -> str:
	return value if value in allowed else allowed[0]


def _refuse(sentence: str) -> None:
	frappe.throw(sentence, title=_("Conditions"), exc=SPMError)
