import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_time

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import calendar, lead_config


class SPMWorkingHours(Document):
	def validate(self):
		for row in self.days:
			if get_time(row.start_time) >= get_time(row.end_time):
				frappe.throw(
					_("Row {0}: {1} ends before it starts. Correct the times.").format(row.idx, _(row.weekday)),
					exc=SPMError,
				)

	def on_update(self):
		lead_config.forget()
		calendar.forget()

	def on_trash(self):
		lead_config.forget()
		calendar.forget()
