import frappe
from frappe import _

from sales_crm_pm.exceptions import AlreadyConvertedError, SPMError
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMLead(GuardedDocument):
	COMPUTED = ("last_followup_on",)
	FIXED = (
		"deal_chain",
		"customer",
		"contact",
		"opportunity",
		"converted_on",
		"import_run",
	)

	def before_validate(self):
		self.lead_name = " ".join((self.lead_name or "").split())
		self.status = self.status or "New"
		self.currency = self.currency or base_currency()
		self.deal_chain = self.deal_chain or frappe.generate_hash(length=10)
		if frappe.flags.in_web_form and self.is_new():
			self.set_web_defaults()

	def set_web_defaults(self):
		"""A visitor's request waits in the pool of leads without an owner, and says where it came from."""
		self.lead_owner = None
		if not self.source and frappe.db.exists("SPM Source", "Website"):
			self.source = "Website"

	def validate(self):
		self.validate_conversion()

	def validate_conversion(self):
		"""Only the conversion makes a lead "Converted", and nothing undoes it."""
		if self.flags.derived or (self.is_new() and frappe.flags.in_import):
			return
		before = self.get_doc_before_save()
		was_converted = bool(before and before.status == "Converted")
		if was_converted and self.status != "Converted":
			frappe.throw(
				_("{0} has become a customer and stays converted.").format(frappe.bold(self.lead_name)),
				exc=AlreadyConvertedError,
			)
		if self.status == "Converted" and not was_converted:
			frappe.throw(
				_("Use the action Convert to make a customer of {0}.").format(frappe.bold(self.lead_name)),
				exc=SPMError,
			)
