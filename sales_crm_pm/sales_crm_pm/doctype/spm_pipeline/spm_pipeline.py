import frappe
from frappe import _
from frappe.model.document import Document

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop.pipeline import forget_stages


class SPMPipeline(Document):
	def validate(self):
		if self.is_default and self.disabled:
			frappe.throw(
				_("The default pipeline cannot be disabled. Make another one the default first."),
				exc=SPMError,
			)

	def on_update(self):
		if self.is_default:
			# There is one default; making this one so ends the other's turn.
			frappe.db.set_value("SPM Pipeline", {"is_default": 1, "name": ["!=", self.name]}, "is_default", 0)

	def after_rename(self, old, new, merge=False):
		forget_stages()

	def on_trash(self):
		forget_stages(self.name)
