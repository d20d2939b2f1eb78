"""What a customer shows of its deals, talks and health, computed by statements over whole sets.

Every function takes a list of customers, or None for all of them, and needs the same number of statements
for one customer as for thousands. Nothing stored is used to compute, so a run over everything gives the
same numbers as the running totals.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.query_builder import CustomFunction, DocType
from frappe.query_builder.functions import Coalesce, Count, Max, Min, Sum
from frappe.utils import cint, getdate, now_datetime
from pypika import Case

from sales_crm_pm.loop import customer_tree, lifecycle
from sales_crm_pm.loop.figures import ACTIVE
from sales_crm_pm.loop.money import base_currency

DEAL_FIGURES = ("won_amount_base", "open_pipeline_base")
LEAST = CustomFunction("LEAST", ["first", "second"])


def refresh(customers: list[str] | None = None) -> None:
	"""Bring all sales figures of these customers up to date (all customers when None)."""
	refresh_deals(customers)
	refresh_talks(customers)
	refresh_health(customers)


def refresh_deals(customers: list[str] | None = None) -> None:
	"""Wins, open pipeline and the place in the customer's life, from its opportunities.

	One statement writes them; what was there before is read first, so that moves can be logged and the
	difference carried up to the parent company. Looking again afterwards is spared where neither can be.
	"""
	if (customers := _named(customers)) == []:
		return
	before = _standing(customers)
	_write_deals(customers)
	if customers is None:
		after = _standing(None)
		customer_tree.refresh()
	elif any(_can_change_others(row) for row in before.values()):
		after = _standing(customers)
		customer_tree.carry_up(before, after)
	else:
		return
	lifecycle.deals_changed(before, after)


def _standing(customers: list[str] | None) -> dict[str, Any]:
	"""Place in life and figures of customers; locked, unless all are asked for."""
	table = DocType("SPM Customer")
	columns = dict.fromkeys((*lifecycle.COLUMNS, "parent_customer", customer_tree.COUNT, *DEAL_FIGURES))
	query = frappe.qb.from_(table).select(*[table[column] for column in columns])
	if customers is not None:
		query = query.where(table.name.isin(customers)).for_update()
	return {row.name: row for row in query.run(as_dict=True)}


def _can_change_others(row: Any) -> bool:
	return bool(
		row.parent_customer
		or row.get(customer_tree.COUNT)
		or lifecycle.can_move_by_deals(row.lifecycle_stage or "")
	)


def _write_deals(customers: list[str] | None) -> None:
	deals, table = DocType("SPM Opportunity"), DocType("SPM Customer")
	won, is_open = deals.status == "Won", deals.status == "Open"
	totals = (
		frappe.qb.from_(deals)
		.select(
			deals.customer,
			Sum(Case().when(won, 1).else_(0)).as_("wins"),
			Sum(Case().when(won, deals.amount_base).else_(0)).as_("won_amount"),
			Min(Case().when(won, deals.won_on)).as_("first_won"),
			Max(Case().when(won, deals.won_on)).as_("last_won"),
			Sum(Case().when(is_open, deals.amount_base).else_(0)).as_("open_amount"),
			Sum(Case().when(is_open, 1).else_(0)).as_("open_count"),
		)
		.groupby(deals.customer)
	)
	if customers is not None:
		totals = totals.where(deals.customer.isin(customers))
	totals = totals.as_("totals")

	has_open = Coalesce(totals.open_count, 0) > 0
	has_won = Coalesce(totals.wins, 0) > 0
	stage = Coalesce(table.lifecycle_stage, "")
	asleep = stage.isin(["Dormant", "Lost"])
	# What somebody set by hand stays until there is a new deal or a new win.
	is_event = (Coalesce(totals.wins, 0) > Coalesce(table.won_count, 0)) | (
		Coalesce(totals.open_count, 0) > Coalesce(table.open_deals, 0)
	)
	# The same steps as rules.sales.lifecycle_after; a test walks both through every case.
	target = (
		Case()
		.when((Coalesce(table.lifecycle_by_hand, 0) == 1) & ~is_event & (stage != ""), table.lifecycle_stage)
		.when(asleep & ~has_open, table.lifecycle_stage)
		.when(has_won & stage.isin(["", "Prospect", "Following", "Dormant", "Lost"]), "Converted")
		.when(has_open & stage.isin(["", "Prospect", "Dormant", "Lost"]), "Following")
		.when(stage == "", "Prospect")
		.else_(table.lifecycle_stage)
	)
	query = (
		frappe.qb.update(table)
		.left_join(totals)
		.on(totals.customer == table.name)
		# These look at the stage and the counts of before, so they come before them.
		.set(
			table.lifecycle_changed_on,
			Case().when(target != stage, now_datetime()).else_(table.lifecycle_changed_on),
		)
		.set(table.lifecycle_reason, Case().when(target == stage, table.lifecycle_reason))
		.set(table.lifecycle_by_hand, Case().when(is_event, 0).else_(table.lifecycle_by_hand))
		.set(table.lifecycle_stage, target)
		.set(table.open_deals, Coalesce(totals.open_count, 0))
		.set(table.won_count, Coalesce(totals.wins, 0))
		.set(table.won_amount_base, Coalesce(totals.won_amount, 0))
		.set(table.first_won_on, totals.first_won)
		.set(table.last_won_on, totals.last_won)
		.set(table.open_pipeline_base, Coalesce(totals.open_amount, 0))
		.set(table.base_currency, base_currency())
	)
	_run(query, table, customers)


def refresh_talks(customers: list[str] | None = None) -> None:
	"""Last talk and next follow-up date, from interactions and the next steps of open deals; one statement."""
	if (customers := _named(customers)) == []:
		return
	talks, deals, table = DocType("SPM Interaction"), DocType("SPM Opportunity"), DocType("SPM Customer")
	today, now = getdate(), now_datetime()
	spoken = (
		frappe.qb.from_(talks)
		.select(
			talks.customer,
			Max(Case().when(talks.happened_on <= now, talks.happened_on)).as_("last_on"),
			Min(
				Case().when((talks.next_date >= today) & (talks.follow_up_status == "Open"), talks.next_date)
			).as_("next_on"),
		)
		.groupby(talks.customer)
	)
	steps = (
		frappe.qb.from_(deals)
		.select(deals.customer, Min(deals.next_step_date).as_("next_on"))
		.where((deals.status == "Open") & (deals.next_step_date >= today))
		.groupby(deals.customer)
	)
	if customers is not None:
		spoken = spoken.where(talks.customer.isin(customers))
		steps = steps.where(deals.customer.isin(customers))
	spoken, steps = spoken.as_("spoken"), steps.as_("steps")
	# LEAST gives NULL when one side is NULL, so each side stands in for the other.
	least = LEAST(Coalesce(spoken.next_on, steps.next_on), Coalesce(steps.next_on, spoken.next_on))
	query = (
		frappe.qb.update(table)
		.left_join(spoken)
		.on(spoken.customer == table.name)
		.left_join(steps)
		.on(steps.customer == table.name)
		.set(table.last_interaction_on, spoken.last_on)
		.set(table.next_followup_on, least)
	)
	_run(query, table, customers)


def refresh_health(customers: list[str] | None = None) -> None:
	"""Traffic light of customers from the health of running projects and satisfaction; one statement.

	The same steps as `rules.sales.customer_health`; a test walks both through every case.
	"""
	if (customers := _named(customers)) == []:
		return
	table = DocType("SPM Customer")
	lights = running_projects(customers).as_("lights")
	light = light_of(lights, table)
	query = (
		frappe.qb.update(table).left_join(lights).on(lights.customer == table.name).set(table.health, light)
	)
	_run(query, table, customers)


def running_projects(customers: list[str] | None = None) -> Any:
	"""Sub-select that counts the running projects of customers, to which the caller may add columns.

	:param customers: names, or None for all of them
	:return: query with the columns customer, active, red and amber, one row per customer that has any
	"""
	projects = DocType("SPM Project")
	query = (
		frappe.qb.from_(projects)
		.select(
			projects.customer,
			Count("*").as_("active"),
			Sum(Case().when(projects.health == "Red", 1).else_(0)).as_("red"),
			Sum(Case().when(projects.health == "Amber", 1).else_(0)).as_("amber"),
		)
		.where(projects.status.isin(ACTIVE))
		.groupby(projects.customer)
	)
	return query if customers is None else query.where(projects.customer.isin(customers))


def light_of(lights: Any, table: Any) -> Case:
	"""The traffic light of a customer as an SQL term, for whoever counts its projects in the same statement.

	:param lights: joined sub-select with the columns active, red and amber (projects of the customer)
	:param table: the SPM Customer table being updated
	"""
	csat = Coalesce(table.csat_avg, 0)
	low = cint(frappe.get_cached_doc("SPM Settings").survey_low_score) or 2
	return (
		Case()
		.when((Coalesce(lights.active, 0) == 0) & (csat == 0), "")
		.when((Coalesce(lights.red, 0) > 0) | ((csat > 0) & (csat <= low)), "Red")
		.when((Coalesce(lights.amber, 0) > 0) | ((csat > 0) & (csat < 4)), "Amber")
		.else_("Green")
	)


def refresh_dated_figures() -> None:
	"""Daily job: yesterday's next step is no longer next, and health follows the projects."""
	refresh_talks()
	refresh_health()


def _named(customers: list[str] | None) -> list[str] | None:
	"""The customers without blanks and doubles, in one order everywhere so that savers lock alike."""
	return None if customers is None else sorted({c for c in customers if c})


def _run(query: Any, table: Any, customers: list[str] | None) -> None:
	if customers is not None:
		query = query.where(table.name.isin(customers))
	query.run()
	if customers is None:
		frappe.clear_document_cache("SPM Customer")
	for name in customers or ():
		frappe.clear_document_cache("SPM Customer", name)
