import frappe
from frappe import _
from frappe.model.document import Document

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import lead_config


class SPMTerritory(Document):
	def validate(self):
		self.validate_parent()

	def on_update(self):
		lead_config.forget()

	def validate_parent(self):
		"""Refuse a territory that would lie within itself."""
		seen, parent = {self.name}, self.parent_territory
		while parent:
			if parent in seen:
				frappe.throw(_("{0} cannot lie within itself.").format(frappe.bold(self.name)), exc=SPMError)
			seen.add(parent)
			parent = frappe.db.get_value("SPM Territory", parent, "parent_territory")
