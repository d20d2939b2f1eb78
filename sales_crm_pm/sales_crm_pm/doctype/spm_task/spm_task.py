import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import cint, date_diff, flt, getdate, now_datetime, today

from sales_crm_pm.exceptions import DependencyCycleError, SPMError
from sales_crm_pm.loop import progress, visits
from sales_crm_pm.rules.dependencies import as_list, find_cycle

# What the figures of a project depend on.
ROLLED_UP = (
	"project",
	"milestone",
	"parent_task",
	"status",
	"progress",
	"weight",
	"planned_start_date",
	"planned_end_date",
)


class SPMTask(progress.RollsUp):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from sales_crm_pm.sales_crm_pm.doctype.spm_task_checklist_item.spm_task_checklist_item import (
			SPMTaskChecklistItem,
		)
		from sales_crm_pm.sales_crm_pm.doctype.spm_task_dependency.spm_task_dependency import (
			SPMTaskDependency,
		)

		accountable: DF.Link | None
		actual_hours: DF.Float
		actual_start_date: DF.Date | None
		assigned_to: DF.Link | None
		checklist: DF.Table[SPMTaskChecklistItem]
		checklist_done: DF.Int
		checklist_total: DF.Int
		color: DF.Color | None
		completed_by: DF.Link | None
		completed_on: DF.Datetime | None
		customer: DF.Link | None
		deal_chain: DF.Data | None
		depends_on: DF.Table[SPMTaskDependency]
		depends_on_tasks: DF.SmallText | None
		description: DF.TextEditor | None
		duration_days: DF.Int
		estimate_hours: DF.Float
		milestone: DF.Link | None
		opportunity: DF.Link | None
		parent_task: DF.Link | None
		phase: DF.Data | None
		planned_end_date: DF.Date | None
		planned_start_date: DF.Date | None
		priority: DF.Literal["Low", "Medium", "High", "Urgent"]
		progress: DF.Percent
		project: DF.Link | None
		status: DF.Literal["Open", "Working", "Pending Review", "Blocked", "Completed", "Cancelled"]
		subject: DF.Data
		task_type: DF.Literal["Task", "Visit", "Call", "Mail", "Bid"]
		visible_to_customer: DF.Check
		visit_key: DF.Data | None
		visit_plan: DF.Link | None
		weight: DF.Float
	# end: auto-generated types

	COMPUTED = (
		"deal_chain",
		"completed_on",
		"completed_by",
		"visit_plan",
		"visit_key",
		"checklist_total",
		"checklist_done",
		"wbs",
		"is_summary",
		"is_critical",
		"total_float_days",
		"free_float_days",
		"early_start",
		"early_finish",
		"late_start",
		"late_finish",
		"actual_hours",
		"actual_cost",
	)

	def before_validate(self):
		self.set_from_links()
		self.set_completion()
		self.set_duration()
		# A spreadsheet without this column means "all the same", not "none counts".
		self.weight = 1 if self.weight is None else self.weight
		self.depends_on_tasks = as_list(row.task for row in self.depends_on)
		self.sign_checklist()

	def validate(self):
		self.validate_home()
		self.validate_dates()
		self.validate_milestone()
		self.validate_parent()
		self.validate_dependencies()

	def on_update(self):
		if not self.flags.in_bulk:
			self.roll_up()
			self.follow_visit_plan()

	def after_delete(self):
		if self.project:
			progress.roll_up(self.project)
		if self.visit_plan:
			visits.refresh([self.customer])

	def load_children_from_db(self):
		"""Spare the statement that would find no checklist: completing a task is done all day, on the phone."""
		if self.get("checklist_total"):
			return super().load_children_from_db()
		tables = self._table_fieldnames
		self._table_fieldnames = {name: table for name, table in tables.items() if name != "checklist"}
		try:
			super().load_children_from_db()
		finally:
			self._table_fieldnames = tables
		self.set("checklist", [])

	def update_children(self):
		"""Leave the rows of a table alone when none has changed: most saves of a task only move its status."""
		for df in self.meta.get_table_fields():
			if not self.is_child_table_same(df.fieldname):
				self.update_child_table(df.fieldname, df)

	def set_from_links(self):
		"""Take customer and chain from the project, or from the opportunity of a pre-sales task.

		A task of neither (a visit, a call) keeps the customer somebody chose.
		"""
		if not (self.is_new() or self.changed("project") or self.changed("opportunity")):
			if self.project or self.opportunity:
				self.customer = self.get_doc_before_save().customer
			return
		if self.project:
			home = self.flags.project_row or frappe.db.get_value(
				"SPM Project", self.project, ["customer", "deal_chain", "opportunity"], as_dict=True
			)
		else:
			home = self.opportunity and frappe.db.get_value(
				"SPM Opportunity", self.opportunity, ["customer", "deal_chain"], as_dict=True
			)
		if home:
			self.customer, self.deal_chain = home.customer, home.deal_chain
			self.opportunity = self.opportunity or home.get("opportunity")

	def set_completion(self):
		before = self.get_doc_before_save()
		self.status = self.status or "Open"
		if self.visit_plan:
			# One open visit per customer: the key is unique, and free again once the visit is over.
			self.visit_key = None if self.status in visits.CLOSED else self.customer
		if self.status == "Completed":
			self.progress = 100
			if not before or before.status != "Completed":
				self.completed_on = now_datetime()
				self.completed_by = frappe.session.user
		else:
			self.completed_on = self.completed_by = None
			if before and before.status == "Completed" and flt(self.progress) == 100:
				self.progress = 0
		if self.status in ("Working", "Pending Review", "Completed") and not self.actual_start_date:
			self.actual_start_date = today()

	def set_duration(self):
		if self.planned_start_date and self.planned_end_date:
			self.duration_days = date_diff(self.planned_end_date, self.planned_start_date) + 1
		else:
			self.duration_days = 0

	def sign_checklist(self):
		"""Note who ticked a point of the checklist, and when; a point that is opened again loses it."""
		for row in self.checklist:
			if not row.is_done:
				row.done_by = row.done_on = None
			elif not row.done_by:
				row.done_by, row.done_on = frappe.session.user, now_datetime()
		self.checklist_total = len(self.checklist)
		self.checklist_done = sum(cint(row.is_done) for row in self.checklist)

	def validate_home(self):
		if not (self.project or self.opportunity or self.customer):
			frappe.throw(
				_("Choose the project, the opportunity or the customer this task belongs to."), exc=SPMError
			)

	def validate_dates(self):
		start, end = self.planned_start_date, self.planned_end_date
		if start and end and getdate(end) < getdate(start):
			frappe.throw(_("The planned end is before the planned start."), exc=SPMError)
		if flt(self.progress) > 100:
			frappe.throw(_("Progress cannot be more than 100 %."), exc=SPMError)

	def validate_milestone(self):
		if (
			self.flags.in_bulk
			or not self.milestone
			or not (self.changed("milestone") or self.changed("project"))
		):
			return
		if frappe.db.get_value("SPM Milestone", self.milestone, "project") != self.project:
			frappe.throw(_("The milestone belongs to another project."), exc=SPMError)

	def validate_parent(self):
		if not self.parent_task or not self.changed("parent_task"):
			return
		seen, parent = {self.name}, self.parent_task
		while parent:
			if parent in seen:
				frappe.throw(_("A task cannot be a part of itself."), exc=DependencyCycleError)
			seen.add(parent)
			parent = frappe.db.get_value("SPM Task", parent, "parent_task")

	def validate_dependencies(self):
		"""Refuse dependencies on other projects and circles of any length."""
		if self.flags.in_bulk or not self.depends_on or self.is_child_table_same("depends_on"):
			return
		if any(row.task == self.name for row in self.depends_on):
			frappe.throw(_("A task cannot wait for itself."), exc=DependencyCycleError)
		if len({row.task for row in self.depends_on}) < len(self.depends_on):
			frappe.throw(_("Each task can be named once under the dependencies."), exc=SPMError)
		known = self.tasks_of_same_home()
		strangers = [row.task for row in self.depends_on if row.task not in known]
		if strangers:
			frappe.throw(
				_("A task can wait for tasks of the same project only, not for {0}.").format(
					", ".join(strangers)
				),
				exc=SPMError,
			)
		waits_for = self.dependencies_of_same_home()
		waits_for[self.name] = [row.task for row in self.depends_on]
		if cycle := find_cycle(waits_for):
			frappe.throw(
				_("These tasks would wait for each other: {0}.").format(
					" → ".join(known.get(name, self.subject) for name in reversed(cycle))
				),
				title=_("Dependencies run in a circle"),
				exc=DependencyCycleError,
			)

	def home_field(self) -> str:
		"""Return the field that names what the task belongs to, the most telling one."""
		return next((f for f in ("project", "opportunity") if self.get(f)), "customer")

	def tasks_of_same_home(self) -> dict[str, str]:
		"""Return name and subject of the tasks this one may wait for."""
		home = self.home_field()
		return dict(
			frappe.get_all(
				"SPM Task", filters={home: self.get(home)}, fields=["name", "subject"], as_list=True
			)
		)

	def dependencies_of_same_home(self) -> dict[str, list[str]]:
		"""Return, for each task of the same project, the tasks it waits for; one statement."""
		task, link = DocType("SPM Task"), DocType("SPM Task Dependency")
		home = task[self.home_field()] == self.get(self.home_field())
		rows = (
			frappe.qb.from_(link)
			.inner_join(task)
			.on(task.name == link.parent)
			.select(link.parent, link.task)
			.where(home & (link.parenttype == "SPM Task"))
			.run()
		)
		waits_for: dict[str, list[str]] = {}
		for parent, previous in rows:
			waits_for.setdefault(parent, []).append(previous)
		return waits_for

	def changed(self, fieldname: str) -> bool:
		"""Tell whether a field differs from what is stored (a new task differs in everything)."""
		before = self.get_doc_before_save()
		return not before or before.get(fieldname) != self.get(fieldname)

	def roll_up(self):
		"""Move the figures of the project (and of the one it left), its opportunity and its customer."""
		before = self.get_doc_before_save()
		if before and before.project and before.project != self.project:
			progress.roll_up(before.project)
		if not self.project or not any(self.has_moved(fieldname) for fieldname in ROLLED_UP):
			return
		figures = progress.roll_up(self.project, self.flags.locked_project)
		if figures:
			self.flags.project_status = progress.as_status(self.flags.locked_project, figures)
			self.hint_at_open_predecessors(figures.open_tasks)

	def follow_visit_plan(self):
		"""A visit that was ticked off or cancelled moves the customer's next date."""
		if self.visit_plan and not self.is_new() and self.changed("status"):
			visits.refresh([self.customer])

	def has_moved(self, fieldname: str) -> bool:
		"""As `changed`, but a date is a date and a number a number, as text or not."""
		before = self.get_doc_before_save()
		if not before:
			return True
		old, new = before.get(fieldname), self.get(fieldname)
		if fieldname.endswith("_date"):
			return (getdate(old) if old else None) != (getdate(new) if new else None)
		if fieldname in ("progress", "weight"):
			return flt(old) != flt(new)
		return (old or None) != (new or None)

	def hint_at_open_predecessors(self, open_tasks: dict[str, str]):
		"""Say what a completed task should have waited for; work on site does not wait for plans."""
		before = self.get_doc_before_save()
		if self.status != "Completed" or not before or before.status == "Completed":
			return
		waiting = [
			open_tasks[row.task]
			for row in self.depends_on
			if (row.link_type or "FS") == "FS" and row.task in open_tasks
		]
		if waiting:
			frappe.msgprint(
				_("Completed, although it was planned to wait for: {0}.").format(
					", ".join(frappe.utils.escape_html(subject) for subject in waiting)
				),
				alert=True,
			)
