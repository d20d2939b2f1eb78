"""How payments stand, and what contracts, projects, opportunities and customers show of them.

Everything here is a statement over a whole set, with the same number of statements for one payment as for all.
Nothing derived is used to derive, so a run over everything gives the same numbers as the running totals. The
steps of a payment's state are those of `rules.payment_plan.outcome`; a test walks both through every case.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.query_builder import CustomFunction, DocType
from frappe.query_builder.functions import Coalesce, Max, Min, Sum
from frappe.utils import getdate
from pypika import Case
from pypika.terms import Field, NullValue

from sales_crm_pm.loop.money import base_currency

ADDDATE = CustomFunction("ADDDATE", ["day", "days"])
GREATEST = CustomFunction("GREATEST", ["first", "second"])
LEAST = CustomFunction("LEAST", ["first", "second"])
ROUND = CustomFunction("ROUND", ["number", "digits"])
TO_DATE = CustomFunction("DATE", ["moment"])
IF = CustomFunction("IF", ["condition", "then", "otherwise"])


class Target(Field):
	"""A column to be set, with its table: several of the joined tables have a column of that name.

	The query builder leaves the table out on the left side of SET.
	"""

	def get_sql(self, **kwargs: Any) -> str:
		return super().get_sql(**{**kwargs, "with_namespace": True})


def _set(query: Any, table: Any, **values: Any) -> Any:
	for column, value in values.items():
		query = query.set(Target(column, table=table), value)
	return query


UNPAID = ("Not Due", "Due", "Invoiced", "Partly Paid", "Overdue", "On Hold")
ASKED_FOR = ("Due", "Invoiced", "Partly Paid", "Overdue")
"""States in which the customer owes the money already."""


def refresh(contracts: list[str] | None = None, projects: list[str] | None = None) -> None:
	"""Bring payments, contracts and everything that shows them up to date.

	:param contracts: names, or None for all of them
	:param projects: further projects that show the money of these contracts or did until now
	"""
	if contracts is not None and not (contracts := sorted({c for c in contracts if c})):
		return refresh_projects(projects) if projects else None
	refresh_rows(contracts)
	refresh_contracts(contracts)
	refresh_deals(contracts)
	refresh_projects(projects, contracts)
	refresh_customers(contracts)


def refresh_rows(contracts: list[str] | None = None) -> None:
	"""Money received, due date, release and state of payments; one statement."""
	p, c, m = DocType("SPM Payment"), DocType("SPM Contract"), DocType("SPM Milestone")
	project, customer, r = DocType("SPM Project"), DocType("SPM Customer"), DocType("SPM Payment Receipt")
	receipts = (
		frappe.qb.from_(r)
		.select(r.parent, Sum(r.amount).as_("amount"), Max(r.received_date).as_("last_on"))
		.where(r.parenttype == "SPM Payment")
		.groupby(r.parent)
	)
	if contracts is not None:
		own = DocType("SPM Payment").as_("own")
		receipts = receipts.where(
			r.parent.isin(frappe.qb.from_(own).select(own.name).where(own.contract.isin(contracts)))
		)
	receipts = receipts.as_("receipts")
	today = getdate()
	received = Coalesce(receipts.amount, 0)
	is_started = ROUND(received, 2) > 0
	is_paid = is_started & (ROUND(received, 2) >= ROUND(p.amount, 2))
	fired = (
		Case()
		.when(p.trigger_type == "Date", p.trigger_date)
		.when(p.trigger_type == "Event", p.happened_on)
		.when(m.status == "Accepted", Coalesce(m.actual_date, TO_DATE(m.accepted_on)))
		.else_(NullValue())
	)
	expected = (
		Case()
		.when(p.trigger_type == "Milestone", Coalesce(m.forecast_date, m.planned_date))
		.else_(p.trigger_date)
	)
	# GREATEST and LEAST give NULL when one side is NULL; the other then stands in.
	start = Coalesce(GREATEST(fired, p.invoiced_on), fired, p.invoiced_on, expected)
	due = ADDDATE(start, Coalesce(p.term_days, 0))
	fired_by_now = IF(fired <= today, fired, NullValue())
	invoiced_by_now = IF(p.invoiced_on <= today, p.invoiced_on, NullValue())
	released = Coalesce(LEAST(fired_by_now, invoiced_by_now), fired_by_now, invoiced_by_now)
	is_called_off = (Coalesce(m.status, "") == "Cancelled") | (Coalesce(project.status, "") == "Cancelled")
	status = (
		Case()
		.when(c.docstatus == 2, "Cancelled")
		.when(is_paid, "Paid")
		.when((c.docstatus == 0) & is_started, "Partly Paid")
		.when(c.docstatus == 0, "Not Due")
		.when(is_called_off & ~is_started & p.invoiced_on.isnull(), "On Hold")
		.when(released.isnotnull() & (due < today), "Overdue")
		.when(is_started, "Partly Paid")
		.when(p.invoiced_on.isnotnull(), "Invoiced")
		.when(released.isnotnull(), "Due")
		.else_("Not Due")
	)
	left = IF(c.docstatus == 2, 0, GREATEST(ROUND(p.amount - received, 2), 0))
	left_base = (
		Case()
		.when((c.docstatus == 2) | is_paid, 0)
		.when(received == 0, p.amount_base)
		.else_(p.amount_base - ROUND(received * Coalesce(p.exchange_rate, 1), 2))
	)
	query = (
		frappe.qb.update(p)
		.inner_join(c)
		.on(c.name == p.contract)
		.left_join(m)
		.on((m.name == p.milestone) & (p.trigger_type == "Milestone"))
		.left_join(project)
		.on(project.name == p.project)
		.left_join(customer)
		.on(customer.name == p.customer)
		.left_join(receipts)
		.on(receipts.parent == p.name)
	)
	query = _set(
		query,
		p,
		due_date=due,
		released_on=released,
		received=received,
		received_on=receipts.last_on,
		outstanding=left,
		outstanding_base=left_base,
		status=status,
		account_manager=customer.account_manager,
	)
	if contracts is not None:
		query = query.where(p.contract.isin(contracts))
	query.run()


def _sums(p: Any, *group: Any) -> Any:
	"""Sums of payments in both currencies, to be grouped by the caller's columns."""
	invoiced = p.invoiced_on.isnotnull() & (p.status != "Cancelled")
	late = p.status == "Overdue"
	return (
		frappe.qb.from_(p)
		.select(
			*group,
			Sum(IF(invoiced, p.amount, 0)).as_("invoiced"),
			Sum(p.received).as_("received"),
			Sum(p.outstanding).as_("outstanding"),
			Sum(IF(late, p.outstanding, 0)).as_("overdue"),
			Sum(IF(invoiced, p.amount_base, 0)).as_("invoiced_base"),
			Sum(IF(p.status == "Cancelled", 0, p.amount_base - p.outstanding_base)).as_("received_base"),
			Sum(IF(late, p.outstanding_base, 0)).as_("overdue_base"),
			Max(p.received_on).as_("last_on"),
			Min(IF(p.status.isin(UNPAID) & (p.status != "On Hold"), p.due_date, NullValue())).as_("next_on"),
		)
		.groupby(*group)
	)


