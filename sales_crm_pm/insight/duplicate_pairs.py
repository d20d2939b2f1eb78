"""Pairs of records that are here twice by the site's rules, for those who clean up."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count

from sales_crm_pm.loop.duplicate_rules import AMONG, CONTACT, CUSTOMER, LEAD, REASONS, rules_for
from sales_crm_pm.loop.duplicates import EXCEPTION
from sales_crm_pm.loop.search_keys import TABLE

MOST_GROUPS = 2000
LARGEST_GROUP = 20
"""A number that more records share is a switchboard's or a placeholder's, and pairs of it would hide the others."""
FIELDS = {
	CUSTOMER: ("customer_name", "account_manager"),
	LEAD: ("lead_name", "lead_owner"),
	CONTACT: ("full_name", "owner"),
}


def pairs(doctype: str, limit: int = 500) -> list[dict[str, Any]]:
	"""Pairs of one type that the user may both see, those with the most in common first.

	Only equal keys count; names that merely resemble each other are found when a record is saved.

	:param doctype: customer, lead or contact
	:param limit: how many pairs at most
	:return: rows with first, first_title, first_owner, first_created, the same of second, and reasons
	"""
	if doctype not in AMONG.values():
		frappe.throw(_("{0} has no rules for duplicates.").format(_(doctype)))
	rules = [rule for rule in rules_for(doctype) if doctype in rule.among]
	kinds = sorted({kind for rule in rules for kind in rule.kinds})
	if not kinds:
		return []
	shared: dict[tuple[str, str], set[str]] = defaultdict(set)
	for kind, names in _groups(doctype, kinds):
		for pair in combinations(sorted(names), 2):
			shared[pair].add(kind)
	excepted = _excepted(doctype)
	found = {
		pair: same
		for pair, same in shared.items()
		if pair not in excepted
		and any(rule.kinds <= same if rule.needs_all else rule.kinds & same for rule in rules)
	}
	records = _visible(doctype, {name for pair in found for name in pair})
	rows = [
		_row(records[one], records[two], same)
		for (one, two), same in found.items()
		if one in records and two in records and not _belong_together(records[one], records[two])
	]
	rows.sort(key=lambda row: (-row["reasons_count"], row["first_title"] or ""))
	return rows[:limit]


def _groups(doctype: str, kinds: list[str]) -> list[tuple[str, set[str]]]:
	"""Keys that a few records share, each with their names; two statements."""
	table = DocType(TABLE)
	shared = (
		frappe.qb.from_(table)
		.select(table.kind, table.search_key)
		.where((table.reference_doctype == doctype) & table.kind.isin(kinds))
		.groupby(table.search_key, table.kind)
		.having((Count("*") > 1) & (Count("*") <= LARGEST_GROUP))
		.limit(MOST_GROUPS)
		.run()
	)
	if not shared:
		return []
	rows = (
		frappe.qb.from_(table)
		.select(table.kind, table.search_key, table.reference_name)
		.where((table.reference_doctype == doctype) & table.kind.isin(kinds))
		.where(table.search_key.isin(sorted({key for _kind, key in shared})))
		.run()
	)
	wanted = set(shared)
	groups: dict[tuple[str, str], set[str]] = defaultdict(set)
	for kind, key, name in rows:
		if (kind, key) in wanted:
			groups[kind, key].add(name)
	return [(kind, names) for (kind, _key), names in groups.items()]


def _excepted(doctype: str) -> set[tuple[str, str]]:
	rows = frappe.get_all(
		EXCEPTION,
		filters={"first_type": doctype, "second_type": doctype},
		fields=["first_record", "second_record"],
		as_list=True,
		limit_page_length=0,
	)
	return {tuple(sorted(row)) for row in rows}


def _visible(doctype: str, names: set[str]) -> dict[str, Any]:
	title, owner = FIELDS[doctype]
	extra = {CUSTOMER: ["parent_customer"], LEAD: ["status"], CONTACT: []}[doctype]
	rows = frappe.get_list(
		doctype,
		filters={"name": ["in", sorted(names) or [""]]},
		fields=["name", f"{title} as title", f"{owner} as holder", "creation", *extra],
		limit_page_length=len(names) or 1,
	)
	return {row.name: row for row in rows if row.get("status") != "Converted"}


def _belong_together(one: Any, two: Any) -> bool:
	"""Companies of one group share a domain and a switchboard rightly."""
	parents = {one.get("parent_customer"), two.get("parent_customer")} - {None, ""}
	return bool(parents & {one.name, two.name}) or (
		len(parents) == 1 and one.get("parent_customer") == two.get("parent_customer")
	)


def _row(one: Any, two: Any, same: set[str]) -> dict[str, Any]:
	# The older one comes first: more hangs on it, as a rule.
	first, second = sorted((one, two), key=lambda row: (row.creation, row.name))
	return {
		"first": first.name,
		"first_title": first.title or first.name,
		"first_owner": frappe.utils.get_fullname(first.holder) if first.holder else "",
		"first_created": first.creation,
		"second": second.name,
		"second_title": second.title or second.name,
		"second_owner": frappe.utils.get_fullname(second.holder) if second.holder else "",
		"second_created": second.creation,
		"reasons": ", ".join(_(REASONS[kind]) for kind in sorted(same)),
		"reasons_count": len(same),
	}
