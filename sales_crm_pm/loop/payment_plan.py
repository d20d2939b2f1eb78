"""The payment plan of a contract: whoever changes it, in whatever way, the rows add up to the contract.

Every change locks the customer and then the contract, so that two people who plan at once wait for each other.
A plan is changed as a whole (`set_plan`), by an approved change of the contract (`set_contract_amount`) or row
by row; a row that grows or shrinks takes from and gives to the others (`balance`).
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import add_days, cint, cstr, flt, fmt_money, getdate

from sales_crm_pm.exceptions import PaymentPlanError, PlanChangedError
from sales_crm_pm.loop import payments, plan_rows
from sales_crm_pm.rules import payment_plan as rules
from sales_crm_pm.rules.money import to_base
from sales_crm_pm.rules.payment_plan import Held, Part, PlanMismatch

ROW_FIELDS = (
	"title",
	"project",
	"trigger_type",
	"milestone",
	"milestone_title",
	"event_name",
	"trigger_date",
	"happened_on",
	"term_days",
	"remark",
)
"""What a plan says about a payment besides its amount."""
MAX_ROWS = 200


# Reading
# ------------------


def view(contract: Any) -> dict[str, Any]:
	"""The plan for an editor: version, total, rows.

	:param contract: SPM Contract document that the caller may read
	"""
	rows = frappe.get_all(
		"SPM Payment",
		filters={"contract": contract.name},
		fields=[
			"name",
			"sequence",
			"status",
			"due_date",
			"percent",
			"amount",
			"currency",
			"received",
			"outstanding",
			"invoiced_on",
			"invoice_no",
			*ROW_FIELDS,
		],
		order_by="sequence, name",
	)
	titles = dict(
		frappe.get_all(
			"SPM Milestone",
			filters={"name": ["in", [r.milestone for r in rows if r.milestone] or [""]]},
			fields=["name", "title"],
			as_list=True,
		)
	)
	for row in rows:
		row["milestone_title"] = titles.get(row.milestone) or row.milestone_title
		row["fixed"] = bool(row.invoiced_on or flt(row.received))
	return {
		"contract": contract.name,
		"version": cint(contract.plan_version),
		"total": flt(contract.total_amount),
		"currency": contract.currency,
		"rows": rows,
	}


# Changing the plan as a whole
# ------------------


def set_plan(contract: str, rows: list[dict[str, Any]], version: int) -> dict[str, Any]:
	"""Replace the payment plan of a contract; all of it or nothing.

	Rows with a `name` are kept and changed, rows without are new, and rows that are left out go. A row has an
	`amount` or a `percent`; one row may have neither and takes the rest.

	:param rows: dicts with the fields of `ROW_FIELDS`, amount or percent, and the name of a present row
	:param version: the plan's version that the caller has seen
	:return: as `view`
	:raises PlanChangedError: somebody changed the plan since
	:raises PaymentPlanError: the rows do not add up, or a settled row would change
	"""
	held = plan_rows.lock(contract)
	_check_open(held)
	if cint(version) != cint(held.plan_version):
		frappe.throw(
			_(
				"Somebody else changed the payment plan of {0} meanwhile. Load it again and repeat your change."
			).format(frappe.bold(held.title)),
			title=_("Plan Has Changed"),
			exc=PlanChangedError,
		)
	if len(rows) > MAX_ROWS:
		frappe.throw(_("A payment plan has at most {0} rows.").format(MAX_ROWS), exc=PaymentPlanError)
	present = {row.name: row for row in plan_rows.rows_of(contract)}
	_check_settled(present, rows)
	amounts = _completed(held, rows, present)
	kept = {row.get("name") for row in rows if row.get("name")}
	plan_rows.delete([name for name in present if name not in kept])
	names = []
	for number, (row, amount) in enumerate(zip(rows, amounts, strict=True), 1):
		names.append(_save_row(held, row, amount, number))
	plan_rows.write_amounts(held, dict(zip(names, amounts, strict=True)))
	plan_rows.bump(contract)
	payments.refresh([contract])
	return view(frappe.get_doc("SPM Contract", contract))


def _check_open(held: frappe._dict) -> None:
	if held.docstatus == 2:
		frappe.throw(
			_("The contract {0} is cancelled. Amend it; its payments follow to the new version.").format(
				frappe.bold(held.title)
			),
			exc=PaymentPlanError,
		)


def _check_settled(present: dict[str, frappe._dict], rows: list[dict[str, Any]]) -> None:
	"""Refuse unknown rows, doubles, and a plan that leaves out or changes what is invoiced or paid."""
	names = [row["name"] for row in rows if row.get("name")]
	if unknown := [name for name in names if name not in present or names.count(name) > 1]:
		frappe.throw(
			_("The payment {0} is not in this plan, or it is listed twice.").format(unknown[0]),
			exc=PaymentPlanError,
		)
	given = {row["name"]: row for row in rows if row.get("name")}
	for name, row in present.items():
		if not row.fixed:
			continue
		if name not in given:
			_refuse_settled(row)
		amount = given[name].get("amount")
		if amount not in (None, "") and rules.cents(flt(amount)) != rules.cents(row.amount):
			_refuse_settled(row)


def _refuse_settled(row: Any) -> None:
	if flt(row.received):
		message = _("{0} is paid, at least in part. Its amount stays; plan the difference in another row.")
	else:
		message = _(
			"{0} is invoiced. Take back the invoice (empty its date and number), then change the row."
		)
	frappe.throw(message.format(frappe.bold(row.title)), title=_("Settled Payment"), exc=PaymentPlanError)


def _completed(
	held: frappe._dict, rows: list[dict[str, Any]], present: dict[str, frappe._dict]
) -> list[float]:
	parts = []
	for number, row in enumerate(rows, 1):
		was = present.get(row.get("name"))
		if was and was.fixed:
			parts.append(Part(amount=flt(was.amount)))
			continue
		amount, percent = row.get("amount"), row.get("percent")
		if flt(amount) < 0 or flt(percent) < 0:
			frappe.throw(_("Row {0}: a payment cannot be negative.").format(number), exc=PaymentPlanError)
		parts.append(
			Part(
				percent=None if percent in (None, "") else flt(percent),
				amount=None if amount in (None, "") else flt(amount),
			)
		)
	try:
		return rules.complete(flt(held.total_amount), parts)
	except PlanMismatch as e:
		_refuse_sum(held, e.difference)


def _refuse_sum(held: frappe._dict, difference: float) -> None:
	total = fmt_money(held.total_amount, currency=held.currency)
	gap = fmt_money(abs(difference), currency=held.currency)
	if difference > 0:
		message = _("The payments are {0} less than the contract over {1}. Plan the rest, too.")
	else:
		message = _("The payments are {0} more than the contract over {1}. Make a row smaller.")
	frappe.throw(message.format(gap, total), title=_("Plan Does Not Add Up"), exc=PaymentPlanError)


def _save_row(held: frappe._dict, row: dict[str, Any], amount: float, number: int) -> str:
	name = row.get("name")
	doc = frappe.get_doc("SPM Payment", name, for_update=True) if name else frappe.new_doc("SPM Payment")
	for fieldname in ROW_FIELDS:
		if fieldname in row:
			doc.set(fieldname, row[fieldname])
	doc.contract = held.name
	doc.sequence, doc.amount, doc.is_remainder = number, amount, 0
	return plan_rows.save(doc, held)


# Plans that are made by themselves
# ------------------


def follow_contract(doc: Any) -> None:
	"""Give a new contract its first plan, and keep the plan in step with the amount of a draft.

	:param doc: SPM Contract that was just saved
	"""
	before = doc.get_doc_before_save()
	held = frappe._dict({column: doc.get(column) for column in plan_rows.CONTRACT_COLUMNS})
	if before is None:
		if not doc.amended_from:
			_first_plan(held)
			return
		rescale(held, plan_rows.rows_of(doc.name))
		return
	money = ("total_amount", "amount_base", "currency", "exchange_rate")
	if any(cstr(before.get(f)) != cstr(doc.get(f)) for f in money):
		rescale(held, plan_rows.rows_of(doc.name))
	elif before.customer != doc.customer or before.opportunity != doc.opportunity:
		p = DocType("SPM Payment")
		(
			frappe.qb.update(p)
			.set(p.customer, doc.customer)
			.set(p.customer_name, doc.customer_name)
			.set(p.opportunity, doc.opportunity)
			.where(p.contract == doc.name)
			.run()
		)


def _first_plan(held: frappe._dict) -> None:
	rows = template_rows(held)
	if not rows:
		day = held.signed_date or held.start_date or getdate()
		rows = [{"title": _("Full Amount", plan_rows.language_of(held)), "percent": 100, "trigger_date": day}]
	amounts = rules.complete(flt(held.total_amount), [Part(percent=flt(row["percent"])) for row in rows])
	names = []
	for number, (row, amount) in enumerate(zip(rows, amounts, strict=True), 1):
		doc = frappe.new_doc("SPM Payment")
		doc.update({**row, "contract": held.name, "sequence": number, "amount": amount})
		# Nobody has chosen these rows: an import of the real plan may eat them up.
		doc.is_remainder = 1
		names.append(plan_rows.save(doc, held))
	plan_rows.write_amounts(held, dict(zip(names, amounts, strict=True)))


def template_rows(contract: Any, template: str | None = None) -> list[dict[str, Any]]:
	"""The rows of a payment template laid onto a contract, in the language of its customer.

	:param contract: document or row of the contract
	:param template: by default the contract's own, its type's, then the one of the settings
	"""
	name = template or _template_of(contract)
	if not name:
		return []
	source = frappe.get_cached_doc("SPM Payment Template", name)
	language = plan_rows.language_of(contract)
	begin = contract.get("signed_date") or contract.get("start_date") or getdate()
	rows = []
	for row in source.rows:
		rows.append(
			{
				"title": _(row.title, language),
				"percent": flt(row.percent),
				"trigger_type": row.trigger_type,
				"milestone_title": _(row.milestone_title, language) if row.milestone_title else None,
				"event_name": _(row.event_name, language) if row.event_name else None,
				"trigger_date": add_days(begin, cint(row.offset_days))
				if row.trigger_type == "Date"
				else None,
				"term_days": cint(row.term_days),
			}
		)
	return rows


def _template_of(contract: Any) -> str | None:
	kind = contract.get("contract_type")
	name = (
		contract.get("payment_template")
		or (frappe.get_cached_value("SPM Contract Type", kind, "payment_template") if kind else None)
		or frappe.get_cached_doc("SPM Settings").default_payment_template
		or frappe.db.get_value("SPM Payment Template", {"is_default": 1, "disabled": 0}, cache=True)
	)
	if not name or not frappe.db.exists("SPM Payment Template", name, cache=True):
		return None
	return name


def rescale(held: frappe._dict, rows: list[frappe._dict]) -> None:
	"""Bring the rows to the contract's new amount, in the proportions they have.

	:raises PaymentPlanError: what is invoiced and paid is more than that
	"""
	if not rows:
		_first_plan(held)
		return
	try:
		amounts = rules.rescale(flt(held.total_amount), [Held(flt(r.amount), r.fixed) for r in rows])
	except PlanMismatch as e:
		_refuse_rescale(held, e.difference)
	plan_rows.write_amounts(held, {row.name: amount for row, amount in zip(rows, amounts, strict=True)})
	plan_rows.bump(held.name)


def _refuse_rescale(held: frappe._dict, difference: float) -> None:
	gap = fmt_money(abs(difference), currency=held.currency)
	if difference < 0:
		message = _("Payments that are invoiced or paid are {0} more than the new amount of the contract.")
	else:
		message = _("All payments are invoiced or paid; add a payment over {0} to the plan first.")
	frappe.throw(message.format(gap), title=_("Plan Does Not Add Up"), exc=PaymentPlanError)


# Approved changes
# ------------------


def set_contract_amount(
	contract: str,
	change_amount: float,
	reason: str,
	spread: bool = False,
	due_date: Any = None,
	change_request: str | None = None,
) -> dict[str, Any]:
	"""Change what a signed contract is worth; the plan follows in the same transaction.

	More money becomes a payment of its own (or is spread over the open rows); less is taken from the open rows,
	the last one first. The caller has checked that the session's user may approve the change.

	:param contract: name of a submitted contract
	:param change_amount: what is added, negative for a reduction, in the contract's currency
	:param reason: in words, kept with the change and used as the title of the new payment
	:param spread: divide an addition among the open rows instead
	:param due_date: date of the new payment, today by default
	:param change_request: the SPM Change Request this carries out
	:return: contract, approved_changes, total_amount
	:raises PaymentPlanError: not signed yet, nothing to change, or more is settled than would be left
	"""
	held = plan_rows.lock(contract)
	reason = " ".join((reason or "").split())
	change = rules.cents(change_amount)
	if held.docstatus != 1:
		frappe.throw(
			_(
				"Only a signed contract has approved changes. Edit the amount of a draft; amend a cancelled one."
			),
			exc=PaymentPlanError,
		)
	if not change or not reason:
		frappe.throw(_("Say by how much the contract changes, and why."), exc=PaymentPlanError)
	rows = plan_rows.rows_of(contract)
	is_new_row = change > 0 and not spread
	# Refused before anything is written.
	amounts = {} if is_new_row else _changed_amounts(held, rows, change, spread)
	held = apply_change(held, change, reason, change_request)
	if is_new_row:
		doc = frappe.new_doc("SPM Payment")
		doc.update(
			{
				"contract": contract,
				"title": reason[:140],
				"trigger_date": getdate(due_date),
				"sequence": max([0, *(cint(row.sequence) for row in rows)]) + 1,
				"amount": rules.money(change),
			}
		)
		plan_rows.save(doc, held)
		amounts = {row.name: flt(row.amount) for row in plan_rows.rows_of(contract)}
	write_plan(held, amounts)
	payments.refresh([contract])
	return {
		"contract": contract,
		"approved_changes": held.approved_changes,
		"total_amount": held.total_amount,
	}


def apply_change(
	held: frappe._dict, change: int, reason: str, change_request: str | None = None
) -> frappe._dict:
	"""Write a change of the contract's amount, without its plan, which the caller has to bring in step.

	:param held: locked row of the contract
	:param change: in cents
	:return: the row with the new amounts
	"""
	total = rules.cents(held.total_amount) + change
	if total < 0:
		frappe.throw(_("A contract cannot be worth less than nothing."), exc=PaymentPlanError)
	held.total_amount = rules.money(total)
	held.amount_base = to_base(held.total_amount, flt(held.exchange_rate))
	held.approved_changes = rules.money(rules.cents(held.approved_changes) + change)
	_note_change(held, rules.money(change), reason, change_request)
	return held


def write_plan(held: frappe._dict, amounts: dict[str, float]) -> None:
	"""Write new amounts of a plan's rows; a row that is left with nothing goes."""
	plan_rows.delete([name for name, amount in amounts.items() if not rules.cents(amount)])
	left = {name: amount for name, amount in amounts.items() if rules.cents(amount)}
	plan_rows.write_amounts(held, left, tuple(left))
	plan_rows.bump(held.name)


