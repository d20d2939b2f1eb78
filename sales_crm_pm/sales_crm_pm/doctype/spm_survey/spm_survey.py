import frappe
from frappe import _
from frappe.utils import cint

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.permissions.guarded import GuardedDocument

ANSWER = ("csat", "nps", "comment", "answered_on", "token_hash")


class SPMSurvey(GuardedDocument):
	def before_insert(self):
		self.nps = -1
		self.set_from_links()

	def validate(self):
		self.validate_scale()
		self.validate_answer_untouched()

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

	def validate_answer_untouched(self):
		"""An answer is the customer's word: nobody edits it, whatever their rights."""
		before = self.get_doc_before_save()
		if not before or before.status != "Answered":
			return
		if any((before.get(f) or None) != (self.get(f) or None) for f in ANSWER) or self.status != "Answered":
			frappe.throw(_("The customer has answered; the answer stays as it is."), exc=SPMError)
