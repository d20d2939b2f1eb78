import frappe
from frappe import _
from frappe.utils import flt

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMDiscountLimit(GuardedDocument):
	def before_validate(self):
		self.base_currency = base_currency()
		if self.limit_on == "Margin":
			self.max_discount = 0
		else:
			self.min_margin = 0

	def validate(self):
		if flt(self.max_discount) > 100 or flt(self.min_margin) > 100:
			frappe.throw(_("A limit lies between 0 and 100 percent."), exc=SPMError)
