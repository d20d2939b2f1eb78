"""Progress that is shown upwards: a task moves its milestone, project, opportunity and customer at once.

The numbers come from one place (loop/figures.py), so that a saved task, the daily job and a recomputation
from nothing agree. Every change runs in the transaction that caused it, under a lock on the customer and
the project: two people finishing two tasks at once wait for each other instead of overwriting each
other's total.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import CustomFunction, DocType
from frappe.query_builder.functions import Coalesce, Sum
from frappe.utils import flt
from pypika import Case
from pypika.functions import Avg

from sales_crm_pm.loop import customer_tree
from sales_crm_pm.loop.customer_figures import light_of, running_projects
from sales_crm_pm.loop.figures import ACTIVE, PROJECT_COLUMNS, Figures, as_status, compute, facts
from sales_crm_pm.permissions.guarded import GuardedDocument
from sales_crm_pm.rules.progress import DECIMALS

Round = CustomFunction("ROUND", ["number", "digits"])


class RollsUp(GuardedDocument):
	"""A milestone or task: locks its customer and project before it is read for writing.

	Taking the locks from the top down, in the same order everywhere, is what keeps two savers from
	waiting for each other; taking them here, before the framework locks the row itself, is the only
	place early enough.
	"""

	def check_if_latest(self):
		if self.get("project"):
			self.flags.locked_project = lock(self.project, self.get("customer"))
		elif self.get("visit_plan") and self.get("customer"):
			# Ticking off a visit moves the customer's date; a logged talk locks the customer first, too.
			frappe.db.get_value("SPM Customer", self.customer, "name", for_update=True)
		super().check_if_latest()


def lock(project: str, customer: str | None = None) -> frappe._dict | None:
	"""Lock a project and its customer until the transaction ends; returns the project's row or None.

	`customer` spares a statement when it is right; a wrong one is looked up.
	"""
	customers, projects = DocType("SPM Customer"), DocType("SPM Project")
	for known in (customer, None):
		known = known or frappe.db.get_value("SPM Project", project, "customer")
		rows = (
			frappe.qb.from_(customers)
			.inner_join(projects)
			.on(projects.customer == customers.name)
			.select(*[projects[column] for column in PROJECT_COLUMNS])
			.select(customers.parent_customer, customers.group_companies)
			.where(customers.name == known)
			.where(projects.name == project)
			.for_update()
			.run(as_dict=True)
		)
		if rows:
			return rows[0]
	return None


def roll_up(project: str, row: frappe._dict | None = None, customers: bool = True) -> Figures | None:
	"""Bring the derived numbers of a project up to date, and what its opportunity and customer show.

	Args:
	        project: the project's name.
	        row: its locked row as `lock` returned it, when it has not changed since.
	        customers: False leaves the customer to the caller, who refreshes many at once.

	Returns the figures, or None when there is no such project.
	"""
	row = row or lock(project)
	if not row:
		return None
	milestones, tasks = facts(project, locking=True)
	figures = compute(row, milestones, tasks)
	_write_milestone_progress(milestones, figures)
	frappe.db.set_value("SPM Project", project, figures.project_values(), update_modified=False)
	show_on_opportunity(row, figures)
	if customers:
		refresh_customers([row.customer], alone=_stands_alone(row))
	return figures


def apply_to(doc: Document) -> Figures:
	"""Set the derived fields on a project that is about to be saved; nothing is written yet."""
	milestones, tasks = ([], []) if doc.is_new() else facts(doc.name, locking=True)
	figures = compute(doc, milestones, tasks)
	doc.update(figures.project_values())
	return figures


def status(project: str) -> dict[str, Any]:
	"""Return how a project stands now, computed for today (the shape of `project.status` in the API).

	Raises DoesNotExistError when there is no such project. The caller checks permission.
	"""
	row = frappe.db.get_value("SPM Project", project, PROJECT_COLUMNS, as_dict=True)
	if not row:
		raise frappe.DoesNotExistError(_("There is no project {0}.").format(project))
	return as_status(row, compute(row, *facts(project)))


def show_on_opportunity(project: Any, figures: Figures) -> None:
	"""Write what an opportunity shows of its project, without touching its own modification time."""
	if not project.opportunity:
		return
	values = figures.project_values()
	frappe.db.set_value(
		"SPM Opportunity",
		project.opportunity,
		{
			"project_status": project.status,
			"project_percent_complete": values["percent_complete"],
			"project_health": values["health"],
			"next_milestone": values["next_milestone"],
			"next_milestone_date": values["next_milestone_date"],
			"project_forecast_end_date": values["forecast_end_date"],
		},
		update_modified=False,
	)


def _stands_alone(row: frappe._dict) -> bool:
	"""Tell from a row that `lock` returned whether its customer belongs to no group of companies."""
	return "group_companies" in row and not row.parent_customer and not row.group_companies


def refresh_customers(customers: list[str] | None = None, alone: bool = False) -> None:
	"""Count the projects of these customers (all when None) and write what the customers show of them.

	`alone` says that they belong to no group of companies, which spares asking for it.

	One statement for any number: how many run, how many will end late, their mean progress, and the
	customer's health, which follows from theirs.
	"""
	if customers is not None and not (customers := [c for c in customers if c]):
		return
	projects, table = DocType("SPM Project"), DocType("SPM Customer")
	promised = Coalesce(projects.baseline_end_date, projects.planned_end_date)
	totals = (
		running_projects(customers)
		.select(
			Sum(Case().when(projects.forecast_end_date > promised, 1).else_(0)).as_("late"),
			Round(Avg(projects.percent_complete), DECIMALS).as_("complete"),
		)
		.as_("totals")
	)
	query = (
		frappe.qb.update(table)
		.left_join(totals)
		.on(totals.customer == table.name)
		.set(table.active_projects, Coalesce(totals.active, 0))
		.set(table.late_projects, Coalesce(totals.late, 0))
		.set(table.projects_percent_complete, Coalesce(totals.complete, 0))
		.set(table.health, light_of(totals, table))
	)
	if customers is not None:
		query = query.where(table.name.isin(customers))
	in_groups = {} if alone else _in_groups(customers)
	query.run()
	if customers is None:
		customer_tree.refresh()
		frappe.clear_document_cache("SPM Customer")
	elif in_groups:
		customer_tree.carry_up(in_groups, _in_groups(customers))
	for name in customers or ():
		frappe.clear_document_cache("SPM Customer", name)


def _in_groups(customers: list[str] | None) -> dict[str, Any]:
	"""Lock and read those of the customers that are part of a group of companies, with their projects."""
	if customers is None:
		return {}
	table = DocType("SPM Customer")
	rows = (
		frappe.qb.from_(table)
		.select(
			table.name,
			table.parent_customer,
			table.group_companies,
			table.active_projects,
			table.late_projects,
		)
		.where(table.name.isin(sorted(set(customers))))
		.where((table.parent_customer != "") | (table.group_companies > 0))
		.for_update()
		.run(as_dict=True)
	)
	return {row.name: row for row in rows}


def recompute(project: str | None = None) -> int:
	"""Compute the derived numbers from nothing, for one project or for all; returns how many there were.

	Nothing stored is used, so the result shows whether the running totals are right.
	"""
	names = [project] if project else frappe.get_all("SPM Project", pluck="name", order_by="name")
	for name in names:
		roll_up(name, customers=bool(project))
	if not project:
		refresh_customers()
	return len(names)


def refresh_dated_figures() -> None:
	"""Daily job: a new day makes milestones late and plans due without anybody saving anything."""
	names = frappe.get_all(
		"SPM Project", filters={"status": ["in", ACTIVE]}, pluck="name", order_by="customer, name"
	)
	for number, name in enumerate(names, 1):
		frappe.db.savepoint("dated_figures")
		try:
			roll_up(name)
		except Exception:
			frappe.db.rollback(save_point="dated_figures")
			frappe.log_error(
				title="Daily figures of a project", reference_doctype="SPM Project", reference_name=name
			)
		if number % 50 == 0:
			# Long batch: locks of finished projects are given back.
			frappe.db.commit()  # nosemgrep


def _write_milestone_progress(milestones: list[frappe._dict], figures: Figures) -> None:
	changed = {
		m.name: figures.milestone_progress[m.name]
		for m in milestones
		if flt(m.progress, DECIMALS) != figures.milestone_progress[m.name]
	}
	if not changed:
		return
	table = DocType("SPM Milestone")
	value = Case()
	for name, percent in changed.items():
		value = value.when(table.name == name, percent)
	(
		frappe.qb.update(table)
		.set(table.progress, value.else_(table.progress))
		.where(table.name.isin(list(changed)))
		.run()
	)
	for name in changed:
		frappe.clear_document_cache("SPM Milestone", name)
