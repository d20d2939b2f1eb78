import frappe
from frappe import _
from frappe.utils import cint

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop.capacity import check_is_own_or_managed
from sales_crm_pm.permissions.guarded import GuardedDocument

LOWEST, HIGHEST = 1, 5


class SPMPersonSkill(GuardedDocument):
	def validate(self):
		self.validate_level()
		check_is_own_or_managed(self, _("You can only enter your own skills."))

	def validate_level(self):
		if not LOWEST <= cint(self.level) <= HIGHEST:
			frappe.throw(
				_("{0} has level {1}, but levels go from 1 (beginner) to 5 (teaches others).").format(
					_(self.skill), cint(self.level)
				),
				exc=SPMError,
			)
