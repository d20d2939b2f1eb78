"""Money that comes in and invoices that go out."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import flt, getdate

from sales_crm_pm.exceptions import PaymentPlanError
from sales_crm_pm.loop import plan_rows
from sales_crm_pm.rules.payment_plan import cents


def record(
	payment: str, amount: float, reference: str, received_date: Any = None, note: str | None = None
) -> tuple[Any, bool]:
	"""Record money that was received for a payment; the same reference twice is the same money.

	:param payment: name of an SPM Payment that the session's user may write
	:param amount: in the contract's currency; negative for money that was paid back
	:param reference: number of the bank statement or transfer
	:return: (the payment, whether the receipt was recorded now)
	:raises PaymentPlanError: more than is outstanding, or the reference stands for another amount
	"""
	doc = locked(payment)
	reference = " ".join((reference or "").split())
	if not reference:
		frappe.throw(
			_("Give the reference of the receipt, so that it cannot be recorded twice."), exc=PaymentPlanError
		)
	if not cents(amount):
		frappe.throw(_("Give the amount that was received."), exc=PaymentPlanError)
	if known := next((row for row in doc.receipts if row.reference == reference), None):
		if cents(known.amount) != cents(amount):
			frappe.throw(
				_("The receipt {0} is recorded with another amount already.").format(frappe.bold(reference)),
				exc=PaymentPlanError,
			)
		return doc, False
	doc.append(
		"receipts",
		{
			"received_date": getdate(received_date),
			"amount": flt(amount),
			"reference": reference,
			"note": note,
		},
	)
	doc.save()
	return doc, True


def invoice(payment: str, invoice_no: str, invoiced_on: Any = None) -> tuple[Any, bool]:
	"""Note that a payment was invoiced; the same number again changes nothing.

	:return: (the payment, whether the invoice was noted now)
	:raises PaymentPlanError: no number, or another invoice was written for this payment
	"""
	doc = locked(payment)
	invoice_no = " ".join((invoice_no or "").split())
	if not invoice_no:
		frappe.throw(_("Give the number of the invoice."), exc=PaymentPlanError)
	if doc.invoice_no == invoice_no and doc.invoiced_on:
		return doc, False
	if doc.invoiced_on and doc.invoice_no:
		frappe.throw(
			_("{0} was invoiced as {1} already. Take that invoice back first.").format(
				frappe.bold(doc.title), frappe.bold(doc.invoice_no)
			),
			exc=PaymentPlanError,
		)
	doc.invoice_no, doc.invoiced_on = invoice_no, getdate(invoiced_on)
	doc.save()
	return doc, True


def happened(payment: str, on: Any = None) -> Any:
	"""Note that the event of a payment happened, which makes it due.

	:raises PaymentPlanError: the payment waits for no event
	"""
	doc = locked(payment)
	if doc.trigger_type != "Event":
		frappe.throw(
			_("{0} does not wait for an event.").format(frappe.bold(doc.title)), exc=PaymentPlanError
		)
	doc.happened_on = getdate(on)
	doc.save()
	return doc


def locked(payment: str) -> Any:
	"""The payment, read after its contract was locked: what others recorded meanwhile is seen.

	:raises frappe.PermissionError: the session's user may not change it
	"""
	contract = frappe.db.get_value("SPM Payment", payment, "contract")
	if not contract:
		raise frappe.DoesNotExistError(_("There is no payment {0}.").format(payment))
	plan_rows.lock(contract)
	doc = frappe.get_doc("SPM Payment", payment, for_update=True)
	doc.check_permission("write")
	return doc
