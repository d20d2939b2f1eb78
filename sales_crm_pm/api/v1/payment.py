"""REST: invoices and receipts of payments."""

from datetime import date
from typing import Any

import frappe
from frappe.model.document import Document

from sales_crm_pm.loop import receipts


@frappe.whitelist(methods=["POST"])
def record_receipt(
	payment: str, amount: float, reference: str, received_date: date | None = None, note: str | None = None
) -> dict[str, Any]:
	"""Record money that was received; repeating a reference changes nothing.

	:param payment: name of the SPM Payment
	:param amount: in the contract's currency; negative for money that was paid back
	:param reference: number of the bank statement or transfer
	:param received_date: today by default
	:return: payment, created, status, received, outstanding
	:raises PaymentPlanError: status 417, more than is outstanding, or the reference has another amount
	:raises frappe.PermissionError: no right to write the payment
	"""
	return _answer(*receipts.record(payment, amount, reference, received_date, note))


@frappe.whitelist(methods=["POST"])
def invoice(payment: str, invoice_no: str, invoiced_on: date | None = None) -> dict[str, Any]:
	"""Note that a payment was invoiced; repeating the number changes nothing.

	:param payment: name of the SPM Payment
	:param invoice_no: number of the invoice
	:param invoiced_on: today by default
	:return: payment, created, status, received, outstanding
	:raises PaymentPlanError: status 417, another invoice was written for this payment
	:raises frappe.PermissionError: no right to write the payment
	"""
	return _answer(*receipts.invoice(payment, invoice_no, invoiced_on))


@frappe.whitelist(methods=["POST"])
def happened(payment: str, on: date | None = None) -> dict[str, Any]:
	"""Note that the event a payment waits for happened, which makes it due.

	:param payment: name of the SPM Payment
	:param on: the day, today by default
	:return: payment, created, status, received, outstanding
	"""
	return _answer(receipts.happened(payment, on), True)


def _answer(doc: Document, created: bool) -> dict[str, Any]:
	return {
		"payment": doc.name,
		"created": created,
		"status": doc.status,
		"due_date": str(doc.due_date) if doc.due_date else None,
		"received": doc.received,
		"outstanding": doc.outstanding,
	}
