import frappe

from sales_crm_pm.loop import interaction as talk
from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMInteraction(GuardedDocument):
	FIXED = ("import_run", "source_message_id", "message_count", "checked_in_on")

	def before_validate(self):
		talk.set_customer_and_chain(self)
		talk.set_subject(self)
		talk.set_delay(self)
		talk.set_main_contact(self)
		talk.set_follow_up(self)

	def validate(self):
		talk.check_subject_matter(self)
		talk.check_participants(self)
		talk.check_position(self)

	def after_insert(self):
		if not frappe.flags.spm_bulk:
			talk.answer_follow_ups(self)

	def on_update(self):
		if not frappe.flags.spm_bulk:
			talk.show_follow_up(self)

	def after_delete(self):
		talk.show_follow_up(self)


def on_doctype_update():
	"""What somebody has to follow up and whom somebody spoke to last is asked for by person."""
	frappe.db.add_index(
		"SPM Interaction", ["follow_up_by", "follow_up_status", "next_date"], "follow_up_of_person"
	)
	frappe.db.add_index("SPM Interaction", ["owner", "happened_on"], "talks_of_person")
