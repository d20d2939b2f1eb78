"""Scores of customers and people that change with time alone: computed every night, for all at once.

Talks are counted by the database, the arithmetic is in `rules`; only rows that changed are written.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce, Count, Max, Sum
from frappe.utils import add_days, cint, flt, getdate, now_datetime
from pypika import Case

from sales_crm_pm.loop import tiers
from sales_crm_pm.loop.figures import FINISHED
from sales_crm_pm.loop.sets import update_rows
from sales_crm_pm.rules import churn, relationship, rfm

CUSTOMER = "SPM Customer"
COLLEAGUES_FOR_FULL = 2
"""How many of us should know one person."""


def run() -> dict[str, int]:
	"""Nightly job: values, relationships, churn risks, RFM scores, then tiers; twice does no harm.

	:return: how many customers, people and tiers changed
	"""
	today = getdate()
	refresh_values()
	customers = refresh_customers(today)
	people = refresh_people(today)
	return {"customers": customers, "people": people, "tiers": tiers.apply("Nightly")}


def refresh_values(customers: list[str] | None = None) -> None:
	"""Customer value by revenue and by margin, from deals and projects; one statement."""
	table, deals, projects = DocType(CUSTOMER), DocType("SPM Opportunity"), DocType("SPM Project")
	is_open, won = deals.status == "Open", deals.status == "Won"
	share = Coalesce(deals.probability, 0) / 100
	by_deal = (
		frappe.qb.from_(deals)
		.select(
			deals.customer,
			Sum(Case().when(won, deals.amount_base).when(is_open, deals.weighted_amount).else_(0)).as_(
				"revenue"
			),
			Sum(Case().when(is_open, deals.expected_margin * share).else_(0)).as_("coming"),
		)
		.where(deals.status.isin(["Open", "Won"]))
		.groupby(deals.customer)
	)
	by_project = (
		frappe.qb.from_(projects)
		.select(
			projects.customer,
			Sum(
				Coalesce(projects.price_base, 0)
				- Case()
				.when(Coalesce(projects.actual_cost, 0) > 0, projects.actual_cost)
				.else_(Coalesce(projects.budget_cost, 0))
			).as_("margin"),
		)
		.where(projects.status.isin(FINISHED))
		.groupby(projects.customer)
	)
	if customers is not None:
		by_deal = by_deal.where(deals.customer.isin(customers))
		by_project = by_project.where(projects.customer.isin(customers))
	by_deal, by_project = by_deal.as_("by_deal"), by_project.as_("by_project")
	query = (
		frappe.qb.update(table)
		.left_join(by_deal)
		.on(by_deal.customer == table.name)
		.left_join(by_project)
		.on(by_project.customer == table.name)
		.set(table.clv_revenue, Coalesce(by_deal.revenue, 0))
		.set(table.clv_margin, Coalesce(by_project.margin, 0) + Coalesce(by_deal.coming, 0))
	)
	if customers is not None:
		query = query.where(table.name.isin(customers))
	query.run()
	for name in customers or ():
		frappe.clear_document_cache(CUSTOMER, name)
	if customers is None:
		frappe.clear_document_cache(CUSTOMER)


def refresh_customers(today: date | None = None) -> int:
	"""Relationship strength, churn risk and RFM scores of all customers; returns how many changed."""
	today = today or getdate()
	rows = frappe.get_all(
		CUSTOMER,
		fields=[
			"name",
			"disabled",
			"won_count",
			"won_amount_base",
			"last_won_on",
			"last_interaction_on",
			"creation",
			"open_deals",
			"active_projects",
			"late_projects",
			"csat_avg",
			"relationship_strength",
			"churn_risk",
			"r_score",
			"f_score",
			"m_score",
		],
		order_by=None,
		limit_page_length=0,
	)
	talks = talks_with_customers(today)
	scores = rfm.scores(
		tiers.buyers_of([row for row in rows if not row.disabled], today),
		tiers.limits(tiers.current_settings()),
	)
	changed = {}
	for row in rows:
		strength = relationship.strength(talks.get(row.name, relationship.Talks())).score
		three = scores.get(row.name, (0, 0, 0))
		values = {
			"relationship_strength": strength,
			"churn_risk": churn.risk(signs_of(row, strength, today)).score or 0,
			"r_score": three[0],
			"f_score": three[1],
			"m_score": three[2],
		}
		if any(cint(row.get(field)) != value for field, value in values.items()):
			changed[row.name] = values
	update_rows(CUSTOMER, changed)
	return len(changed)


def refresh_people(today: date | None = None) -> int:
	"""Relationship strength of every contact we talk or talked with; returns how many changed."""
	today = today or getdate()
	talks = talks_with_people(today)
	stored = dict(
		frappe.get_all(
			"Contact",
			filters={"relationship_strength": [">", 0]},
			fields=["name", "relationship_strength"],
			as_list=True,
			limit_page_length=0,
		)
	)
	changed = {}
	for name in {*talks, *stored}:
		score = person_strength(talks.get(name)).score
		if score != cint(stored.get(name)):
			changed[name] = {"relationship_strength": score}
	update_rows("Contact", changed)
	return len(changed)


def person_strength(talks: relationship.Talks | None) -> relationship.Strength:
	"""Strength of the relationship with one person; breadth are the colleagues who know the person."""
	return relationship.strength(talks or relationship.Talks(), COLLEAGUES_FOR_FULL)


def signs_of(row: Any, strength: int, today: date) -> churn.Signs:
	"""What a customer's own figures say about losing it."""

	def days(value: Any) -> int | None:
		return (today - getdate(value)).days if value else None

	return churn.Signs(
		has_bought=cint(row.won_count) > 0,
		days_silent=days(row.last_interaction_on),
		days_since_win=days(row.last_won_on),
		open_deals=cint(row.open_deals),
		active_projects=cint(row.active_projects),
		late_projects=cint(row.late_projects),
		csat=flt(row.csat_avg) or None,
		strength=strength,
	)


