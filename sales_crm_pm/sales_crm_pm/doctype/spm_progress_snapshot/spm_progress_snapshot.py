from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMProgressSnapshot(GuardedDocument):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		actual_cost: DF.Currency
		base_currency: DF.Link | None
		budget_cost: DF.Currency
		cpi: DF.Float
		earned_value: DF.Currency
		estimate_at_completion: DF.Currency
		forecast_end_date: DF.Date | None
		forecast_margin: DF.Currency
		health: DF.Literal["", "Green", "Amber", "Red"]
		percent_complete: DF.Percent
		percent_planned: DF.Percent
		planned_value: DF.Currency
		project: DF.Link
		reason: DF.Literal["Scheduled", "Status Change", "By Hand"]
		spi: DF.Float
		status: DF.Data | None
		taken_on: DF.Date
	# end: auto-generated types
