import frappe
from frappe import _
from frappe.utils import getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.permissions.guarded import GuardedDocument
from sales_crm_pm.permissions.rules import SALES_MANAGER, SYSTEM_MANAGER


class SPMAbsence(GuardedDocument):
	def validate(self):
		self.validate_dates()
		self.validate_person()

	def validate_dates(self):
		if getdate(self.from_date) > getdate(self.to_date):
			frappe.throw(_("The absence ends before it starts. Correct one of the two dates."), exc=SPMError)

	def validate_person(self):
		"""People report their own absence; a manager reports anybody's."""
		if self.user == frappe.session.user or self.flags.ignore_permissions:
			return
		if frappe.session.user == "Administrator" or {SALES_MANAGER, SYSTEM_MANAGER} & set(frappe.get_roles()):
			return
		frappe.throw(_("You can only report your own absence."), frappe.PermissionError)
