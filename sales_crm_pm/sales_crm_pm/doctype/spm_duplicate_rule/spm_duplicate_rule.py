import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import duplicate_rules


class SPMDuplicateRule(Document):
	def validate(self):
		self.validate_record_type()
		self.validate_conditions()

	def validate_record_type(self):
		if self.record_type not in duplicate_rules.AMONG.values():
			frappe.throw(
				_("Duplicates are looked for when a customer, lead or contact is saved."), exc=SPMError
			)

	def validate_conditions(self):
		"""A rule that looks at nothing or nowhere would never find anything."""
		if not any(cint(self.get(fieldname)) for fieldname in duplicate_rules.BY):
			frappe.throw(_("Tick at least one thing that is the same."), exc=SPMError)
		if not any(cint(self.get(fieldname)) for fieldname in duplicate_rules.AMONG):
			frappe.throw(_("Tick at least one record type to look among."), exc=SPMError)
		self.name_similarity = flt(self.name_similarity) or 100
		if not 70 <= self.name_similarity <= 100:
			frappe.throw(
				_(
					"Names count as the same from 70 to 100 percent; below that everything resembles everything."
				),
				exc=SPMError,
			)

	def on_update(self):
		duplicate_rules.forget_rules()

	def after_rename(self, old: str, new: str, merge: bool = False):
		duplicate_rules.forget_rules()

	def on_trash(self):
		duplicate_rules.forget_rules()
