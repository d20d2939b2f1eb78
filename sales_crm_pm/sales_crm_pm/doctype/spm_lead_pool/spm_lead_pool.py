import frappe
from frappe import _
from frappe.model.document import Document

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import lead_config


class SPMLeadPool(Document):
	def validate(self):
		self.validate_default()
		self.validate_warning()

	def validate_default(self):
		if not self.is_default or self.disabled:
			return
		other = frappe.db.get_value("SPM Lead Pool", {"is_default": 1, "disabled": 0, "name": ["!=", self.name]})
		if other:
			frappe.throw(
				_("{0} is the default pool already. Untick it there first.").format(frappe.bold(other)), exc=SPMError
			)

	def validate_warning(self):
		if self.recycle_after_days and self.warn_days_before >= self.recycle_after_days:
			frappe.throw(_("The warning must come fewer days before the return than the return takes."), exc=SPMError)

	def on_update(self):
		lead_config.forget()

	def on_trash(self):
		lead_config.forget()
