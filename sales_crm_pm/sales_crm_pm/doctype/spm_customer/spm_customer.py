import frappe
from frappe import _
from frappe.contacts.address_and_contact import delete_contact_and_address, load_address_and_contact
from frappe.utils import flt

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import duplicates, search_keys, visits
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMCustomer(GuardedDocument):
	COMPUTED = (
		"won_count",
		"won_amount_base",
		"first_won_on",
		"last_won_on",
		"open_pipeline_base",
		"outstanding_base",
		"overdue_base",
		"active_projects",
		"late_projects",
		"projects_percent_complete",
		"csat_avg",
		"nps_last",
		"last_interaction_on",
		"next_followup_on",
		"next_visit_date",
		"visit_plan",
		"health",
	)
	FIXED = ("import_run",)

	def onload(self):
		load_address_and_contact(self)

	def before_validate(self):
		self.customer_name = " ".join((self.customer_name or "").split())
		self.account_manager = self.account_manager or frappe.session.user
		self.lifecycle_stage = self.lifecycle_stage or "Prospect"
		self.base_currency = base_currency()
		self.health = self.health or ""

	def validate(self):
		self.validate_parent()
		self.validate_team()
		duplicates.check(self)

	def on_update(self):
		visits.follow_customer(self)
		search_keys.refresh(self)
		duplicates.note(self)

	def after_delete(self):
		search_keys.forget_deleted(self)

	def validate_parent(self):
		"""Refuse a company that would be its own parent, at any depth."""
		if not self.parent_customer or not self.has_value_changed("parent_customer"):
			return
		seen, parent = {self.name}, self.parent_customer
		while parent:
			if parent in seen:
				frappe.throw(
					_("{0} cannot be its own parent company. Choose another parent.").format(
						frappe.bold(self.customer_name)
					),
					exc=SPMError,
				)
			seen.add(parent)
			parent = frappe.db.get_value("SPM Customer", parent, "parent_customer")

	def validate_team(self):
		"""Nobody twice in the sales team, and no more than the whole to split."""
		users = [row.user for row in self.team]
		if double := next((user for user in users if users.count(user) > 1), None):
			frappe.throw(_("{0} is in the team twice. Remove one row.").format(double), exc=SPMError)
		if sum(flt(row.split_percent) for row in self.team) > 100:
			frappe.throw(_("The split of the team is more than 100 percent."), exc=SPMError)

	def on_trash(self):
		delete_contact_and_address(self.doctype, self.name)
