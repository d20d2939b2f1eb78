import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import cint, flt, getdate, now_datetime, today

from sales_crm_pm.exceptions import DependencyCycleError, SPMError
from sales_crm_pm.loop import calendar, plan_network, progress, scheduling, visits
from sales_crm_pm.rules.activity import DATED
from sales_crm_pm.rules.dependencies import as_list
from sales_crm_pm.rules.task_tree import CycleError, Link, check

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
# What the schedule of a project depends on, besides the links.
SCHEDULED_BY = (
	"project",
	"milestone",
	"planned_start_date",
	"planned_end_date",
	"duration_days",
	"is_milestone",
	"constraint_type",
	"constraint_date",
	"parent_task",
	"sort_order",
)
HAS_BEGUN = ("Working", "Pending Review", "Blocked", "Completed")


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
		self.set_dates()
		self.set_remaining_hours()
		# A spreadsheet without this column means "all the same", not "none counts".
		self.weight = 1 if self.weight is None else self.weight
		self.depends_on_tasks = as_list(row.task for row in self.depends_on)
		self.sign_checklist()

	def validate(self):
		self.validate_home()
		self.validate_dates()
		self.validate_milestone()
		self.validate_constraint()
		self.validate_dependencies()

	def on_update(self):
		# A change of a whole plan does this once for all its tasks.
		if not (self.flags.in_bulk or self.flags.in_plan):
			is_scheduled = self.follow_plan()
			self.roll_up(is_scheduled)
			self.follow_visit_plan()

	def after_delete(self):
		if self.project and (self.planned_start_date or self.parent_task):
			scheduling.refresh(self.project)
		elif self.project:
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
				# The day it was really done, for code that tells of the past.
				self.completed_on = self.flags.done_on or now_datetime()
				self.completed_by = frappe.session.user
		else:
			self.completed_on = self.completed_by = None
			if before and before.status == "Completed" and flt(self.progress) == 100:
				self.progress = 0
		if self.status in ("Working", "Pending Review", "Completed") and not self.actual_start_date:
			self.actual_start_date = today()

	def set_dates(self):
		"""Complete start, end and duration; days that are not worked do not count."""
		moved = {name: self.get(name) for name in plan_network.DATES if self.has_moved(name)}
		if self.is_new():
			moved = {name: value for name, value in moved.items() if value}
		if moved:
			days = calendar.named(self.project_value("calendar"))
			self.update(plan_network.complete_dates(self.get_doc_before_save(), moved, days))
		if self.status == "Completed":
			# What is done can slip no more.
			self.is_critical = self.total_float_days = self.free_float_days = 0

	def set_remaining_hours(self):
		is_over = self.status in ("Completed", "Cancelled")
		self.remaining_hours = 0 if is_over else max(0, flt(self.estimate_hours) - flt(self.actual_hours))

	def project_value(self, fieldname: str):
		"""A field of the project, from the row that was locked for this save when there is one."""
		if not self.project:
			return None
		for row in (self.flags.locked_project, self.flags.project_row):
			if row and row.get("name") == self.project:
				return row.get(fieldname)
		return frappe.db.get_value("SPM Project", self.project, fieldname)

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

	def validate_constraint(self):
		if self.constraint_type not in DATED:
			self.constraint_date = None
		elif not self.constraint_date:
			frappe.throw(
				_("The constraint {0} needs a date. Enter one, or choose another constraint.").format(
					_(self.constraint_type)
				),
				exc=SPMError,
			)

	def validate_dependencies(self):
		"""Refuse links and parts across projects, and circles of any length through both."""
		links_changed = bool(self.depends_on) and not self.is_child_table_same("depends_on")
		parent_changed = bool(self.parent_task) and self.changed("parent_task")
		if self.flags.in_bulk or not (links_changed or parent_changed):
			return
		if self.parent_task == self.name:
			frappe.throw(_("A task cannot be a part of itself."), exc=DependencyCycleError)
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
		if parent_changed and self.parent_task not in known:
			frappe.throw(
				_("A task can be a part of a task of the same project only, not of {0}.").format(self.parent_task),
				exc=SPMError,
			)
		parents = {name: row.parent_task for name, row in known.items()}
		parents[self.name] = self.parent_task
		links = [link for link in self.links_of_same_home() if link.successor != self.name]
		links += [Link(row.task, self.name) for row in self.depends_on]
		try:
			check(parents, parents, links)
		except CycleError as error:
			plan_network.throw_cycle(
				[known[name].subject if name in known else self.subject for name in error.cycle]
			)

	def home_field(self) -> str:
		"""Return the field that names what the task belongs to, the most telling one."""
		return next((f for f in ("project", "opportunity") if self.get(f)), "customer")

	def tasks_of_same_home(self) -> dict[str, frappe._dict]:
		"""Return the tasks this one may wait for or be a part of."""
		home = self.home_field()
		rows = frappe.get_all(
			"SPM Task", filters={home: self.get(home)}, fields=["name", "subject", "parent_task"]
		)
		return {row.name: row for row in rows}

	def links_of_same_home(self) -> list[Link]:
		"""Return who waits for whom in the same project; one statement."""
		task, link = DocType("SPM Task"), DocType("SPM Task Dependency")
		home = task[self.home_field()] == self.get(self.home_field())
		rows = (
			frappe.qb.from_(link)
			.inner_join(task)
			.on(task.name == link.parent)
			.select(link.task, link.parent)
			.where(home & (link.parenttype == "SPM Task"))
			.run()
		)
		return [Link(previous, name) for previous, name in rows]

	def changed(self, fieldname: str) -> bool:
		"""Tell whether a field differs from what is stored (a new task differs in everything)."""
		before = self.get_doc_before_save()
		return not before or before.get(fieldname) != self.get(fieldname)

	def follow_plan(self) -> bool:
		"""Reschedule what waits for this task; tells whether the plan was computed anew."""
		before = self.get_doc_before_save()
		if before and before.project and before.project != self.project:
			scheduling.refresh(before.project)
		if not self.project or not self.concerns_plan():
			return False
		scheduling.follow(self)
		return True

	def concerns_plan(self) -> bool:
		"""Whether this save may move anything: a task that was only ticked off on its day does not."""
		before = self.get_doc_before_save()
		if not before:
			return bool(self.planned_start_date or self.planned_end_date or self.duration_days or self.parent_task)
		if any(self.has_moved(name) for name in SCHEDULED_BY) or not self.is_child_table_same("depends_on"):
			return True
		if not (self.planned_start_date or self.planned_end_date):
			return False
		if self.has_moved("assigned_to") or (self.status == "Cancelled") != (before.status == "Cancelled"):
			return True
		started = self.actual_start_date if self.status in HAS_BEGUN else None
		stood = before.actual_start_date if before.status in HAS_BEGUN else None
		if before.status == "Completed" or self.status == "Completed":
			return before.status != self.status and self.is_off_its_day() and self.is_awaited()
		return (getdate(started) if started else None) != (getdate(stood) if stood else None) and (
			getdate(started or self.planned_start_date) != getdate(self.planned_start_date)
		)

	def is_off_its_day(self) -> bool:
		"""Whether the task was completed on another day than planned, or is taken up again."""
		return self.status != "Completed" or getdate(self.completed_on) != getdate(
			self.planned_end_date or self.planned_start_date
		)

	def is_awaited(self) -> bool:
		"""Whether anything follows from the day on which this task is done."""
		return bool(
			self.milestone or self.parent_task or frappe.db.exists("SPM Task Dependency", {"task": self.name})
		)

	def roll_up(self, is_scheduled: bool = False):
		"""Move the figures of the project (and of the one it left), its opportunity and its customer."""
		before = self.get_doc_before_save()
		if before and before.project and before.project != self.project and not is_scheduled:
			progress.roll_up(before.project)
		if not self.project or not (is_scheduled or any(self.has_moved(name) for name in ROLLED_UP)):
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
		if fieldname in ("duration_days", "is_milestone", "sort_order"):
			return cint(old) != cint(new)
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
