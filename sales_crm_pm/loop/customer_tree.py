"""Parent companies and their subsidiaries: the figures of a whole group, and no circles.

A company with subsidiaries shows its own figures plus those of every company below it. A change goes up
as a difference, level by level: that reads no sister company, so two people working for two subsidiaries
wait for each other at the parent and cannot lock each other out. `refresh` gives the same from nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce
from frappe.utils import cint, flt
from pypika import Case

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop.sets import forget, update_rows

FIGURES = {
	"won_amount_base": "group_won_amount_base",
	"open_pipeline_base": "group_open_pipeline_base",
	"active_projects": "group_active_projects",
	"late_projects": "group_late_projects",
}
"""Figure of a company → field that holds it for the whole group."""
COUNT = "group_companies"
COLUMNS = ("name", "parent_customer", COUNT, *FIGURES, *FIGURES.values())
HISTORY = ("SPM Lifecycle Log", "SPM Tier Change")
"""What is kept about a customer and goes with it."""
DECIMALS = 9
"""As many as the database keeps of an amount."""


def check_parent(doc: Any) -> None:
	"""Refuse a company that would be its own parent, at any depth.

	:raises SPMError: naming the company
	"""
	if not doc.parent_customer or doc.is_new() or not doc.has_value_changed("parent_customer"):
		# Nothing can hang below a company that does not exist yet.
		return
	if doc.name in {row.name for row in climb([doc.parent_customer], locking=True)}:
		frappe.throw(
			_("{0} cannot be its own parent company. Choose another parent.").format(
				frappe.bold(doc.customer_name)
			),
			exc=SPMError,
		)


def climb(names: Iterable[str], locking: bool = False) -> list[Any]:
	"""These companies and all above them, one statement per level; ends at a circle, should there be one."""
	found: dict[str, Any] = {}
	level = set(names)
	while level:
		rows = _select(level, locking)
		found.update({row.name: row for row in rows})
		level = {row.parent_customer for row in rows if row.parent_customer} - set(found)
	return list(found.values())


def descend(names: Iterable[str], locking: bool = False) -> list[Any]:
	"""These companies and all below them, one statement per level."""
	found: dict[str, Any] = {row.name: row for row in _select(set(names), locking)}
	level = set(found)
	while level:
		rows = [row for row in _select(level, locking, "parent_customer") if row.name not in found]
		found.update({row.name: row for row in rows})
		level = {row.name for row in rows}
	return list(found.values())


def carry_up(before: dict[str, Any], after: dict[str, Any]) -> None:
	"""Add what changed about companies to the groups they belong to, up to the top.

	:param before: {customer: row} with parent_customer, group_companies and figures, locked, as they were
	:param after: the same rows after the change
	"""
	level: dict[str, dict[str, Any]] = {}
	for name, old in before.items():
		new = after.get(name)
		difference = {f: (new.get(f) or 0) - (old.get(f) or 0) for f in FIGURES if new and f in old}
		if any(difference.values()):
			level[name] = difference
	rows = {name: before[name] for name in level}
	seen: set[str] = set()
	while level:
		groups = {name: values for name, values in level.items() if cint(rows[name].get(COUNT))}
		_add(groups)
		seen |= set(level)
		above: dict[str, dict[str, Any]] = defaultdict(lambda: defaultdict(int))
		for name, values in level.items():
			if (parent := rows[name].parent_customer) and parent not in seen:
				for fieldname, value in values.items():
					above[parent][fieldname] += value
		rows = {row.name: row for row in _select(set(above), locking=True)} if above else {}
		level = {name: values for name, values in above.items() if name in rows}


def refresh(names: Iterable[str] | None = None) -> int:
	"""Compute the figures of groups from nothing, for the trees these companies are in (all when None).

	:return: how many companies showed something else before
	"""
	if names is None:
		rows = _members()
	else:
		names = {name for name in names if name}
		roots = {row.name for row in climb(names, locking=True) if not row.parent_customer} or names
		rows = descend(roots, locking=True)
	by_name = {row.name: row for row in rows}
	children: dict[str, list[str]] = defaultdict(list)
	for row in rows:
		if row.parent_customer in by_name:
			children[row.parent_customer].append(row.name)
	totals = _totals(by_name, children)
	wrong = {
		name: values
		for name, values in totals.items()
		if any(flt(by_name[name].get(f), DECIMALS) != flt(value, DECIMALS) for f, value in values.items())
	}
	update_rows("SPM Customer", wrong)
	return len(wrong)


def _totals(by_name: dict[str, Any], children: dict[str, list[str]]) -> dict[str, dict[str, Any]]:
	"""Group figures of every company: own plus those below; nothing for a company without subsidiaries."""
	totals: dict[str, dict[str, Any]] = {}
	for name in _leaves_first(by_name, children):
		below = children.get(name, ())
		values = {COUNT: sum(totals[child][COUNT] + 1 for child in below)}
		for figure, group in FIGURES.items():
			parts = (
				totals[child][group] if totals[child][COUNT] else by_name[child].get(figure) or 0
				for child in below
			)
			values[group] = (by_name[name].get(figure) or 0) + sum(parts) if below else 0
		totals[name] = values
	return totals


def _leaves_first(by_name: dict[str, Any], children: dict[str, list[str]]) -> list[str]:
	order: list[str] = []
	waiting = [name for name, row in by_name.items() if row.parent_customer not in by_name]
	while waiting:
		name = waiting.pop()
		order.append(name)
		waiting.extend(children.get(name, ()))
	return order[::-1]


def _members() -> list[Any]:
	"""Every company that has a parent, is one, or shows figures of a group."""
	table, child = DocType("SPM Customer"), DocType("SPM Customer").as_("child")
	parents = (
		frappe.qb.from_(child)
		.select(child.parent_customer)
		.where(child.parent_customer.isnotnull() & (child.parent_customer != ""))
	)
	return (
		frappe.qb.from_(table)
		.select(*[table[column] for column in COLUMNS])
		.where((table.parent_customer != "") | (table[COUNT] > 0) | table.name.isin(parents))
		.run(as_dict=True)
	)


def _add(differences: dict[str, dict[str, Any]]) -> None:
	if not differences:
		return
	table = DocType("SPM Customer")
	query = frappe.qb.update(table).where(table.name.isin(sorted(differences)))
	for figure, group in FIGURES.items():
		case = Case()
		named = False
		for name, values in differences.items():
			if values.get(figure):
				case, named = case.when(table.name == name, values[figure]), True
		if named:
			query = query.set(table[group], Coalesce(table[group], 0) + case.else_(0))
	query.run()
	forget("SPM Customer", differences)


def _select(names: set[str], locking: bool = False, by: str = "name") -> list[Any]:
	table = DocType("SPM Customer")
	query = (
		frappe.qb.from_(table)
		.select(*[table[column] for column in COLUMNS])
		.where(table[by].isin(sorted(names)))
		.orderby(table.name)
	)
	return (query.for_update() if locking else query).run(as_dict=True)
