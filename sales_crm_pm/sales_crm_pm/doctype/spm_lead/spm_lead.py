import frappe
from frappe import _

from sales_crm_pm.exceptions import AlreadyConvertedError, SPMError
from sales_crm_pm.loop import (
	duplicates,
	lead_assignment,
	lead_capture,
	lead_pool,
	lead_response,
	lead_scoring,
	referrals,
	search_keys,
)
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMLead(GuardedDocument):
	COMPUTED = (
		"last_followup_on",
		"score",
		"rating",
		"score_detail",
		"sla_status",
		"response_by",
		"response_target",
		"first_responded_on",
		"response_minutes",
		"response_manager",
		"response_paused_on",
		"response_minutes_left",
		"response_missed_on",
		"response_told_on",
		"in_pool_since",
		"assigned_on",
		"recycle_on",
		"recycle_warned_for",
		"times_recycled",
		"consent_on",
	)
	FIXED = (
		"deal_chain",
		"customer",
		"contact",
		"opportunity",
		"converted_on",
		"import_run",
		"subject",
		"landing_page",
	)

	def before_insert(self):
		if lead_capture.is_from_mail(self):
			lead_capture.before_insert_from_mail(self)

	def before_validate(self):
		lead_capture.complete(self)
		self.lead_name = " ".join((self.lead_name or "").split())
		self.status = self.status or "New"
		self.currency = self.currency or base_currency()
		self.deal_chain = self.deal_chain or frappe.generate_hash(length=10)
		lead_scoring.set_score(self)
		lead_assignment.set_owner(self)
		lead_pool.follow_owner(self)
		lead_response.set_target(self)

	def validate(self):
		self.validate_conversion()
		lead_pool.check_owner_change(self)
		duplicates.check(self)

	def on_update(self):
		lead_pool.show(self)
		search_keys.refresh(self)
		duplicates.note(self)
		if not frappe.flags.spm_bulk:
			referrals.follow_lead(self)

	def on_trash(self):
		lead_pool.forget(self)

	def after_delete(self):
		search_keys.forget_deleted(self)

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
