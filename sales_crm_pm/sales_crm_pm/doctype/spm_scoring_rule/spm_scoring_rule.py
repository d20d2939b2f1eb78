import frappe
from frappe import _
from frappe.model.document import Document

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import lead_config, lead_scoring


class SPMScoringRule(Document):
	def validate(self):
		lead_config.check_conditions(self.conditions)
		if self.kind == "Fit" and not self.conditions:
			frappe.throw(_("Say which leads get the points: add a condition."), exc=SPMError)
		if self.kind == "Engagement" and not self.activity:
			frappe.throw(_("Choose the activity that gives the points."), exc=SPMError)

	def on_update(self):
		lead_config.forget()
		lead_scoring.rescore_soon()

	def on_trash(self):
		lead_config.forget()
		lead_scoring.rescore_soon()
