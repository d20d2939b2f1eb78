import frappe
from frappe import _
from frappe.utils import flt, getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import allocation
from sales_crm_pm.permissions.guarded import GuardedDocument

HOURS_OF_A_DAY = 24


class SPMPersonCapacity(GuardedDocument):
	def validate(self):
		self.validate_dates()
		self.validate_hours()

	def on_update(self):
		if any(self.has_value_changed(field) for field in ("hours_per_day", "works_from", "works_until")):
			allocation.refresh_hours([self.user])

	def after_delete(self):
		allocation.refresh_hours([self.user])

	def validate_dates(self):
		if self.works_from and self.works_until and getdate(self.works_from) > getdate(self.works_until):
			frappe.throw(
				_("The person stops working before starting. Correct one of the two dates."), exc=SPMError
			)

	def validate_hours(self):
		if flt(self.hours_per_day) > HOURS_OF_A_DAY:
			frappe.throw(_("A day has 24 hours. Correct the hours per day."), exc=SPMError)
