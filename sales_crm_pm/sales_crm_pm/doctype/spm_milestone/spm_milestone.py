import frappe
from frappe import _
from frappe.utils import cint, getdate, now_datetime, today

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import milestone, payment_links, payments, progress, survey, transitions
from sales_crm_pm.rules.schedule import slip_days

FROM_PROJECT = ("customer", "deal_chain", "status", "baseline_end_date", "project_name")


class SPMMilestone(transitions.FollowsWorkflow, progress.RollsUp):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from sales_crm_pm.sales_crm_pm.doctype.spm_milestone_deliverable.spm_milestone_deliverable import (
			SPMMilestoneDeliverable,
		)

		acceptance_criteria: DF.SmallText | None
		acceptance_required: DF.Check
		accepted_by: DF.Link | None
		accepted_on: DF.Datetime | None
		accountable: DF.Link | None
		actual_date: DF.Date | None
		baseline_date: DF.Date | None
		customer: DF.Link | None
		deal_chain: DF.Data | None
		delay_reason: DF.Literal["", "Customer", "Resource", "Scope", "Supplier", "Technical", "Other"]
		deliverables: DF.Table[SPMMilestoneDeliverable]
		forecast_date: DF.Date | None
		milestone_owner: DF.Link | None
		milestone_type: DF.Literal["Delivery", "Payment", "Decision", "Internal"]
		phase: DF.Data | None
		planned_date: DF.Date
		progress: DF.Percent
		project: DF.Link
		rejection_count: DF.Int
		rejection_reason: DF.SmallText | None
		sequence: DF.Int
		slip_days: DF.Int
		status: DF.Literal["Planned", "In Progress", "Submitted", "Accepted", "Rejected", "Cancelled"]
		submitted_on: DF.Datetime | None
		survey_on_accept: DF.Check
		title: DF.Data
		visible_to_customer: DF.Check
		weight: DF.Float
		workflow_state: DF.Link | None
	# end: auto-generated types

	COMPUTED = (
		"customer",
		"deal_chain",
		"progress",
		"baseline_date",
		"actual_date",
		"slip_days",
		"submitted_on",
		"accepted_on",
		"rejection_count",
		"forecast_by_hand",
	)

	def before_validate(self):
		super().before_validate()
		self.set_from_project()
		# A spreadsheet without this column means "all the same", not "none counts".
		self.weight = 1 if self.weight is None else self.weight

	def validate(self):
		transitions.validate_status_change(self)
		self.validate_rejection()
		self.set_acceptance()
		self.note_own_forecast()
		self.set_slip()
		milestone.check(self)

	def on_update(self):
		if self.flags.in_bulk:
			return
		self.roll_up()
		payment_links.follow_milestone(self)
		milestone.after_change(self)
		if self.has_new_status() and self.status == "Accepted" and self.survey_on_accept:
			survey.create_for_milestone(self)

	def on_trash(self):
		payment_links.release_milestone(self)
		frappe.db.delete("SPM Responsibility", {"milestone": self.name})
		# Shown as the next milestone it would be a link that keeps it from being deleted.
		for doctype in ("SPM Project", "SPM Opportunity"):
			frappe.db.set_value(
				doctype,
				{"next_milestone": self.name},
				{"next_milestone": None, "next_milestone_date": None},
				update_modified=False,
			)

	def after_delete(self):
		progress.roll_up(self.project)
		if self.flags.paid_by:
			payments.refresh(self.flags.paid_by, [self.project])

	def set_from_project(self):
		"""Take customer and chain from the project; a milestone that joins late is promised for its plan date."""
		before = self.get_doc_before_save()
		if before and before.project == self.project and self.customer:
			return
		project = self.flags.project_row or frappe.db.get_value(
			"SPM Project", self.project, FROM_PROJECT, as_dict=True
		)
		if not project:
			return
		if project.status in ("Closed", "Cancelled"):
			frappe.throw(
				_("{0} is {1}; it takes no more milestones.").format(
					project.project_name, _(project.status, context="SPM Project")
				),
				exc=SPMError,
			)
		self.customer = project.customer
		self.deal_chain = project.deal_chain
		if project.baseline_end_date and not self.baseline_date:
			self.baseline_date = self.planned_date

	def validate_rejection(self):
		if self.has_new_status() and self.status == "Rejected" and not (self.rejection_reason or "").strip():
			frappe.throw(
				_("Say why the milestone is rejected, so that the team knows what to change."), exc=SPMError
			)

	def set_acceptance(self):
		if not self.has_new_status():
			return
		if self.status == "Submitted":
			self.submitted_on = now_datetime()
		elif self.status == "Rejected":
			self.rejection_count = cint(self.rejection_count) + 1
		elif self.status == "Accepted":
			self.accepted_on = self.accepted_on or now_datetime()
			self.actual_date = self.actual_date or today()
			self.progress = 100

	def note_own_forecast(self):
		"""A forecast that somebody enters stays theirs; without one it follows the tasks again."""
		before = self.get_doc_before_save()
		old, new = (getdate(d) if d else None for d in (before.forecast_date if before else None, self.forecast_date))
		if old != new:
			self.forecast_by_hand = int(bool(new))

	def set_slip(self):
		dates = (self.baseline_date, self.planned_date, self.forecast_date, self.actual_date)
		self.slip_days = slip_days(*(getdate(value) if value else None for value in dates))

	def has_new_status(self) -> bool:
		"""Tell whether this save moves the milestone to another status."""
		before = self.get_doc_before_save()
		return bool(before) and before.status != self.status

	def roll_up(self):
		"""Move the figures of the project (and of the one it left), its opportunity and its customer."""
		before = self.get_doc_before_save()
		if before and before.project != self.project:
			progress.roll_up(before.project)
		figures = progress.roll_up(self.project, self.flags.locked_project)
		if figures:
			# Written by the roll-up already; here so that the answer to this save shows it.
			self.progress = figures.milestone_progress[self.name]
			self.flags.project_status = progress.as_status(self.flags.locked_project, figures)
