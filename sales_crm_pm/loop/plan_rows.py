"""The rows of a payment plan: locked, saved and counted so that they always add up to the contract.

Here is what all ways of changing a plan share, and what happens when one row is changed by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.model.delete_doc import delete_dynamic_links
from frappe.query_builder import DocType
from frappe.utils import cint, flt, fmt_money, getdate, now
from pypika import Case

from sales_crm_pm.exceptions import PaymentPlanError, PlanChangedError
from sales_crm_pm.loop.figures import site_language
from sales_crm_pm.rules import payment_plan as rules
from sales_crm_pm.rules.payment_plan import Held

CONTRACT_COLUMNS = (
	"name",
	"title",
	"docstatus",
	"status",
	"customer",
	"opportunity",
	"currency",
	"exchange_rate",
	"base_currency",
	"amount",
	"approved_changes",
	"total_amount",
	"amount_base",
	"signed_date",
	"start_date",
	"plan_version",
	"deal_chain",
	"contract_type",
	"payment_template",
)


def lock(contract: str, wait: bool = True) -> frappe._dict:
	"""Lock a contract, and its customer first as everywhere; gives the contract's row as it is now.

	:param wait: whether to wait for somebody who holds them; who has locked a row of the plan already must not
	:raises frappe.DoesNotExistError: no such contract
	:raises PlanChangedError: somebody else holds them, and waiting was not wanted
	"""
	customer = frappe.db.get_value("SPM Contract", contract, "customer")
	if not customer:
		raise frappe.DoesNotExistError(_("There is no contract {0}.").format(contract))
	options = {"for_update": True, "wait": wait}
	try:
		frappe.db.get_value("SPM Customer", customer, "name", **options)
		return frappe.db.get_value("SPM Contract", contract, CONTRACT_COLUMNS, as_dict=True, **options)
	except (frappe.QueryTimeoutError, frappe.QueryDeadlockError):
		if wait:
			raise
		frappe.throw(
			_("Somebody else is changing this payment plan right now. Try again in a moment."),
			title=_("Plan Is Being Changed"),
			exc=PlanChangedError,
		)


def rows_of(contract: str) -> list[frappe._dict]:
	"""The payments of a contract in their order, locked, with `fixed` for those invoiced or paid in part."""
	p = DocType("SPM Payment")
	rows = (
		frappe.qb.from_(p)
		.select(p.name, p.title, p.amount, p.percent, p.sequence, p.invoiced_on, p.received, p.is_remainder)
		.where(p.contract == contract)
		.orderby(p.sequence)
		.orderby(p.name)
		.for_update()
		.run(as_dict=True)
	)
	for row in rows:
		row.fixed = bool(row.invoiced_on or flt(row.received))
	return rows


def save(doc: Any, held: frappe._dict) -> str:
	"""Save a row of the plan as part of the plan; the right to the contract was checked by the caller."""
	doc.flags.in_plan = True
	doc.flags.contract_row = held
	if doc.is_new():
		doc.insert(ignore_permissions=True)
	else:
		doc.save(ignore_permissions=True)
	return doc.name


def delete(names: list[str]) -> None:
	"""Take rows of a plan away that are neither invoiced nor paid; the caller sees to the sum.

	Not by `delete_doc`: it would look with this transaction's old eyes and overlook, without a word, a row that
	somebody else has added since.
	"""
	for name in names:
		delete_dynamic_links("SPM Payment", name)
	for doctype, column in (("SPM Payment Receipt", "parent"), ("SPM Payment", "name")):
		table = DocType(doctype)
		if names:
			frappe.qb.from_(table).delete().where(table[column].isin(names)).run()
	if names:
		frappe.db.delete("__global_search", {"doctype": "SPM Payment", "name": ["in", names]})


def write_amounts(held: frappe._dict, amounts: dict[str, float], touched: tuple[str, ...] = ()) -> None:
	"""Amount, share and amount in base currency of all rows of a plan, in their order; one statement.

	:param touched: rows whose amount became another one behind the back of whoever has them open: a form that
	    still shows the old amount must not be saved over the new one
	"""
	if not amounts:
		return
	p = DocType("SPM Payment")
	values = list(amounts.values())
	columns = {
		"amount": values,
		"percent": rules.percents(values),
		"amount_base": rules.in_base(values, held.exchange_rate, held.amount_base),
	}
	query = frappe.qb.update(p).where(p.name.isin(list(amounts)))
	for column, numbers in columns.items():
		case = Case()
		for name, number in zip(amounts, numbers, strict=True):
			case = case.when(p.name == name, number)
		query = query.set(p[column], case)
	if touched:
		query = query.set(p.modified, Case().when(p.name.isin(touched), now()).else_(p.modified))
	query.set(p.exchange_rate, held.exchange_rate).set(p.currency, held.currency).set(
		p.base_currency, held.base_currency
	).run()


def bump(contract: str) -> None:
	c = DocType("SPM Contract")
	frappe.qb.update(c).set(c.plan_version, c.plan_version + 1).where(c.name == contract).run()
	frappe.clear_document_cache("SPM Contract", contract)


def language_of(contract: Any) -> str:
	return frappe.db.get_value("SPM Customer", contract.get("customer"), "language") or site_language()


# Single rows
# ------------------


@dataclass
class Balance:
	"""What happens to the other rows of a plan when one of them is changed by itself."""

	others: list[frappe._dict]
	"""All other rows, with the amounts they will have."""
	touched: list[str]
	spent: list[str]
	"""Rows that nobody chose and that are used up."""
	is_needed: bool = False
	"""Whether anything has to be written: the row is new, goes, or is worth something else than what is stored."""
	rest: int = 0
	"""Cents that no row can take over, so that a new one has to."""


def work_out(doc: Any, is_gone: bool = False) -> Balance:
	"""Find which other rows give or take what a single row (new, changed or deleted) has more or less.

	Rows that nobody has chosen yet give first, the last of them before the others; then the last row that is
	neither invoiced nor paid. Nothing is written.

	:param doc: SPM Payment that is about to be stored or deleted
	:param is_gone: it goes, and leaves all it has to the others
	:raises PaymentPlanError: the others have not that much to give
	"""
	held = doc.flags.contract_row or lock(doc.contract)
	stored = rows_of(doc.contract)
	own = next((row for row in stored if row.name == doc.name), None)
	is_changed = own is None or is_gone or rules.cents(own.amount) != rules.cents(doc.amount)
	if own and own.fixed and is_changed:
		frappe.throw(
			_(
				"{0} is invoiced or paid; it stays with its amount. Take back the invoice and the receipts first, or change the contract."
			).format(frappe.bold(doc.title)),
			title=_("Settled Payment"),
			exc=PaymentPlanError,
		)
	others = [row for row in stored if row.name != doc.name]
	before = {row.name: rules.cents(row.amount) for row in others}
	# More than nothing is missing when the row is larger than what the others leave for it.
	surplus = (
		(0 if is_gone else rules.cents(doc.amount)) + sum(before.values()) - rules.cents(held.total_amount)
	)
	found = Balance(others, [], [], is_changed or surplus != 0)
	if surplus > 0:
		found.spent = _shrink(held, doc, others, surplus)
	elif surplus < 0:
		found.rest = _grow(others, -surplus)
	found.others = [row for row in others if row.name not in found.spent]
	found.touched = [row.name for row in found.others if rules.cents(row.amount) != before[row.name]]
	return found


def balance(doc: Any, found: Balance, is_gone: bool = False) -> None:
	"""Write what `work_out` found, after the row was stored or before it goes."""
	held = doc.flags.contract_row
	delete(found.spent)
	rows = list(found.others)
	if not is_gone:
		rows.append(frappe._dict(name=doc.name, amount=doc.amount, sequence=cint(doc.sequence)))
	if found.rest:
		rows.append(_new_rest(held, doc, rows, found.rest))
	rows.sort(key=lambda row: (cint(row.sequence), row.name))
	write_amounts(held, {row.name: flt(row.amount) for row in rows}, tuple(found.touched))
	bump(doc.contract)


def _shrink(held: frappe._dict, doc: Any, others: list[frappe._dict], surplus: int) -> list[str]:
	"""Take cents out of other rows; gives the names of those that are used up and may go."""
	pool = [row for row in others if row.is_remainder and not row.fixed]
	have = sum(rules.cents(row.amount) for row in pool)
	if have < surplus:
		chosen = [row for row in others if not row.is_remainder and not row.fixed]
		if not chosen or have + rules.cents(chosen[-1].amount) <= surplus:
			missing = rules.money(surplus)
			frappe.throw(
				_(
					"{0} would make the plan {1} larger than the contract over {2}, and the other rows cannot give that much. Change the plan as a whole on the contract."
				).format(
					frappe.bold(doc.title),
					fmt_money(missing, currency=held.currency),
					fmt_money(held.total_amount, currency=held.currency),
				),
				title=_("Plan Does Not Add Up"),
				exc=PaymentPlanError,
			)
		pool = [chosen[-1], *pool]
	amounts = rules.take(rules.money(surplus), [Held(flt(row.amount)) for row in pool])
	for row, amount in zip(pool, amounts, strict=True):
		row.amount = amount
	return [row.name for row in pool if row.is_remainder and not rules.cents(row.amount)]


def _grow(others: list[frappe._dict], missing: int) -> int:
	"""Give cents to a row that nobody has chosen, else to the last open one; what nobody can take is returned."""
	open_rows = [row for row in others if not row.fixed]
	unchosen = [row for row in open_rows if row.is_remainder]
	if not open_rows:
		return missing
	heir = (unchosen or open_rows)[-1]
	heir.amount = rules.money(rules.cents(heir.amount) + missing)
	return 0


def _new_rest(held: frappe._dict, doc: Any, rows: list[frappe._dict], rest: int) -> frappe._dict:
	new = frappe.new_doc("SPM Payment")
	new.update(
		{
			"contract": held.name,
			"title": _("Rest of the Amount", language_of(held)),
			"trigger_date": doc.get("trigger_date") or getdate(),
			"term_days": doc.get("term_days"),
			"sequence": max([cint(doc.sequence), *(cint(row.sequence) for row in rows)]) + 1,
			"amount": rules.money(rest),
			"is_remainder": 1,
		}
	)
	save(new, held)
	return frappe._dict(name=new.name, amount=new.amount, sequence=new.sequence)