def _changed_amounts(
	held: frappe._dict, rows: list[frappe._dict], change: int, spread: bool
) -> dict[str, float]:
	facts = [Held(flt(row.amount), row.fixed) for row in rows]
	try:
		if spread:
			amounts = rules.rescale(rules.money(rules.cents(held.total_amount) + change), facts)
		else:
			amounts = rules.take(rules.money(-change), facts)
	except PlanMismatch as e:
		_refuse_rescale(held, -abs(e.difference) if change < 0 else e.difference)
	return {row.name: amount for row, amount in zip(rows, amounts, strict=True)}


def _note_change(
	held: frappe._dict, change: float, reason: str, change_request: str | None = None
) -> None:
	count = frappe.db.count("SPM Contract Change", {"parent": held.name})
	row = frappe.new_doc("SPM Contract Change")
	row.update(
		{
			"parent": held.name,
			"parenttype": "SPM Contract",
			"parentfield": "changes",
			"idx": count + 1,
			"docstatus": 1,
			"changed_on": getdate(),
			"amount": change,
			"reason": reason[:140],
			"changed_by": frappe.session.user,
			"currency": held.currency,
			"change_request": change_request,
		}
	)
	row.db_insert()
	frappe.db.set_value(
		"SPM Contract",
		held.name,
		{
			"approved_changes": held.approved_changes,
			"total_amount": held.total_amount,
			"amount_base": held.amount_base,
		},
	)
	doc = frappe.get_doc("SPM Contract", held.name)
	doc.add_comment(
		"Info",
		_("changed the contract by {0}: {1}").format(fmt_money(change, currency=held.currency), reason),
	)
