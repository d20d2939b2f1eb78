"""The life of a contract: drawn up from a deal, signed, changed, ended; and what hangs on it goes along.

A contract is submittable because that is what signing means: from then on its terms stand. What is allowed is
named: an approved change of the amount, the projects, obligations and renewal terms; anything else is a new
version (`amend`), which takes the payments along, or the end (`terminate`).
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import add_days, cint, flt, format_date, get_link_to_form, getdate

from sales_crm_pm.exceptions import PaymentPlanError, SPMError
from sales_crm_pm.loop import payment_plan, payments, plan_rows
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.loop.quotation import accepted_terms
from sales_crm_pm.rules import money
from sales_crm_pm.rules import payment_plan as rules
from sales_crm_pm.rules.payment_plan import Part, PlanMismatch

FROM_DEAL = (
	"title",
	"customer",
	"amount",
	"currency",
	"exchange_rate",
	"deal_chain",
	"opportunity_owner",
	"contract_no",
	"contract_signed_date",
	"contract_file",
	"originated_from_type",
	"originated_from",
	"project",
	"opportunity_type",
)
EVIDENCE = {
	"contract_no": "contract_no",
	"contract_signed_date": "signed_date",
	"contract_file": "signed_file",
}
"""Fields of an opportunity that prove the win, and where the contract has them."""


# Steps of a save, in order
# ------------------


def set_defaults(doc: Any) -> None:
	"""Customer, chain and money of the deal; terms of the kind of contract; a number of its own."""
	before = doc.get_doc_before_save()
	if doc.opportunity and (before is None or before.opportunity != doc.opportunity):
		deal = frappe.db.get_value("SPM Opportunity", doc.opportunity, FROM_DEAL, as_dict=True)
		if deal:
			doc.customer = doc.customer or deal.customer
			doc.deal_chain = deal.deal_chain
			doc.currency = doc.currency or deal.currency
			if before is None and doc.currency == deal.currency and flt(doc.exchange_rate) in (0, 1):
				doc.exchange_rate = deal.exchange_rate
	doc.deal_chain = doc.deal_chain or frappe.generate_hash(length=10)
	doc.base_currency = base_currency()
	if not doc.currency:
		doc.currency = (
			frappe.db.get_value("SPM Customer", doc.customer, "currency", cache=True)
			if doc.customer
			else None
		) or doc.base_currency
	if doc.currency == doc.base_currency or not flt(doc.exchange_rate):
		doc.exchange_rate = 1
	doc.contract_owner = doc.contract_owner or frappe.session.user
	doc.contract_no = (doc.contract_no or "").strip() or doc.name
	if before is None:
		_set_terms_of_type(doc)


def _set_terms_of_type(doc: Any) -> None:
	kind = frappe.get_cached_doc("SPM Contract Type", doc.contract_type) if doc.contract_type else None
	if not doc.renewal_notice_days:
		doc.renewal_notice_days = (kind.renewal_notice_days if kind else 0) or cint(
			frappe.get_cached_doc("SPM Settings").contract_renewal_notice_days
		)
	if kind and kind.auto_renew and doc.auto_renew is None:
		doc.auto_renew = 1


def set_amounts(doc: Any) -> None:
	"""Amount of the lines, what approved changes make of it, and the projects' shares.

	:raises SPMError: a discount is not a percentage, or the projects share more than there is
	"""
	lines = []
	for row in doc.get("lines") or []:
		line = money.Line(flt(row.qty), flt(row.rate), flt(row.discount_percent))
		try:
			row.amount = money.line_amount(line)
		except ValueError:
			frappe.throw(
				_("Row {0}: the discount must be between 0 and 100 percent.").format(row.idx), exc=SPMError
			)
		row.currency = doc.currency
		lines.append(line)
	total = money.lines_total(lines)
	if total is not None and doc.docstatus == 0:
		doc.amount = rules.money(rules.cents(total) + rules.cents(doc.adjustment))
		if doc.amount < 0:
			frappe.throw(_("The contract is worth less than nothing. Check Tax and Other."), exc=SPMError)
	doc.approved_changes = rules.money(sum(rules.cents(row.amount) for row in doc.get("changes") or []))
	doc.total_amount = rules.money(rules.cents(doc.amount) + rules.cents(doc.approved_changes))
	doc.amount_base = money.to_base(doc.total_amount, flt(doc.exchange_rate))
	set_shares(doc)


def set_shares(doc: Any) -> None:
	"""Percentage and amount of each project; what was typed last counts, and open ones divide the rest."""
	rows = doc.get("projects") or []
	before = {row.name: row for row in (doc.get_doc_before_save() or {}).get("projects") or []}
	given = []
	for row in rows:
		row.currency = doc.currency
		was = before.get(row.name)
		amount_typed = was and rules.cents(row.share_amount) != rules.cents(was.share_amount)
		if amount_typed and flt(row.share_percent) == flt(was.share_percent):
			given.append(Part(amount=flt(row.share_amount)))
		else:
			given.append(Part(percent=flt(row.share_percent), amount=flt(row.share_amount)))
	try:
		found = rules.shares(flt(doc.total_amount), given)
	except PlanMismatch:
		frappe.throw(_("The projects share more than 100 percent of the contract."), exc=SPMError)
	for row, (percent, amount) in zip(rows, found, strict=True):
		row.share_percent, row.share_amount = percent, amount


def set_obligations(doc: Any) -> None:
	"""Who did what when, how many are open, and which is next."""
	done_before = {
		row.name: row for row in (doc.get_doc_before_save() or {}).get("obligations") or [] if row.is_done
	}
	for row in doc.get("obligations") or []:
		was = done_before.get(row.name)
		if not row.is_done:
			row.done_on = row.done_by = None
		elif was:
			row.done_on, row.done_by = was.done_on, was.done_by
		else:
			row.done_on, row.done_by = getdate(), frappe.session.user
	left = [row for row in doc.get("obligations") or [] if not row.is_done]
	doc.open_obligations = len(left)
	days = [getdate(row.due_date) for row in left if row.due_date]
	doc.next_obligation_date = min(days) if days else None


def set_notice_date(doc: Any) -> None:
	"""The day on which somebody has to think of what comes after."""
	days = cint(doc.renewal_notice_days)
	doc.notice_date = add_days(doc.end_date, -days) if doc.end_date and days else None


def check(doc: Any) -> None:
	"""Refuse what cannot be: ends before it starts, a stranger's deal or project, a project listed twice.

	:raises SPMError: with what to do about it
	"""
	if doc.start_date and doc.end_date and getdate(doc.end_date) < getdate(doc.start_date):
		frappe.throw(_("The contract ends before it starts."), exc=SPMError)
	before = doc.get_doc_before_save()
	is_moved = before is None or before.customer != doc.customer
	if doc.opportunity and (is_moved or before.opportunity != doc.opportunity):
		customer = frappe.db.get_value("SPM Opportunity", doc.opportunity, "customer")
		if customer != doc.customer:
			frappe.throw(
				_("The opportunity {0} belongs to another customer.").format(doc.opportunity), exc=SPMError
			)
	names = [row.project for row in doc.get("projects") or []]
	if double := next((name for name in names if names.count(name) > 1), None):
		frappe.throw(_("The project {0} is listed twice.").format(double), exc=SPMError)
	known = set() if is_moved else {row.project for row in before.projects}
	if new := [name for name in names if name not in known]:
		strangers = frappe.get_all(
			"SPM Project",
			filters={"name": ["in", new], "customer": ["!=", doc.customer]},
			pluck="project_name",
		)
		if strangers:
			frappe.throw(
				_("The project {0} belongs to another customer.").format(frappe.bold(strangers[0])),
				exc=SPMError,
			)
	if before and is_moved and has_money(doc.name):
		frappe.throw(
			_("Money was received for {0}; it stays with its customer.").format(frappe.bold(doc.title)),
			exc=PaymentPlanError,
		)


def check_signature(doc: Any) -> None:
	"""A contract counts from its signature.

	:raises SPMError: nobody has said when it was signed, or the day is still to come
	"""
	if not doc.signed_date:
		frappe.throw(
			_("Say when {0} was signed (Signed On), then submit it.").format(frappe.bold(doc.title)),
			exc=SPMError,
		)
	# One day of grace: the user's own date may be ahead of the site's.
	if getdate(doc.signed_date) > getdate(add_days(getdate(), 1)):
		frappe.throw(
			_("A contract cannot be signed on {0}, which is in the future.").format(
				format_date(doc.signed_date)
			),
			exc=SPMError,
		)


# Effects on others
# ------------------


def show_evidence(doc: Any) -> None:
	"""The deal is won by this contract: number, date and file are filled there, so nobody types them again."""
	if not doc.opportunity or frappe.flags.spm_bulk:
		return
	values = {target: doc.get(source) for target, source in EVIDENCE.items() if doc.get(source)}
	frappe.db.set_value(
		"SPM Opportunity", doc.opportunity, {**values, "contract": doc.name}, update_modified=False
	)


def withdraw_evidence(doc: Any) -> None:
	"""A cancelled or deleted contract proves nothing; a deal that is won already keeps what won it."""
	for deal in frappe.get_all(
		"SPM Opportunity", filters={"contract": doc.name}, fields=["name", "status", "contract_no"]
	):
		values: dict[str, Any] = {"contract": None}
		if deal.status != "Won" and deal.contract_no == doc.contract_no:
			values.update(dict.fromkeys(EVIDENCE))
		frappe.db.set_value("SPM Opportunity", deal.name, values, update_modified=False)


def has_money(contract: str) -> bool:
	"""Whether money was received for this contract."""
	return bool(frappe.db.exists("SPM Payment", {"contract": contract, "received": ["!=", 0]}))


def check_may_end(doc: Any, sentence: str) -> None:
	"""Refuse to cancel or delete a contract whose payments are settled; they would be lost.

	:param sentence: what is refused, translated, with a place for the contract
	:raises PaymentPlanError: naming the payments and what to do instead
	"""
	if settled := [row.title for row in plan_rows.rows_of(doc.name) if row.fixed]:
		frappe.throw(
			"{} {}".format(
				sentence.format(frappe.bold(doc.title)),
				_(
					"Payments are invoiced or paid: {0}. Use Amend for a new version, Terminate to end it early, or take the invoices and receipts back first."
				).format(", ".join(settled)),
			),
			title=_("Settled Payments"),
			exc=PaymentPlanError,
		)


def delete_payments(doc: Any) -> None:
	"""Take the payments of a contract along that is deleted."""
	plan_rows.delete([row.name for row in plan_rows.rows_of(doc.name)])


def take_over_payments(doc: Any) -> None:
	"""Let the payments of the version before follow to this one.

	:param doc: a new SPM Contract with `amended_from`
	"""
	p = DocType("SPM Payment")
	(
		frappe.qb.update(p)
		.set(p.contract, doc.name)
		.set(p.customer, doc.customer)
		.set(p.customer_name, doc.customer_name)
		.set(p.opportunity, doc.opportunity)
		.set(p.deal_chain, doc.deal_chain)
		.where(p.contract == doc.amended_from)
		.run()
	)
	frappe.db.set_value(
		"SPM Contract",
		{"previous_contract": doc.amended_from},
		"previous_contract",
		doc.name,
		update_modified=False,
	)
	payments.refresh_rows([doc.name])


# What people do
# ------------------


def create_from_opportunity(opportunity: Any, contract_type: str | None = None) -> tuple[str, bool]:
	"""Draw up the contract of a deal, or return the draft or running one it has; nothing is typed twice.

	Customer, amount, lines (of the accepted quotation, else of the deal), chain, project and what the deal
	already knows of its signature come along.

	:param opportunity: SPM Opportunity that the caller may write
	:return: (name of the contract, whether it was made now)
	"""
	frappe.db.get_value("SPM Customer", opportunity.customer, "name", for_update=True)
	existing = frappe.db.get_value(
		"SPM Contract",
		{"opportunity": opportunity.name, "docstatus": ["<", 2]},
		"name",
		order_by="creation desc",
	)
	if existing:
		return existing, False
	terms = accepted_terms(opportunity.name) or {}
	doc = frappe.new_doc("SPM Contract")
	doc.update(
		{
			"title": opportunity.title,
			"customer": opportunity.customer,
			"opportunity": opportunity.name,
			"contract_type": contract_type or _default_type(),
			"quotation": terms.get("quotation"),
			# What the customer pays, tax included: that is what the payments add up to.
			"amount": flt(terms.get("total")) or flt(opportunity.amount),
			"currency": terms.get("currency") or opportunity.currency,
			"exchange_rate": terms.get("exchange_rate") or opportunity.exchange_rate,
			"contract_no": opportunity.contract_no,
			"signed_date": opportunity.contract_signed_date,
			"signed_file": opportunity.contract_file,
			"contract_owner": opportunity.opportunity_owner,
			"terms": terms.get("terms"),
		}
	)
	if opportunity.originated_from_type == "SPM Contract":
		doc.previous_contract = opportunity.originated_from
	for line in terms.get("lines") or opportunity.get("products") or []:
		fields = ("product", "description", "qty", "rate", "discount_percent")
		row = doc.append("lines", {field: line.get(field) for field in fields})
		row.qty = flt(row.qty) * (cint(line.get("periods")) or 1)
	if terms:
		lines = money.lines_total(
			[money.Line(flt(r.qty), flt(r.rate), flt(r.discount_percent)) for r in doc.lines]
		)
		doc.adjustment = flt(flt(terms.get("total")) - flt(lines), 2) if lines is not None else 0
	if opportunity.project:
		doc.append("projects", {"project": opportunity.project})
	doc.insert()
	return doc.name, True


def _default_type() -> str | None:
	return frappe.db.exists("SPM Contract Type", "Project Contract") or None


def amend(doc: Any) -> str:
	"""Replace a signed contract by a new version in one step; its payments, also the settled ones, follow.

	:param doc: submitted SPM Contract that the caller may cancel
	:return: name of the new draft
	"""
	doc.flags.replaced = True
	doc.cancel()
	new = frappe.copy_doc(doc)
	new.amended_from = doc.name
	new.contract_no = doc.contract_no
	new.docstatus = 0
	new.insert()
	doc.add_comment("Info", _("went on as {0}").format(get_link_to_form("SPM Contract", new.name)))
	return new.name


def terminate(doc: Any, reason: str, on: Any = None) -> dict[str, Any]:
	"""End a signed contract early: what is invoiced or paid stands, what is not is no longer owed.

	:param doc: submitted SPM Contract that the caller may cancel
	:return: contract, status, total_amount
	:raises SPMError: not running, or no reason given
	"""
	if doc.docstatus != 1 or doc.terminated_on:
		frappe.throw(_("Only a contract that is running can be terminated."), exc=SPMError)
	if not (reason or "").strip():
		frappe.throw(_("Say why the contract ends early."), exc=SPMError)
	plan_rows.lock(doc.name)
	rows = plan_rows.rows_of(doc.name)
	# A row that is paid in part and not invoiced is owed only as far as it is paid.
	amounts = {row.name: flt(row.amount) if row.invoiced_on else flt(row.received) for row in rows}
	unowed = sum(rules.cents(row.amount) for row in rows) - sum(rules.cents(v) for v in amounts.values())
	if unowed:
		held = payment_plan.apply_change(
			plan_rows.lock(doc.name), -unowed, _("Terminated: {0}").format(reason.strip())
		)
		payment_plan.write_plan(held, amounts)
	frappe.db.set_value(
		"SPM Contract", doc.name, {"terminated_on": getdate(on), "termination_reason": reason.strip()}
	)
	payments.refresh([doc.name])
	doc.reload()
	doc.add_comment("Info", _("terminated the contract: {0}").format(reason.strip()))
	return {"contract": doc.name, "status": doc.status, "total_amount": doc.total_amount}


def join_project(project: Any) -> None:
	"""Put a project that was just started on the contracts of its deal, and tie their payments to its milestones.

	:param project: SPM Project with `opportunity`
	"""
	if not project.opportunity:
		return
	names = frappe.get_all(
		"SPM Contract",
		filters={"opportunity": project.opportunity, "docstatus": ["<", 2]},
		pluck="name",
		order_by="name",
	)
	for name in names:
		doc = frappe.get_doc("SPM Contract", name)
		if project.name not in {row.project for row in doc.projects}:
			doc.append("projects", {"project": project.name})
			# Whoever may start the project was checked; they need not be allowed to change the contract.
			doc.save(ignore_permissions=True)
