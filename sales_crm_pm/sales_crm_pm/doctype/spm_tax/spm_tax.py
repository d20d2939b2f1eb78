import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from sales_crm_pm.exceptions import SPMError


class SPMTax(Document):
	def validate(self):
		if flt(self.rate) > 100:
			frappe.throw(_("A tax rate lies between 0 and 100 percent."), exc=SPMError)

	def on_update(self):
		if self.is_default and self.has_value_changed("is_default"):
			frappe.db.set_value("SPM Tax", {"name": ["!=", self.name], "is_default": 1}, "is_default", 0)
