import frappe
from frappe import _
from frappe.contacts.address_and_contact import delete_contact_and_address, load_address_and_contact
from frappe.utils import flt

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import customer_tree, duplicates, lifecycle, references, search_keys, tiers, visits
from sales_crm_pm.loop.buying_centre import forget_reporting_lines
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
		"referral_count",
		"referral_won_base",
		"health",
		"open_deals",
		"clv_revenue",
		"clv_margin",
		"relationship_strength",
		"churn_risk",
		"r_score",
		"f_score",
		"m_score",
		"lifecycle_changed_on",
		"lifecycle_by_hand",
		"tier_reason",
		"tier_facts",
		customer_tree.COUNT,
		*customer_tree.FIGURES.values(),
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
		lifecycle.set_by_hand(self)
		tiers.set_by_hand(self)

	def validate(self):
		customer_tree.check_parent(self)
		self.validate_team()
		duplicates.check(self)

	def validate_team(self):
		"""Nobody twice in the sales team, and no more than the whole to split."""
		users = [row.user for row in self.team]
		if double := next((user for user in users if users.count(user) > 1), None):
			frappe.throw(_("{0} is in the team twice. Remove one row.").format(double), exc=SPMError)
		if sum(flt(row.split_percent) for row in self.team) > 100:
			frappe.throw(_("The split of the team is more than 100 percent."), exc=SPMError)

	def on_update(self):
		visits.follow_customer(self)
		search_keys.refresh(self)
		duplicates.note(self)
		lifecycle.log_by_hand(self)
		tiers.log_by_hand(self)
		self.update_groups()
		self.follow_rename()

	def on_trash(self):
		for log in customer_tree.HISTORY:
			frappe.db.delete(log, {"customer": self.name})
		forget_reporting_lines(self.name)
		delete_contact_and_address(self.doctype, self.name)

	def after_delete(self):
		search_keys.forget_deleted(self)
		if self.parent_customer and not frappe.flags.spm_bulk:
			customer_tree.refresh([self.parent_customer])

	def follow_rename(self):
		"""Deals, projects and other records show the new name at once."""
		if self.get_doc_before_save() and self.has_value_changed("customer_name"):
			references.refresh_copies(self.doctype, self.name, {"customer_name": self.customer_name})

	def update_groups(self):
		"""A company that came under another parent changes what both groups show."""
		before = self.get_doc_before_save()
		was = before.parent_customer if before else None
		if frappe.flags.spm_bulk or (was or "") == (self.parent_customer or ""):
			return
		customer_tree.refresh([self.name, was])
