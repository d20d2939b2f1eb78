import frappe
from frappe import _
from frappe.utils import cint

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMSurvey(GuardedDocument):
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
