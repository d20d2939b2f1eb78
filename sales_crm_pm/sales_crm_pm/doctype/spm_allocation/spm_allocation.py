import frappe
from frappe import _
from frappe.utils import flt, getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import allocation, capacity
from sales_crm_pm.permissions.guarded import GuardedDocument

HOURS_OF_A_DAY = 24


class SPMAllocation(GuardedDocument):
	def before_validate(self):
		self.set_measure()
		allocation.set_target(self)

	def validate(self):
		self.validate_who_and_what()
		self.validate_dates()
		self.validate_amount()
		allocation.check_rights(self)
		allocation.set_figures(self)
		allocation.refuse_over_allocation(self)

	def on_update(self):
		allocation.warn_of_over_allocation(self)

	def set_measure(self):
		"""Whoever gives only hours means hours: integrators need not know about the choice of the form."""
		if self.is_new() and flt(self.hours_per_day) and not flt(self.percent):
			self.measure = capacity.HOURS
		self.measure = self.measure or capacity.SHARE

	def validate_who_and_what(self):
		if not self.user and not self.project_role:
			frappe.throw(_("Name a person, or at least the role that is needed."), exc=SPMError)
		if not self.project and not self.opportunity:
			frappe.throw(_("Name the sales project or the opportunity the time is for."), exc=SPMError)
		if (
			self.user
			and self.has_value_changed("user")
			and not frappe.get_cached_value("User", self.user, "enabled")
		):
			frappe.throw(
				_("{0} cannot be planned: the user is switched off.").format(frappe.bold(self.user)),
				exc=SPMError,
			)

	def validate_dates(self):
		if getdate(self.from_date) > getdate(self.to_date):
			frappe.throw(
				_("The allocation ends before it starts. Correct one of the two dates."), exc=SPMError
			)
		if (getdate(self.to_date) - getdate(self.from_date)).days > allocation.LONGEST_DAYS:
			frappe.throw(
				_("An allocation can last five years at most. Correct one of the two dates."), exc=SPMError
			)

	def validate_amount(self):
		given = flt(self.hours_per_day if self.measure == capacity.HOURS else self.percent)
		if given <= 0:
			frappe.throw(_("Say how much: hours per day, or a share of the day."), exc=SPMError)
		if self.measure == capacity.HOURS and given > HOURS_OF_A_DAY:
			frappe.throw(_("A day has 24 hours. Correct the hours per day."), exc=SPMError)
