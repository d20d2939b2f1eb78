import frappe
from frappe import _
from frappe.utils import cint

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMSurvey(GuardedDocument):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		answered_on: DF.Datetime | None
		comment: DF.SmallText | None
		contact: DF.Link | None
		contact_email: DF.Data | None
		csat: DF.Int
		customer: DF.Link
		deal_chain: DF.Data | None
		expires_on: DF.Datetime | None
		follow_up: DF.DynamicLink | None
		follow_up_type: DF.Link | None
		language: DF.Link | None
		milestone: DF.Link | None
		needs_attention: DF.Check
		nps: DF.Int
		opportunity: DF.Link | None
		project: DF.Link | None
		reminded_on: DF.Datetime | None
		scheduled_on: DF.Datetime | None
		sent_on: DF.Datetime | None
		status: DF.Literal["Scheduled", "Sent", "Reminded", "Answered", "Expired", "Cancelled"]
		survey_key: DF.Data | None
		token_hash: DF.Data | None
	# end: auto-generated types

	# Whether it was sent and what the customer said is known to loop/survey.py alone; nobody edits an answer.
	COMPUTED = (
		"status",
		"sent_on",
		"reminded_on",
		"answered_on",
		"csat",
		"nps",
		"comment",
		"needs_attention",
		"token_hash",
		"survey_key",
		"follow_up_type",
		"follow_up",
		"opportunity",
		"deal_chain",
	)

	def before_insert(self):
		self.status = "Scheduled"
		self.nps = -1
		self.set_from_links()

	def validate(self):
		self.validate_scale()

	def set_from_links(self):
		"""A survey made by hand belongs to the chain of its project."""
		if not self.project or self.deal_chain:
			return
		project = frappe.db.get_value(
			"SPM Project", self.project, ["deal_chain", "opportunity", "customer"], as_dict=True
		)
		self.deal_chain = project.deal_chain
		self.opportunity = self.opportunity or project.opportunity

	def validate_scale(self):
		if not 0 <= cint(self.csat) <= 5 or not -1 <= cint(self.nps) <= 10:
			frappe.throw(
				_("Satisfaction goes from 1 to 5 and the recommendation from 0 to 10."), exc=SPMError
			)
