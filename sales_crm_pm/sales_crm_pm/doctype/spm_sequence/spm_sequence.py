import frappe
from frappe import _

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMSequence(GuardedDocument):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF
		from sales_crm_pm.sales_crm_pm.doctype.spm_sequence_step.spm_sequence_step import SPMSequenceStep

		activated_on: DF.Datetime | None
		again_after_days: DF.Int
		contacts: DF.Literal["Primary Contact", "All Contacts"]
		description: DF.SmallText | None
		event: DF.Literal["", "Project Delivered", "Project Accepted", "Opportunity Won", "Opportunity Lost", "Quotation Sent", "Lifecycle Stage Reached", "Recommends Us"]
		event_delay_days: DF.Int
		event_stage: DF.Literal["", "Prospect", "Following", "Converted", "Maintained", "Dormant", "Lost"]
		events_since: DF.Date | None
		reply_to: DF.Literal["Account Manager", "Mailbox of the App"]
		segment: DF.Link | None
		sequence_name: DF.Data
		starts_by: DF.Literal["By Hand", "Segment", "Event"]
		status: DF.Literal["Draft", "Active", "Paused", "Ended"]
		steps: DF.Table[SPMSequenceStep]
		stop_on_answer: DF.Check
		stop_on_leaving_segment: DF.Check
		stop_on_open_deal: DF.Check
		stop_on_ticket: DF.Check
		stop_on_won_deal: DF.Check
		visibility: DF.Literal["Me", "Everyone"]
	# end: auto-generated types

	COMPUTED = ("status", "activated_on")

	def before_validate(self):
		self.status = self.status or "Draft"
		if self.starts_by != "Segment":
			self.segment = None
			self.stop_on_leaving_segment = 0
		if self.starts_by != "Event":
			self.event = self.event_stage = None
		if self.event != "Lifecycle Stage Reached":
			self.event_stage = None

	def validate(self):
		self.validate_trigger()
		self.validate_steps()

	def validate_trigger(self):
		if self.starts_by == "Segment" and not self.segment:
			frappe.throw(_("Choose the segment whose customers start."), exc=SPMError)
		if self.starts_by == "Event" and not self.event:
			frappe.throw(_("Choose the event that starts the sequence."), exc=SPMError)
		if self.event == "Lifecycle Stage Reached" and not self.event_stage:
			frappe.throw(_("Choose the lifecycle stage that starts the sequence."), exc=SPMError)
		if self.segment and self.has_value_changed("segment"):
			# A sequence asks with the rights of the segment's author; whoever uses it must see it at least.
			frappe.get_doc("SPM Segment", self.segment).check_permission("read")

	def validate_steps(self):
		if not self.steps:
			frappe.throw(_("A sequence needs at least one step."), exc=SPMError)
		for row in self.steps:
			if row.action == "Mail" and not row.email_template:
				frappe.throw(_("Step {0}: choose the mail template.").format(row.idx), exc=SPMError)
			if row.action != "Mail" and not row.subject:
				frappe.throw(_("Step {0}: write the subject.").format(row.idx), exc=SPMError)
			if row.action == "Mail":
				row.subject = None
			else:
				row.email_template = None
