import frappe

from sales_crm_pm.loop import interaction as talk
from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMInteraction(GuardedDocument):
	FIXED = ("import_run",)

	def before_validate(self):
		talk.set_customer_and_chain(self)
		talk.set_subject(self)
		talk.set_delay(self)

	def validate(self):
		talk.check_subject_matter(self)

	def on_update(self):
		if not frappe.flags.spm_bulk:
			talk.show_follow_up(self)

	def after_delete(self):
		talk.show_follow_up(self)