def refresh_contracts(contracts: list[str] | None = None) -> None:
	"""Invoiced, received, outstanding and overdue of contracts, and whether they run; one statement."""
	p, c = DocType("SPM Payment"), DocType("SPM Contract")
	totals = _sums(p, p.contract)
	if contracts is not None:
		totals = totals.where(p.contract.isin(contracts))
	totals = totals.as_("totals")
	status = (
		Case()
		.when(c.docstatus == 2, "Cancelled")
		.when(c.docstatus == 0, "Draft")
		.when(c.terminated_on.isnotnull(), "Terminated")
		.when(c.end_date < getdate(), "Expired")
		.else_("Active")
	)
	query = frappe.qb.update(c).left_join(totals).on(totals.contract == c.name)
	query = _set(
		query,
		c,
		status=status,
		invoiced=Coalesce(totals.invoiced, 0),
		received=Coalesce(totals.received, 0),
		outstanding=Coalesce(totals.outstanding, 0),
		overdue=Coalesce(totals.overdue, 0),
		last_received_on=totals.last_on,
		next_due_date=totals.next_on,
		received_percent=IF(
			c.total_amount > 0,
			LEAST(100, ROUND(Coalesce(totals.received, 0) * 100 / c.total_amount, 1)),
			0,
		),
	)
	if contracts is not None:
		query = query.where(c.name.isin(contracts))
	query.run()
	_forget("SPM Contract", contracts)


def refresh_deals(contracts: list[str] | None = None, deals: list[str] | None = None) -> None:
	"""What opportunities show of their contracts; one statement.

	:param contracts: names whose opportunities are meant
	:param deals: names of opportunities instead; all of them when both are None
	"""
	p, c, deal = DocType("SPM Payment"), DocType("SPM Contract"), DocType("SPM Opportunity")
	wanted: Any = deals
	if contracts is not None:
		wanted = (
			frappe.qb.from_(c)
			.select(c.opportunity)
			.where(c.name.isin(contracts) & c.opportunity.isnotnull() & (c.opportunity != ""))
		)
	money = _sums(p, p.opportunity).where(p.opportunity.isnotnull() & (p.opportunity != ""))
	signed = DocType("SPM Contract").as_("signed")
	contracted = (
		frappe.qb.from_(signed)
		.select(signed.opportunity, Sum(signed.amount_base).as_("contracted"))
		.where((signed.docstatus == 1) & signed.opportunity.isnotnull())
		.groupby(signed.opportunity)
	)
	if wanted is not None:
		money = money.where(p.opportunity.isin(wanted))
		contracted = contracted.where(signed.opportunity.isin(wanted))
	money, contracted = money.as_("money"), contracted.as_("contracted")
	query = (
		frappe.qb.update(deal)
		.left_join(money)
		.on(money.opportunity == deal.name)
		.left_join(contracted)
		.on(contracted.opportunity == deal.name)
	)
	query = _set(
		query,
		deal,
		contracted_base=Coalesce(contracted.contracted, 0),
		invoiced_base=Coalesce(money.invoiced_base, 0),
		received_base=Coalesce(money.received_base, 0),
		overdue_base=Coalesce(money.overdue_base, 0),
	)
	if wanted is not None:
		query = query.where(deal.name.isin(wanted))
	query.run()


