import frappe
from frappe import _

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMResponsibility(GuardedDocument):
	def validate(self):
		self.validate_milestone()
		self.validate_is_new()

	def validate_milestone(self):
		if frappe.db.get_value("SPM Milestone", self.milestone, "project") != self.project:
			frappe.throw(_("The milestone belongs to another project."), exc=SPMError)

	def validate_is_new(self):
		same = {"milestone": self.milestone, "user": self.user, "raci": self.raci, "name": ["!=", self.name]}
		if frappe.db.exists("SPM Responsibility", same):
			frappe.throw(
				_("{0} has this part in the milestone already.").format(frappe.bold(self.user)), exc=SPMError
			)
