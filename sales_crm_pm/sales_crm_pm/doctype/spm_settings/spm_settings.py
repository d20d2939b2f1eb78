import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from sales_crm_pm.exceptions import SPMError


class SPMSettings(Document):
	def validate(self):
		self.validate_thresholds()
		self.validate_survey()

	def validate_thresholds(self):
		if flt(self.spi_red) > flt(self.spi_amber):
			frappe.throw(_("A project turns red at a lower schedule performance than amber."), exc=SPMError)
		if cint(self.late_red_days) < cint(self.late_amber_days):
			frappe.throw(_("A project turns red after more late days than amber."), exc=SPMError)

	def validate_survey(self):
		if not 0 <= cint(self.survey_low_score) <= 5:
			frappe.throw(
				_("Satisfaction goes from 1 to 5, so the low score lies between 0 and 5."), exc=SPMError
			)