# Counting talks
# ------------------


def talks_with_customers(
	today: date, customers: list[str] | None = None, seen: Any = None
) -> dict[str, relationship.Talks]:
	"""Talks of the window per customer, and with how many people; one statement.

	:param seen: condition on the talks that may be counted
	"""
	t, p = DocType("SPM Interaction"), DocType("SPM Interaction Participant")
	who = Coalesce(p.contact, t.contact)
	query = _talks(t, p, today).select(t.customer.as_("key"), Count(who).distinct().as_("people"))
	query = query.where(t.customer.isnotnull()).groupby(t.customer)
	if customers is not None:
		query = query.where(t.customer.isin(customers))
	return _counted(query if seen is None else query.where(seen), today)


def talks_with_people(
	today: date, contacts: Iterable[str] | None = None, seen: Any = None
) -> dict[str, relationship.Talks]:
	"""Talks of the window per contact, and by how many of us; one statement."""
	t, p = DocType("SPM Interaction"), DocType("SPM Interaction Participant")
	who = Coalesce(p.contact, t.contact)
	query = _talks(t, p, today).select(who.as_("key"), Count(t.owner).distinct().as_("people"))
	query = query.where(who.isnotnull()).groupby(who)
	if contacts is not None:
		query = query.where(who.isin(sorted(contacts) or [""]))
	return _counted(query if seen is None else query.where(seen), today)


def _talks(t: Any, p: Any, today: date) -> Any:
	"""Talks of the window with those who took part; a talk counts once however many there were."""
	incoming = Case().when(t.direction == "Incoming", t.name)
	return (
		frappe.qb.from_(t)
		.left_join(p)
		.on(
			(p.parent == t.name)
			& (p.parenttype == "SPM Interaction")
			& p.contact.isnotnull()
			& (p.contact != "")
		)
		.select(
			Count(t.name).distinct().as_("talks"),
			Count(incoming).distinct().as_("incoming"),
			Max(t.happened_on).as_("last_on"),
		)
		.where(
			(t.happened_on >= add_days(today, -relationship.WINDOW_DAYS))
			& (t.happened_on <= now_datetime())
			& (t.interaction_type != "Note")
		)
	)


def _counted(query: Any, today: date) -> dict[str, relationship.Talks]:
	return {
		row.key: relationship.Talks(
			max(0, (today - getdate(row.last_on)).days), cint(row.talks), cint(row.incoming), cint(row.people)
		)
		for row in query.run(as_dict=True)
	}