def refresh_projects(projects: list[str] | None = None, contracts: list[str] | None = None) -> None:
	"""What projects show of their contracts: payments that name the project, and their share of the others.

	:param projects: names, in addition to the projects of `contracts`; all projects when both are None
	"""
	names = None
	if projects is not None or contracts is not None:
		names = sorted({*(projects or ()), *(projects_of(contracts) if contracts else ())})
		if not names:
			return
	p, c, project = DocType("SPM Payment"), DocType("SPM Contract"), DocType("SPM Project")
	link = DocType("SPM Contract Project")
	direct = _sums(p, p.project).where(p.project.isnotnull() & (p.project != ""))
	rest = _sums(p, p.contract).where(p.project.isnull() | (p.project == ""))
	if names is not None:
		direct = direct.where(p.project.isin(names))
		own = DocType("SPM Contract Project").as_("own")
		rest = rest.where(
			p.contract.isin(frappe.qb.from_(own).select(own.parent).where(own.project.isin(names)))
		)
	direct, rest = direct.as_("direct"), rest.as_("rest")

	def share(column: Any) -> Any:
		return Sum(ROUND(Coalesce(column, 0) * link.share_percent / 100, 2))

	shared = (
		frappe.qb.from_(link)
		.inner_join(c)
		.on((c.name == link.parent) & (link.parenttype == "SPM Contract"))
		.left_join(rest)
		.on(rest.contract == c.name)
		.select(
			link.project,
			share(IF(c.docstatus == 1, c.amount_base, 0)).as_("contracted"),
			share(rest.invoiced_base).as_("invoiced_base"),
			share(rest.received_base).as_("received_base"),
			share(rest.overdue_base).as_("overdue_base"),
		)
		.groupby(link.project)
	)
	if names is not None:
		shared = shared.where(link.project.isin(names))
	shared = shared.as_("shared")
	query = (
		frappe.qb.update(project)
		.left_join(direct)
		.on(direct.project == project.name)
		.left_join(shared)
		.on(shared.project == project.name)
	)
	query = _set(
		query,
		project,
		contracted_base=Coalesce(shared.contracted, 0),
	)
	for column in ("invoiced_base", "received_base", "overdue_base"):
		query = _set(query, project, **{column: Coalesce(direct[column], 0) + Coalesce(shared[column], 0)})
	if names is not None:
		query = query.where(project.name.isin(names))
	query.run()


def projects_of(contracts: list[str]) -> list[str]:
	"""Projects that contracts or their payments name; one statement."""
	named, paid = DocType("SPM Contract Project"), DocType("SPM Payment")
	return (
		frappe.qb.from_(named)
		.select(named.project)
		.where((named.parenttype == "SPM Contract") & named.parent.isin(contracts))
		.union(
			frappe.qb.from_(paid)
			.select(paid.project)
			.where(paid.contract.isin(contracts) & paid.project.isnotnull() & (paid.project != ""))
		)
		.run(pluck=True)
	)


def refresh_customers(contracts: list[str] | None = None, customers: list[str] | None = None) -> None:
	"""Outstanding and overdue money of customers in base currency; one statement.

	:param contracts: names whose customers are meant
	:param customers: names of customers instead; all of them when both are None
	"""
	p, c, customer = DocType("SPM Payment"), DocType("SPM Contract"), DocType("SPM Customer")
	totals = (
		frappe.qb.from_(p)
		.inner_join(c)
		.on(c.name == p.contract)
		.select(
			p.customer,
			Sum(p.outstanding_base).as_("outstanding"),
			Sum(IF(p.status == "Overdue", p.outstanding_base, 0)).as_("overdue"),
		)
		.where(c.docstatus == 1)
		.groupby(p.customer)
	)
	wanted: Any = customers
	if contracts is not None:
		named = DocType("SPM Contract").as_("named")
		wanted = frappe.qb.from_(named).select(named.customer).where(named.name.isin(contracts))
	if wanted is not None:
		totals = totals.where(p.customer.isin(wanted))
	totals = totals.as_("totals")
	query = frappe.qb.update(customer).left_join(totals).on(totals.customer == customer.name)
	query = _set(
		query,
		customer,
		outstanding_base=Coalesce(totals.outstanding, 0),
		overdue_base=Coalesce(totals.overdue, 0),
		base_currency=base_currency(),
	)
	if wanted is not None:
		query = query.where(customer.name.isin(wanted))
	query.run()
	if wanted is None:
		frappe.clear_document_cache("SPM Customer")


def recompute() -> None:
	"""Compute all figures of payments from nothing."""
	refresh(None)


def _forget(doctype: str, names: list[str] | None) -> None:
	if names is None:
		frappe.clear_document_cache(doctype)
	for name in names or ():
		frappe.clear_document_cache(doctype, name)
