import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from sales_crm_pm.exceptions import DependencyCycleError, SPMError
from sales_crm_pm.loop import estimate
from sales_crm_pm.rules.dependencies import find_cycle, parse_links


class SPMProjectTemplate(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from sales_crm_pm.sales_crm_pm.doctype.spm_template_milestone.spm_template_milestone import (
			SPMTemplateMilestone,
		)
		from sales_crm_pm.sales_crm_pm.doctype.spm_template_phase.spm_template_phase import SPMTemplatePhase
		from sales_crm_pm.sales_crm_pm.doctype.spm_template_task.spm_template_task import SPMTemplateTask

		completion_method: DF.Literal["Milestone Weight", "Task Weight", "Task Progress", "Task Completion", "Manual"]
		description: DF.SmallText | None
		disabled: DF.Check
		is_default: DF.Check
		milestones: DF.Table[SPMTemplateMilestone]
		phases: DF.Table[SPMTemplatePhase]
		project_type: DF.Link | None
		tasks: DF.Table[SPMTemplateTask]
		template_name: DF.Data
	# end: auto-generated types

	def before_validate(self):
		if self.estimate:
			estimate.reckon(self)

	def validate(self):
		self.validate_titles()
		self.validate_tasks()
		self.validate_parts()
		self.validate_roles()

	def on_update(self):
		self.keep_one_default()

	def validate_titles(self):
		titles = [row.title for row in self.milestones]
		if len(set(titles)) < len(titles):
			frappe.throw(_("Each milestone of a template needs a title of its own."), exc=SPMError)

	def validate_tasks(self):
		titles = {row.title for row in self.milestones}
		waits_for: dict[str, list[str]] = {}
		for row in self.tasks:
			if row.milestone_title and row.milestone_title not in titles:
				frappe.throw(
					_("Row {0}: the template has no milestone {1}.").format(
						row.idx, frappe.bold(row.milestone_title)
					),
					exc=SPMError,
				)
			try:
				links = parse_links(row.depends_on, row.idx, len(self.tasks))
			except ValueError as e:
				frappe.throw(
					_("Row {0}: {1} is not the row number of another task.").format(
						row.idx, frappe.bold(str(e))
					),
					exc=SPMError,
				)
			waits_for[str(row.idx)] = [str(link.number) for link in links]
		if cycle := find_cycle(waits_for):
			frappe.throw(
				_("These rows would wait for each other: {0}.").format(" → ".join(reversed(cycle))),
				exc=DependencyCycleError,
			)

	def validate_parts(self):
		for row in self.tasks:
			if cint(row.parent_row) and (row.parent_row > len(self.tasks) or row.parent_row == row.idx):
				frappe.throw(
					_("Row {0}: {1} is not the row number of another task.").format(
						row.idx, frappe.bold(str(row.parent_row))
					),
					exc=SPMError,
				)
		above = {str(row.idx): [str(row.parent_row)] for row in self.tasks if cint(row.parent_row)}
		if cycle := find_cycle(above):
			frappe.throw(
				_("These rows would be parts of each other: {0}.").format(" → ".join(cycle)),
				exc=DependencyCycleError,
			)

	def validate_roles(self):
		names = [row.project_role for row in self.roles]
		if len(set(names)) < len(names):
			frappe.throw(_("Each role of a template is listed once."), exc=SPMError)
		if sum(cint(row.is_manager) for row in self.roles) > 1:
			frappe.throw(_("Only one role of a template is the project manager."), exc=SPMError)

	def keep_one_default(self):
		if self.is_default:
			frappe.db.set_value(
				"SPM Project Template", {"name": ["!=", self.name], "is_default": 1}, "is_default", 0
			)
