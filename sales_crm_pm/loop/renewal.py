"""What comes after a contract: it runs out, renews itself, and is offered again in time."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import add_days, add_months, cint, flt, format_date, getdate

from sales_crm_pm.loop import payment_plan, payments, plan_rows
from sales_crm_pm.loop.figures import site_language
from sales_crm_pm.loop.pipeline import default_pipeline

BATCH = 200


def nightly() -> None:
	"""Daily job: a new day makes payments overdue and contracts end, and calls for renewals and duties.

	It may run twice without harm; one record that fails does not stop the others.
	"""
	_each(_to_renew_by_themselves(), renew_by_itself)
	payments.refresh(None)
	_each(_to_offer_again(), open_renewal)
	remind_obligations()


def _each(names: list[str], step: Any) -> None:
	for name in names:
		frappe.db.savepoint("contract_step")
		try:
			step(name)
		except Exception:
			frappe.db.rollback(save_point="contract_step")
			frappe.log_error(
				title=f"SPM Contract {name}", reference_doctype="SPM Contract", reference_name=name
			)


def _to_renew_by_themselves() -> list[str]:
	return frappe.get_all(
		"SPM Contract",
		filters={
			"docstatus": 1,
			"auto_renew": 1,
			"renewal_months": [">", 0],
			"end_date": ["<", getdate()],
			"terminated_on": ["is", "not set"],
		},
		pluck="name",
		order_by="name",
		limit=BATCH,
	)


def renew_by_itself(contract: str) -> None:
	"""Extend a contract that ran out and renews by itself; its amount per renewal joins the payment plan."""
	# Customer first, as everywhere: the new figures and deals are the customer's, too.
	plan_rows.lock(contract)
	doc = frappe.get_doc("SPM Contract", contract, for_update=True)
	if doc.docstatus != 1 or not doc.auto_renew or not doc.end_date or getdate(doc.end_date) >= getdate():
		return
	months = max(1, cint(doc.renewal_months))
	begin, end, terms = add_days(doc.end_date, 1), getdate(doc.end_date), 0
	while end < getdate():
		end, terms = getdate(add_months(end, months)), terms + 1
	language = site_language()
	for term in range(terms if flt(doc.renewal_amount) else 0):
		day = getdate(add_months(begin, term * months))
		reason = _("Renewal from {0}", language).format(format_date(day))
		payment_plan.set_contract_amount(doc.name, flt(doc.renewal_amount), reason, due_date=day)
	values = {"end_date": end, "renewal_opportunity": None}
	if cint(doc.renewal_notice_days):
		values["notice_date"] = add_days(end, -cint(doc.renewal_notice_days))
	frappe.db.set_value("SPM Contract", doc.name, values)
	payments.refresh_contracts([doc.name])
	doc.add_comment("Info", _("renewed until {0}", language).format(format_date(end)))


def _to_offer_again() -> list[str]:
	if not cint(frappe.get_cached_doc("SPM Settings").renewal_opportunities):
		return []
	# A contract that ended more than a year ago is history, not a renewal that is due.
	return frappe.get_all(
		"SPM Contract",
		filters={
			"docstatus": 1,
			"renewal_opportunity": ["is", "not set"],
			"notice_date": ["<=", getdate()],
			"end_date": [">=", add_days(getdate(), -365)],
			"terminated_on": ["is", "not set"],
		},
		pluck="name",
		order_by="notice_date",
		limit=BATCH,
	)


def open_renewal(contract: str) -> tuple[str, bool]:
	"""Open the opportunity that renews a contract, once for each of its terms.

	It belongs to a chain of its own, one generation after the contract's deal, and both point at each other.

	:return: (name of the opportunity, whether it was made now)
	"""
	# Customer first, as everywhere: the new figures and deals are the customer's, too.
	plan_rows.lock(contract)
	doc = frappe.get_doc("SPM Contract", contract, for_update=True)
	if doc.renewal_opportunity:
		return doc.renewal_opportunity, False
	previous = frappe._dict()
	if doc.opportunity:
		previous = (
			frappe.db.get_value(
				"SPM Opportunity",
				doc.opportunity,
				["generation", "pipeline", "opportunity_owner"],
				as_dict=True,
			)
			or previous
		)
	customer = frappe.db.get_value(
		"SPM Customer", doc.customer, ["account_manager", "language", "disabled"], as_dict=True
	)
	language = customer.language or site_language()
	deal = frappe.new_doc("SPM Opportunity")
	deal.update(
		{
			"title": _("Renewal of {0}", language).format(doc.title)[:140],
			"customer": doc.customer,
			"opportunity_type": "Renewal",
			"opportunity_owner": _owner(doc.contract_owner, customer.account_manager),
			"pipeline": _pipeline(previous.pipeline),
			"currency": doc.currency,
			"exchange_rate": doc.exchange_rate,
			"amount": flt(doc.renewal_amount) or flt(doc.total_amount),
			"expected_close_date": doc.end_date,
			"next_step": _("Talk about the renewal", language),
			"next_step_date": max(getdate(), getdate(doc.notice_date or doc.end_date)),
			"originated_from_type": "SPM Contract",
			"originated_from": doc.name,
			"previous_opportunity": doc.opportunity,
			"generation": cint(previous.generation) + 1,
			"deal_chain": frappe.generate_hash(length=10),
		}
	)
	if frappe.db.exists("SPM Source", "Existing Customer"):
		deal.source = "Existing Customer"
	# The job works for everybody; who may see the deal follows from its owner.
	deal.insert(ignore_permissions=True)
	frappe.db.set_value("SPM Contract", doc.name, "renewal_opportunity", deal.name, update_modified=False)
	frappe.clear_document_cache("SPM Contract", doc.name)
	return deal.name, True


def _owner(*candidates: str | None) -> str:
	"""The first of them who still works here."""
	for user in candidates:
		if user and frappe.get_cached_value("User", user, "enabled"):
			return user
	return "Administrator"


def _pipeline(previous: str | None) -> str | None:
	if previous and not frappe.get_cached_value("SPM Pipeline", previous, "disabled"):
		return previous
	return default_pipeline()


def remind_obligations() -> int:
	"""Tell whoever is responsible, once, that a duty of a running contract is overdue; gives how many."""
	row, c = DocType("SPM Contract Obligation"), DocType("SPM Contract")
	late = (
		frappe.qb.from_(row)
		.inner_join(c)
		.on((row.parent == c.name) & (row.parenttype == "SPM Contract"))
		.select(
			row.name,
			row.obligation,
			row.due_date,
			row.responsible,
			c.name.as_("contract"),
			c.title,
			c.contract_owner,
		)
		.where((c.docstatus == 1) & c.terminated_on.isnull())
		.where((row.is_done == 0) & (row.due_date < getdate()) & row.reminded_on.isnull())
		.orderby(row.due_date)
		.limit(BATCH)
		.run(as_dict=True)
	)
	for duty in late:
		_notify(duty)
	if late:
		frappe.qb.update(row).set(row.reminded_on, getdate()).where(
			row.name.isin([d.name for d in late])
		).run()
	return len(late)


def _notify(duty: frappe._dict) -> None:
	user = duty.responsible or duty.contract_owner
	if not user:
		return
	language = frappe.get_cached_value("User", user, "language") or site_language()
	frappe.get_doc(
		{
			"doctype": "Notification Log",
			"for_user": user,
			"type": "Alert",
			"document_type": "SPM Contract",
			"document_name": duty.contract,
			"subject": _("{0} of the contract {1} was due on {2}", language).format(
				frappe.bold(frappe.utils.escape_html(duty.obligation)),
				frappe.bold(frappe.utils.escape_html(duty.title)),
				format_date(duty.due_date),
			),
		}
	).insert(ignore_permissions=True)
