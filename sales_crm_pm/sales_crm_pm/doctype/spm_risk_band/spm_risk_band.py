import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import risk_bands
from sales_crm_pm.rules import risk as rules


class SPMRiskBand(Document):
	def validate(self):
		self.validate_start()

	def on_update(self):
		if any(self.has_value_changed(f) for f in ("from_score", "is_critical")):
			risk_bands.follow()

	def after_rename(self, old, new, merge=False):
		risk_bands.follow()

	def on_trash(self):
		self.validate_last()
		risk_bands.let_go(self.name)

	def after_delete(self):
		risk_bands.follow()

	def validate_start(self):
		if not rules.LOWEST <= cint(self.from_score) <= rules.HIGHEST**2:
			frappe.throw(_("A band begins at a score between 1 and 25."), exc=SPMError)

		is_lowest = not frappe.db.exists(
			"SPM Risk Band", {"from_score": ["<", cint(self.from_score)], "name": ["!=", self.name]}
		)
		if is_lowest and cint(self.from_score) != rules.LOWEST:
			frappe.throw(_("The lowest band begins at 1, so that every score has a band."), exc=SPMError)

	def validate_last(self):
		if frappe.db.count("SPM Risk Band") == 1:
			frappe.throw(_("Risks need at least one band."), exc=SPMError)
