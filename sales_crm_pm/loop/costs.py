"""What projects have cost: approved hours at their frozen rates plus approved cost entries, in base currency.

`to_date` reads it, `write` keeps it on projects and tasks. Both ask the same rows, so what is stored is what a
computation from nothing gives. A commitment (an order) counts as committed until actual entries have settled it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import frappe
from frappe.query_builder import CustomFunction, DocType
from frappe.query_builder.functions import Coalesce, Sum
from frappe.utils import flt, getdate
from pypika import Case

from sales_crm_pm.loop import progress

Round = CustomFunction("ROUND", ["number", "digits"])
Greatest = CustomFunction("GREATEST", ["one", "other"])

CATEGORIES = {
	"Purchase": "purchase",
	"Travel": "travel",
	"Subcontract": "subcontract",
	"Material": "material",
	"Other": "other",
}
"""Categories of cost entries, and the attribute of Costs (with `_cost`: the field of SPM Project) of each."""
DECIMALS = 2


@dataclass(frozen=True)
class Costs:
	"""Cost of one project in base currency; `actual` is the sum of the parts, `committed` comes on top."""

	labour: float = 0.0
	purchase: float = 0.0
	travel: float = 0.0
	subcontract: float = 0.0
	material: float = 0.0
	other: float = 0.0
	committed: float = 0.0
	hours: float = 0.0

	@property
	def actual(self) -> float:
		"""Money that was spent: labour and everything that was bought."""
		return flt(self.labour + sum(getattr(self, part) for part in CATEGORIES.values()), DECIMALS)

	def as_dict(self) -> dict[str, float]:
		"""The parts by name, with their sum."""
		return {**{part.name: getattr(self, part.name) for part in fields(self)}, "actual": self.actual}


def to_date(projects: Iterable[str], as_of: date | str | None = None) -> dict[str, Costs]:
	"""Costs of projects until a day (by day of work and date of entry), in three statements.

	:param as_of: the last day that counts; everything when not given
	:return: an entry for each of the projects
	"""
	names = sorted(set(projects))
	if not names:
		return {}
	day = getdate(as_of) if as_of else None
	found: dict[str, dict[str, float]] = {name: {} for name in names}
	for row in _labour(names, day):
		found[row.project].update(labour=flt(row.cost, DECIMALS), hours=flt(row.hours, DECIMALS))
	for row in _spent(names, day):
		found[row.project][CATEGORIES[row.category]] = flt(row.cost, DECIMALS)
	for row in _committed(names, day):
		found[row.project]["committed"] = flt(row.cost, DECIMALS)
	return {name: Costs(**parts) for name, parts in found.items()}


def over_time(projects: Iterable[str]) -> dict[str, list[tuple[date, float]]]:
	"""What was spent on each day, oldest first, in two statements: the actual cost of an S-curve.

	:return: {project: [(day, amount in base currency)]}; projects without cost are missing
	"""
	names = sorted(set(projects))
	if not names:
		return {}
	days: dict[str, dict[date, float]] = {}
	sheet, entry = DocType("SPM Timesheet Line"), DocType("SPM Cost Entry")
	worked = (
		_approved_lines(sheet, names)
		.select(sheet.project, sheet.work_date.as_("day"), Sum(sheet.cost_amount).as_("cost"))
		.groupby(sheet.project, sheet.work_date)
	)
	bought = (
		_actual_entries(entry, names)
		.select(entry.project, entry.entry_date.as_("day"), Sum(entry.amount_base).as_("cost"))
		.groupby(entry.project, entry.entry_date)
	)
	for row in (*worked.run(as_dict=True), *bought.run(as_dict=True)):
		of_project = days.setdefault(row.project, {})
		day = getdate(row.day)
		of_project[day] = flt(of_project.get(day, 0) + flt(row.cost), DECIMALS)
	return {project: sorted(amounts.items()) for project, amounts in days.items()}


def lock(projects: Iterable[str]) -> list[str]:
	"""Lock projects and their customers, customers first as everywhere, until the transaction ends.

	:return: the projects that exist, sorted
	"""
	names = sorted({name for name in projects if name})
	if not names:
		return []
	customer, project = DocType("SPM Customer"), DocType("SPM Project")
	return (
		frappe.qb.from_(customer)
		.inner_join(project)
		.on(project.customer == customer.name)
		.select(project.name)
		.where(project.name.isin(names))
		.orderby(project.name)
		.for_update()
		.run(pluck=True)
	)


def write(projects: Iterable[str] | None) -> None:
	"""Store cost and hours on projects and their tasks, in three statements however many there are.

	Runs in the transaction of whatever changed them. Commitments are settled first, since what is still
	committed follows from it. Earned value, margins and health follow from the cost: brought up to date for
	all the projects at once.

	:param projects: their names; every project when None
	"""
	names = None if projects is None else sorted({name for name in projects if name})
	if names is not None and not names:
		return
	_settle_commitments(names)
	_write_projects(names)
	_write_tasks(names)
	if names is None:
		progress.recompute()
	else:
		progress.roll_up_many(names)


def recompute(projects: Iterable[str] | None = None) -> None:
	"""Bring stored costs up to date from nothing; must not change anything."""
	write(projects)


# Reading
# ------------------


def _approved_lines(line: Any, projects: list[str] | None, until: date | None = None) -> Any:
	query = frappe.qb.from_(line).where((line.status == "Approved") & (line.parenttype == "SPM Timesheet"))
	query = query.where(line.project.isnotnull() if projects is None else line.project.isin(projects))
	return query if until is None else query.where(line.work_date <= until)


def _actual_entries(entry: Any, projects: list[str] | None, until: date | None = None) -> Any:
	query = frappe.qb.from_(entry).where((entry.status == "Approved") & (entry.kind == "Actual"))
	if projects is not None:
		query = query.where(entry.project.isin(projects))
	return query if until is None else query.where(entry.entry_date <= until)


def _labour(projects: list[str], until: date | None) -> list[frappe._dict]:
	line = DocType("SPM Timesheet Line")
	return (
		_approved_lines(line, projects, until)
		.select(line.project, Sum(line.cost_amount).as_("cost"), Sum(line.hours).as_("hours"))
		.groupby(line.project)
		.run(as_dict=True)
	)


def _spent(projects: list[str], until: date | None) -> list[frappe._dict]:
	entry = DocType("SPM Cost Entry")
	return (
		_actual_entries(entry, projects, until)
		.select(entry.project, entry.category, Sum(entry.amount_base).as_("cost"))
		.groupby(entry.project, entry.category)
		.run(as_dict=True)
	)


def _settlements(projects: list[str] | None, until: date | None = None) -> Any:
	"""Per commitment what actual entries have settled, and whether one of them was the last."""
	actual = DocType("SPM Cost Entry").as_("actual")
	query = _actual_entries(actual, projects, until).where(actual.commitment.isnotnull())
	return query.select(
		actual.commitment,
		Sum(actual.amount_base).as_("settled"),
		Sum(Coalesce(actual.closes_commitment, 0)).as_("closing"),
	).groupby(actual.commitment)


def _still_open(entry: Any, settled: Any) -> Any:
	rest = entry.amount_base - Coalesce(settled.settled, 0)
	return Case().when(Coalesce(settled.closing, 0) > 0, 0).else_(Greatest(rest, 0))


def _committed(projects: list[str], until: date | None) -> list[frappe._dict]:
	entry, settled = DocType("SPM Cost Entry"), _settlements(projects, until).as_("settlements")
	query = (
		frappe.qb.from_(entry)
		.left_join(settled)
		.on(settled.commitment == entry.name)
		.select(entry.project, Sum(_still_open(entry, settled)).as_("cost"))
		.where((entry.kind == "Committed") & (entry.status == "Approved") & entry.project.isin(projects))
		.groupby(entry.project)
	)
	return (query if until is None else query.where(entry.entry_date <= until)).run(as_dict=True)


# Writing
# ------------------


def _settle_commitments(projects: list[str] | None) -> None:
	entry, settled = DocType("SPM Cost Entry"), _settlements(projects).as_("settlements")
	query = (
		frappe.qb.update(entry)
		.left_join(settled)
		.on(settled.commitment == entry.name)
		.set(entry.settled_base, Round(Coalesce(settled.settled, 0), DECIMALS))
		.set(
			entry.open_base,
			Case().when(entry.status == "Approved", Round(_still_open(entry, settled), DECIMALS)).else_(0),
		)
		.where(entry.kind == "Committed")
	)
	(query if projects is None else query.where(entry.project.isin(projects))).run()


def _write_projects(projects: list[str] | None) -> None:
	line, entry, project = DocType("SPM Timesheet Line"), DocType("SPM Cost Entry"), DocType("SPM Project")
	worked = (
		_approved_lines(line, projects)
		.select(line.project, Sum(line.cost_amount).as_("labour"), Sum(line.hours).as_("hours"))
		.groupby(line.project)
		.as_("worked")
	)
	actual = entry.kind == "Actual"
	parts = [
		Sum(Case().when(actual & (entry.category == category), entry.amount_base).else_(0)).as_(part)
		for category, part in CATEGORIES.items()
	]
	bought = frappe.qb.from_(entry).where(entry.status == "Approved")
	if projects is not None:
		bought = bought.where(entry.project.isin(projects))
	bought = (
		bought.select(
			entry.project,
			*parts,
			Sum(Case().when(actual, 0).else_(Coalesce(entry.open_base, 0))).as_("committed"),
		)
		.groupby(entry.project)
		.as_("bought")
	)
	labour = Round(Coalesce(worked.labour, 0), DECIMALS)
	spent = {part: Round(Coalesce(bought[part], 0), DECIMALS) for part in CATEGORIES.values()}
	total = labour
	for amount in spent.values():
		total = total + amount
	query = (
		frappe.qb.update(project)
		.left_join(worked)
		.on(worked.project == project.name)
		.left_join(bought)
		.on(bought.project == project.name)
		.set(project.actual_hours, Round(Coalesce(worked.hours, 0), DECIMALS))
		.set(project.labour_cost, labour)
		.set(project.committed_cost, Round(Coalesce(bought.committed, 0), DECIMALS))
		.set(project.actual_cost, total)
	)
	for part, amount in spent.items():
		query = query.set(project[f"{part}_cost"], amount)
	(query if projects is None else query.where(project.name.isin(projects))).run()


def _write_tasks(projects: list[str] | None) -> None:
	line, entry, task = DocType("SPM Timesheet Line"), DocType("SPM Cost Entry"), DocType("SPM Task")

	def of_tasks(column: Any) -> Any:
		"""By the project that the task has now; its hours may have been entered under another one."""
		if projects is None:
			return column.isnotnull()
		inner = DocType("SPM Task").as_("inner_task")
		return column.isin(frappe.qb.from_(inner).select(inner.name).where(inner.project.isin(projects)))

	worked = (
		_approved_lines(line, None)
		.where(of_tasks(line.task))
		.select(line.task, Sum(line.cost_amount).as_("cost"), Sum(line.hours).as_("hours"))
		.groupby(line.task)
		.as_("worked")
	)
	bought = (
		_actual_entries(entry, None)
		.where(of_tasks(entry.task))
		.select(entry.task, Sum(entry.amount_base).as_("cost"))
		.groupby(entry.task)
		.as_("bought")
	)
	query = (
		frappe.qb.update(task)
		.left_join(worked)
		.on(worked.task == task.name)
		.left_join(bought)
		.on(bought.task == task.name)
		.set(task.actual_hours, Round(Coalesce(worked.hours, 0), DECIMALS))
		.set(task.actual_cost, Round(Coalesce(worked.cost, 0) + Coalesce(bought.cost, 0), DECIMALS))
	)
	(
		query.where(task.project.isnotnull())
		if projects is None
		else query.where(task.project.isin(projects))
	).run()
