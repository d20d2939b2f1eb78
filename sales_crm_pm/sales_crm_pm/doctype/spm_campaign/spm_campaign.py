import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import campaign
from sales_crm_pm.loop.money import base_currency


class SPMCampaign(Document):
	def before_validate(self):
		campaign.set_code(self)
		self.currency = self.currency or base_currency()

	def validate(self):
		if self.start_date and self.end_date and getdate(self.start_date) > getdate(self.end_date):
			frappe.throw(_("The campaign ends before it starts. Correct one of the two dates."), exc=SPMError)
