from __future__ import annotations

import frappe
from frappe import _

from sales_crm_pm.loop import contract as steps
from sales_crm_pm.loop import payment_links, payment_plan, payments
from sales_crm_pm.permissions.guarded import GuardedDocument

FIGURES = (
	"status",
	"invoiced",
	"received",
	"outstanding",
	"overdue",
	"received_percent",
	"last_received_on",
	"next_due_date",
	"plan_version",
)


class SPMContract(GuardedDocument):
	COMPUTED = (*FIGURES, "renewal_opportunity", "terminated_on", "termination_reason")
	FIXED = ("deal_chain", "changes", "amended_from")

	def load_from_db(self):
		# REST locks the row while it loads it; the customer has to be locked before, as everywhere.
		if self.flags.for_update and (customer := frappe.db.get_value("SPM Contract", self.name, "customer")):
			frappe.db.get_value("SPM Customer", customer, "name", for_update=True)
		return super().load_from_db()

	def check_if_latest(self):
		# Whoever changes a contract or its payments locks the customer and then the contract.
		if not self.is_new() and self.customer:
			frappe.db.get_value("SPM Customer", self.customer, "name", for_update=True)
		super().check_if_latest()

	def before_insert(self):
		self.changes = []
		if self.amended_from:
			for row in frappe.get_doc("SPM Contract", self.amended_from).changes:
				self.append(
					"changes", {f: row.get(f) for f in ("changed_on", "amount", "reason", "changed_by")}
				)

	def before_validate(self):
		steps.set_defaults(self)
		steps.set_amounts(self)
		steps.set_obligations(self)
		steps.set_notice_date(self)
		if not self.docstatus:
			self.status = "Draft"

	def validate(self):
		steps.check(self)

	def before_submit(self):
		steps.check_signature(self)

	def before_update_after_submit(self):
		steps.check(self)
		steps.set_shares(self)
		steps.set_obligations(self)
		steps.set_notice_date(self)

	def on_update(self):
		if self.docstatus == 2:
			return
		if self.is_first_save() and self.amended_from:
			steps.take_over_payments(self)
		payment_plan.follow_contract(self)
		if self.docstatus == 1:
			steps.show_evidence(self)
		self.show_money()

	def on_update_after_submit(self):
		if self.has_value_changed("signed_file"):
			steps.show_evidence(self)
		self.show_money()

	def before_cancel(self):
		if not self.flags.replaced:
			steps.check_may_end(self, _("{0} cannot be cancelled."))

	def on_cancel(self):
		# The contract that renews this one stays signed.
		self.ignore_linked_doctypes = ("SPM Contract",)
		steps.withdraw_evidence(self)
		self.show_money()

	def on_trash(self):
		steps.check_may_end(self, _("{0} cannot be deleted."))
		steps.withdraw_evidence(self)
		self.flags.shown_on = payments.projects_of([self.name])
		steps.delete_payments(self)

	def after_delete(self):
		payments.refresh_projects(self.flags.shown_on or [])
		payments.refresh_customers(customers=[self.customer])
		if self.opportunity:
			payments.refresh_deals(deals=[self.opportunity])

	def is_first_save(self) -> bool:
		"""Tell whether this save inserts the contract."""
		return self.get_doc_before_save() is None

	def show_money(self):
		"""Bring payments and everything that shows them up to date, also projects that left the contract."""
		before = self.get_doc_before_save()
		now = {row.project for row in self.projects}
		was = {row.project for row in before.projects} if before else set()
		if now - was:
			payment_links.link_milestones([self.name])
		payments.refresh([self.name], sorted(now | was))
		# Written by the statements; here so that the answer to this save shows it.
		self.update(frappe.db.get_value("SPM Contract", self.name, FIGURES, as_dict=True))
