import frappe
from frappe import _
from frappe.utils import format_date

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMRate(GuardedDocument):
	def before_validate(self):
		self.currency = self.currency or base_currency()
		self.set_title()

	def validate(self):
		self.validate_single()

	def set_title(self):
		"""Say whose rate it is: it has no other name."""
		parts = [
			self.user and frappe.db.get_value("User", self.user, "full_name", cache=True),
			self.project_role and _(self.project_role),
			self.activity_type and _(self.activity_type),
		]
		self.title = ", ".join(part for part in parts if part) or _("Everybody")

	def validate_single(self):
		"""Two rates for the same work from the same day would leave open which one counts."""
		if self.disabled:
			return
		same = {"from_date": self.from_date, "disabled": 0, "name": ["!=", self.name or ""]}
		for fieldname in ("user", "project_role", "activity_type"):
			same[fieldname] = self.get(fieldname) or ["is", "not set"]
		if frappe.db.exists("SPM Rate", same):
			frappe.throw(
				_("{0} has a rate from {1} already. Change that one, or choose another day.").format(
					frappe.bold(self.title), format_date(self.from_date)
				),
				exc=SPMError,
			)
