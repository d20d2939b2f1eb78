import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from sales_crm_pm.exceptions import SPMError


class SPMVisitPlan(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		assign_to: DF.Literal["Account Manager", "Service Owner"]
		counts_as_touch: DF.Literal["Any Interaction", "Visit or Meeting"]
		customer_group: DF.Link | None
		enabled: DF.Check
		every_days: DF.Int
		industry: DF.Link | None
		key_accounts_only: DF.Check
		lead_days: DF.Int
		lifecycle_stage: DF.Literal["", "Prospect", "Following", "Converted", "Maintained", "Dormant", "Lost"]
		max_per_day: DF.Int
		plan_name: DF.Data
		priority: DF.Int
		segment: DF.Link | None
		subject: DF.Data
		task_priority: DF.Literal["Low", "Medium", "High", "Urgent"]
		task_type: DF.Literal["Visit", "Call", "Mail"]
		territory: DF.Link | None
		tier: DF.Literal["", "A", "B", "C", "D"]
	# end: auto-generated types

	def validate(self):
		if cint(self.every_days) < 1:
			frappe.throw(_("A visit plan needs at least one day between two visits."), exc=SPMError)
		if cint(self.lead_days) >= cint(self.every_days):
			frappe.throw(
				_(
					"The task would appear before the visit before it: choose fewer days of lead than {0}."
				).format(self.every_days),
				exc=SPMError,
			)
