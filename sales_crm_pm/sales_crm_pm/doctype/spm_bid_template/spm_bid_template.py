import frappe
from frappe import _
from frappe.model.document import Document

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.rules.dependencies import parse_row_numbers


class SPMBidTemplate(Document):
	def validate(self):
		for row in self.rows:
			if row.is_milestone:
				row.duration_days = 1
			self.validate_predecessors(row)

	def validate_predecessors(self, row):
		"""Rows wait for rows above them only, so that a plan can never run in a circle."""
		try:
			numbers = parse_row_numbers(row.depends_on, row.idx, len(self.rows))
		except ValueError as e:
			numbers, wrong = [], str(e)
		else:
			wrong = ", ".join(str(n) for n in numbers if n > row.idx)
		if wrong:
			frappe.throw(
				_("Row {0}: {1} is not the number of a row above it.").format(row.idx, frappe.bold(wrong)),
				exc=SPMError,
			)
