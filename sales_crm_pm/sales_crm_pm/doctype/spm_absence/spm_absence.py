import frappe
from frappe import _
from frappe.utils import getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import allocation
from sales_crm_pm.loop.capacity import check_is_own_or_managed
from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMAbsence(GuardedDocument):
	def validate(self):
		self.validate_dates()
		self.validate_person()

	def on_update(self):
		if any(self.has_value_changed(field) for field in ("user", "from_date", "to_date", "half_day")):
			allocation.follow_absence(self)

	def after_delete(self):
		allocation.follow_absence(self)

	def validate_dates(self):
		if getdate(self.from_date) > getdate(self.to_date):
			frappe.throw(_("The absence ends before it starts. Correct one of the two dates."), exc=SPMError)

	def validate_person(self):
		"""People report their own absence; whoever plans people reports anybody's."""
		check_is_own_or_managed(self, _("You can only report your own absence."))
