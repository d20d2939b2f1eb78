import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from sales_crm_pm.exceptions import SPMError


class SPMBudgetAlert(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		enabled: DF.Check
		health: DF.Literal["", "Amber", "Red"]
		only_ahead: DF.Check
		role_to_tell: DF.Link | None
		title: DF.Data
		used_percent: DF.Percent
	# end: auto-generated types

	def validate(self):
		if flt(self.used_percent) <= 0:
			frappe.throw(_("Say at how many percent of the budget the alert is given."), exc=SPMError)

	def on_update(self):
		frappe.cache.delete_value(CACHE_KEY)

	def after_delete(self):
		frappe.cache.delete_value(CACHE_KEY)


CACHE_KEY = "spm_budget_alerts"
"""Where loop/budget_alerts.py keeps the enabled levels, so that asking costs no statement."""
