"""Progress that is shown upwards: a task moves its milestone, project, opportunity and customer at once.

The numbers come from one place (loop/figures.py), so that a saved task, the daily job and a recomputation
from nothing agree. Every change runs in the transaction that caused it, under a lock on the customer and
the project: two people finishing two tasks at once wait for each other instead of overwriting each
other's total.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import CustomFunction, DocType
from frappe.query_builder.functions import Coalesce, Sum
from frappe.utils import create_batch, flt
from pypika import Case
from pypika.functions import Avg

from sales_crm_pm.loop import budget_alerts, customer_tree, programme
from sales_crm_pm.loop.bulk import write_many
from sales_crm_pm.loop.customer_figures import light_of, running_projects
from sales_crm_pm.loop.figures import ACTIVE, PROJECT_COLUMNS, Figures, as_status, compute, facts, facts_of
from sales_crm_pm.permissions.guarded import GuardedDocument
from sales_crm_pm.rules.progress import DECIMALS

Round = CustomFunction("ROUND", ["number", "digits"])
AT_ONCE = 50
"""Projects whose figures are written together in the daily job and in a recomputation."""


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
	return _write([row], customers)[project]


def roll_up_many(projects: Iterable[str], customers: bool = True) -> dict[str, Figures]:
	"""As `roll_up`, for many projects in a number of statements that does not grow with them.

	Whoever has changed what projects cost, many tasks at once, or dates of a whole plan calls this.
	"""
	names = sorted({name for name in projects if name})
	if not names:
		return {}
	customer, project = DocType("SPM Customer"), DocType("SPM Project")
	rows = (
		frappe.qb.from_(customer)
		.inner_join(project)
		.on(project.customer == customer.name)
		.select(*[project[column] for column in PROJECT_COLUMNS])
		.where(project.name.isin(names))
		.for_update()
		.run(as_dict=True)
	)
	return _write(rows, customers) if rows else {}


def _write(rows: list[frappe._dict], customers: bool) -> dict[str, Figures]:
	"""Compute and store the figures of locked projects."""
	read = facts_of([row.name for row in rows], locking=True)
	figures = {row.name: compute(row, *read[row.name]) for row in rows}
	_write_progress_of_parts(read, figures)
	values = {}
	for row in rows:
		own = figures[row.name]
		values[row.name] = own.project_values()
		level = budget_alerts.note(row, own.alerts, row.budget_alert_level)
		if level != flt(row.budget_alert_level):
			values[row.name]["budget_alert_level"] = level
	write_many("SPM Project", values)
	write_many(
		"SPM Opportunity",
		{row.opportunity: shown_on_opportunity(row, figures[row.name]) for row in rows if row.opportunity},
	)
	programme.carry_up([row for row in rows if row.parent_project or row.sub_projects])
	if customers:
		touched = list(dict.fromkeys(row.customer for row in rows))
		refresh_customers(touched, alone=len(rows) == 1 and _stands_alone(rows[0]))
	return figures


def apply_to(doc: Document) -> Figures:
	"""Set the derived fields on a project that is about to be saved; nothing is written yet."""
	milestones, tasks = ([], []) if doc.is_new() else facts(doc.name, locking=True)
	figures = compute(doc, milestones, tasks)
	doc.update(figures.project_values())
	if doc.has_value_changed("budget_cost"):
		# Another budget has alerts of its own.
		doc.budget_alert_level = 0
	if not doc.is_new():
		doc.budget_alert_level = budget_alerts.note(doc, figures.alerts, doc.budget_alert_level)
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
	if project.opportunity:
		write_many("SPM Opportunity", {project.opportunity: shown_on_opportunity(project, figures)})


def shown_on_opportunity(project: Any, figures: Figures) -> dict[str, Any]:
	"""What an opportunity shows of its project."""
	values = figures.project_values()
	return {
		"project_status": project.status,
		"project_percent_complete": values["percent_complete"],
		"project_health": values["health"],
		"next_milestone": values["next_milestone"],
		"next_milestone_date": values["next_milestone_date"],
		"project_forecast_end_date": values["forecast_end_date"],
	}


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
	for part in create_batch(names, AT_ONCE):
		roll_up_many(part, customers=bool(project))
	if not project:
		refresh_customers()
	return len(names)


def refresh_dated_figures() -> None:
	"""Daily job: a new day makes milestones late and plans due without anybody saving anything."""
	names = frappe.get_all(
		"SPM Project", filters={"status": ["in", ACTIVE]}, pluck="name", order_by="customer, name"
	)
	for part in create_batch(names, AT_ONCE):
		if not _refresh(part) and len(part) > 1:
			# One that cannot be computed must not keep the others from it.
			for name in part:
				_refresh([name])
		if len(part) == AT_ONCE:
			# Long batch: locks of finished projects are given back. The last part is the scheduler's to commit.
			frappe.db.commit()  # nosemgrep


def _refresh(names: list[str]) -> bool:
	frappe.db.savepoint("dated_figures")
	try:
		roll_up_many(names)
	except Exception:
		frappe.db.rollback(save_point="dated_figures")
		if len(names) == 1:
			frappe.log_error(
				title="Daily figures of a project", reference_doctype="SPM Project", reference_name=names[0]
			)
		return False
	return True


def _write_progress_of_parts(
	read: dict[str, tuple[list[frappe._dict], list[frappe._dict]]], figures: dict[str, Figures]
) -> None:
	"""Store the progress of milestones, and of tasks that have parts, where it has moved."""
	for doctype, number, progress in (
		("SPM Milestone", 0, "milestone_progress"),
		("SPM Task", 1, "task_progress"),
	):
		changed = {
			row.name: {"progress": own[row.name]}
			for project, of_project in read.items()
			for row in of_project[number]
			if row.name in (own := getattr(figures[project], progress))
			and flt(row.progress, DECIMALS) != own[row.name]
		}
		write_many(doctype, changed)
