import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from sales_crm_pm.exceptions import PaymentPlanError
from sales_crm_pm.rules.payment_plan import Part, PlanMismatch, complete


class SPMPaymentTemplate(Document):
	def validate(self):
		self.validate_rows()

	def on_update(self):
		self.keep_one_default()

	def validate_rows(self):
		"""The rows are all of a contract, and each says what it waits for."""
		for row in self.rows:
			if row.trigger_type == "Milestone" and not (row.milestone_title or "").strip():
				frappe.throw(_("Row {0}: name the milestone.").format(row.idx), exc=PaymentPlanError)
			if row.trigger_type == "Event" and not (row.event_name or "").strip():
				frappe.throw(_("Row {0}: say which event.").format(row.idx), exc=PaymentPlanError)
		try:
			complete(100, [Part(percent=flt(row.percent)) for row in self.rows])
		except PlanMismatch as e:
			frappe.throw(
				_("The percentages add up to {0}; they have to be 100.").format(flt(100 - e.difference, 4)),
				exc=PaymentPlanError,
			)

	def keep_one_default(self):
		if self.is_default:
			frappe.db.set_value(
				"SPM Payment Template", {"name": ["!=", self.name], "is_default": 1}, "is_default", 0
			)
