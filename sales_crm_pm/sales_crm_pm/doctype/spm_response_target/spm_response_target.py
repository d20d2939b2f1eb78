import frappe
from frappe import _
from frappe.model.document import Document

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import lead_config


class SPMResponseTarget(Document):
	def validate(self):
		lead_config.check_conditions(self.conditions)
		if not self.response_minutes:
			frappe.throw(_("Enter the minutes within which a lead must hear from you."), exc=SPMError)

	def on_update(self):
		lead_config.forget()

	def on_trash(self):
		lead_config.forget()
