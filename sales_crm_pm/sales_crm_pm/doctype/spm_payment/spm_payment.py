from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import add_days, cint, flt, getdate

from sales_crm_pm.exceptions import PaymentPlanError
from sales_crm_pm.loop import payments, plan_rows
from sales_crm_pm.permissions.guarded import GuardedDocument
from sales_crm_pm.rules.payment_plan import cents, money

FIGURES = (
	"status",
	"due_date",
	"released_on",
	"received",
	"received_on",
	"outstanding",
	"outstanding_base",
	"amount",
	"percent",
	"amount_base",
)


class SPMPayment(GuardedDocument):
	COMPUTED = (
		"status",
		"due_date",
		"released_on",
		"received",
		"received_on",
		"outstanding",
		"outstanding_base",
		"amount_base",
		"account_manager",
	)

	def load_from_db(self):
		# REST locks the row while it loads it; customer and contract have to be locked before, as everywhere.
		if self.flags.for_update and (contract := frappe.db.get_value("SPM Payment", self.name, "contract")):
			plan_rows.lock(contract)
		return super().load_from_db()

	def check_if_latest(self):
		# Customer and contract are locked before the row itself; see loop/plan_rows.py.
		if self.contract and not (self.flags.in_plan and self.flags.contract_row):
			self.flags.contract_row = plan_rows.lock(self.contract)
		super().check_if_latest()

	def before_insert(self):
		# A new row takes its amount from the others, so it needs the right to change the contract.
		if not (self.flags.in_plan or self.flags.ignore_permissions):
			frappe.get_doc("SPM Contract", self.contract).check_permission("write")

	def before_validate(self):
		self.set_from_contract()
		self.set_trigger()
		self.set_amount()

	def validate(self):
		self.validate_contract()
		self.validate_trigger()
		self.validate_receipts()
		if not self.flags.in_plan:
			# Compared with what is stored now, not with what this transaction saw when it began.
			self.flags.balance = plan_rows.work_out(self)

	def on_update(self):
		if self.flags.in_plan:
			return
		if self.flags.balance.is_needed:
			plan_rows.balance(self, self.flags.balance)
		payments.refresh([self.contract], [p for p in self.projects_before_and_now() if p])
		# Written by the statements; here so that the answer to this save shows it.
		self.update(frappe.db.get_value("SPM Payment", self.name, FIGURES, as_dict=True))

	def on_trash(self):
		# The framework has locked the row before anything else; waiting for the contract now could be forever.
		self.flags.contract_row = plan_rows.lock(self.contract, wait=False)
		plan_rows.balance(self, plan_rows.work_out(self, is_gone=True), is_gone=True)

	def after_delete(self):
		payments.refresh([self.contract], [self.project] if self.project else None)

	def set_from_contract(self):
		"""Customer, deal and currency are the contract's."""
		held = self.flags.contract_row or frappe._dict()
		self.customer, self.opportunity = held.customer, held.opportunity
		self.customer_name = frappe.db.get_value("SPM Customer", held.customer, "customer_name", cache=True)
		self.currency, self.exchange_rate = held.currency, held.exchange_rate
		self.base_currency, self.deal_chain = held.base_currency, held.deal_chain
		for row in self.receipts:
			row.currency = held.currency

	def set_trigger(self):
		"""Leave nothing behind of a trigger that was changed, and take the project from the milestone."""
		self.trigger_type = self.trigger_type or "Date"
		if self.trigger_type != "Milestone":
			self.milestone = self.milestone_title = None
		elif self.milestone:
			self.milestone_title = None
			self.project = frappe.db.get_value("SPM Milestone", self.milestone, "project") or self.project
		if self.trigger_type != "Event":
			self.event_name = self.happened_on = None
		if self.trigger_type == "Milestone":
			self.trigger_date = None
		elif self.trigger_type == "Date" and not self.trigger_date:
			held = self.flags.contract_row or frappe._dict()
			self.trigger_date = held.signed_date or held.start_date or getdate()
		self.term_days = cint(self.term_days)

	def set_amount(self):
		"""A share typed alone gives the amount; in a plan both are given."""
		if self.flags.in_plan:
			return
		held = self.flags.contract_row or frappe._dict()
		before = self.get_doc_before_save()
		if before is None:
			if not flt(self.amount) and flt(self.percent):
				self.amount = money(round(cents(held.total_amount) * flt(self.percent) / 100))
			self.sequence = cint(self.sequence) or self.next_sequence()
		elif flt(before.percent) != flt(self.percent) and cents(before.amount) == cents(self.amount):
			self.amount = money(round(cents(held.total_amount) * flt(self.percent) / 100))
		if self.amount_changed():
			self.is_remainder = 0

	def next_sequence(self) -> int:
		"""The place behind all rows of the plan."""
		return 1 + max(
			[
				0,
				*(
					cint(n)
					for n in frappe.get_all("SPM Payment", {"contract": self.contract}, pluck="sequence")
				),
			]
		)

	def amount_changed(self) -> bool:
		"""Tell whether this save changes what the row is worth."""
		before = self.get_doc_before_save()
		return before is None or cents(before.amount) != cents(self.amount)

	def projects_before_and_now(self) -> list[str | None]:
		"""Projects whose money this save may move."""
		before = self.get_doc_before_save()
		return [self.project, before.project if before else None]

	def validate_contract(self):
		held = self.flags.contract_row
		if held and held.docstatus == 2:
			frappe.throw(
				_("The contract {0} is cancelled. Amend it; its payments follow to the new version.").format(
					frappe.bold(held.title)
				),
				exc=PaymentPlanError,
			)

	def validate_trigger(self):
		if self.trigger_type == "Milestone" and not (self.milestone or self.milestone_title):
			self.refuse(_("Name the milestone that {0} waits for."))
		if self.trigger_type == "Event" and not (self.event_name or "").strip():
			self.refuse(_("Say which event {0} waits for."))
		if self.happened_on and getdate(self.happened_on) > getdate(add_days(getdate(), 1)):
			self.refuse(_("{0}: an event cannot have happened in the future. Use the expected date."))
		before = self.get_doc_before_save()
		for fieldname, doctype in (("milestone", "SPM Milestone"), ("project", "SPM Project")):
			value = self.get(fieldname)
			if not value or (before and before.get(fieldname) == value):
				continue
			if frappe.db.get_value(doctype, value, "customer") != self.customer:
				self.refuse(_("{0} waits for a milestone or project of another customer."))

	def validate_receipts(self):
		before = self.get_doc_before_save()
		if not self.receipts and not (before and before.receipts):
			return
		held = self.flags.contract_row or frappe._dict()
		total = sum(cents(row.amount) for row in self.receipts)
		if (
			len(self.receipts) > len(before.receipts if before else [])
			and held.docstatus == 0
			and not (before and before.receipts)
		):
			self.refuse(_("Submit the contract first; then the money for {0} can be recorded."))
		if total < 0:
			self.refuse(_("{0}: more is paid back than was received."))
		if total > cents(self.amount):
			self.refuse(
				_(
					"{0}: the receipts are more than the payment. Record the rest with the payment it belongs to."
				)
			)
		references = [row.reference for row in self.receipts if row.reference]
		if double := next((r for r in references if references.count(r) > 1), None):
			frappe.throw(
				_("The receipt {0} is recorded twice. Remove one row.").format(frappe.bold(double)),
				exc=PaymentPlanError,
			)
		for row in self.receipts:
			if getdate(row.received_date) > getdate(add_days(getdate(), 1)):
				frappe.throw(
					_("Row {0}: money cannot be received in the future.").format(row.idx),
					exc=PaymentPlanError,
				)

	def refuse(self, message: str):
		"""Raise with the row's title in the (translated) message."""
		frappe.throw(message.format(frappe.bold(self.title)), exc=PaymentPlanError)
