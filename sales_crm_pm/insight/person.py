"""One page per colleague: what they have to do, sell, deliver and how promptly they write things down.

Everything is narrowed to what the reader may see, so that two readers may see different numbers.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce, Count, Sum
from frappe.utils import add_days, cint, flt, get_first_day_of_week, get_year_start, getdate, now_datetime
from pypika import Case

from sales_crm_pm.insight import work
from sales_crm_pm.loop.figures import ACTIVE
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.query import readable_rows
from sales_crm_pm.permissions.rules import DESK_ROLES
from sales_crm_pm.rules.rates import timeliness

CAP = 20
LOG_DAYS = 90
"""Days back over which the promptness of logging is judged."""
OPEN_TASKS = ("Open", "Working", "Pending Review", "Blocked")


def page(user: Any, length: int = 20) -> dict[str, Any]:
	"""What a colleague is at work on, with a fixed number of statements.

	:param user: User document (checked by the caller of this)
	:param length: how many rows of work
	:return: profile, figures, load, logging, work, opportunities, projects, contracts, base_currency
	"""
	name = user.name
	return {
		"profile": {
			"user": name,
			"full_name": user.full_name,
			"image": user.user_image,
			"email": user.email,
			"mobile": user.mobile_no or user.phone,
			"roles": [_(role.role) for role in user.roles if role.role in DESK_ROLES],
		},
		"figures": {**_deals(name), **_projects_of(name)},
		"load": _load(name),
		"logging": logging_of(name),
		"work": work.page(name, 0, length),
		"opportunities": _list(
			"SPM Opportunity",
			{"opportunity_owner": name, "status": ["in", ["Open", "On Hold"]]},
			[
				"name",
				"title",
				"customer_name",
				"stage",
				"amount_base",
				"expected_close_date",
				"next_step_date",
			],
			"expected_close_date asc",
		),
		"projects": _list(
			"SPM Project",
			{"project_manager": name, "status": ["in", list(ACTIVE)]},
			[
				"name",
				"project_name",
				"customer_name",
				"status",
				"health",
				"percent_complete",
				"forecast_end_date",
			],
			"forecast_end_date asc",
		),
		"contracts": _list(
			"SPM Contract",
			{"contract_owner": name, "status": ["in", ["Draft", "Active"]]},
			[
				"name",
				"title",
				"customer_name",
				"status",
				"total_amount",
				"currency",
				"received_percent",
				"end_date",
			],
			"end_date asc",
		),
		"base_currency": base_currency(),
	}


def people(search: str = "") -> list[dict[str, Any]]:
	"""Colleagues with a role of ours, by name."""
	users, roles = DocType("User"), DocType("Has Role")
	query = (
		frappe.qb.from_(users)
		.inner_join(roles)
		.on((roles.parent == users.name) & (roles.parenttype == "User") & roles.role.isin(list(DESK_ROLES)))
		.select(users.name, users.full_name, users.user_image.as_("image"))
		.distinct()
		.where((users.enabled == 1) & (users.user_type == "System User"))
		.orderby(users.full_name)
		.limit(100)
	)
	if search:
		query = query.where(users.full_name.like(f"%{search}%") | users.name.like(f"%{search}%"))
	return query.run(as_dict=True)


def logging_of(user: str) -> dict[str, Any]:
	"""How many talks of late by type, and how many of them were written down in time; one statement."""
	talks = DocType("SPM Interaction")
	limit = log_limit()
	query = (
		frappe.qb.from_(talks)
		.select(
			talks.interaction_type,
			Count("*").as_("talks"),
			Sum(Case().when(talks.logged_delay_hours <= limit, 1).else_(0)).as_("in_time"),
		)
		.where((talks.owner == user) & (talks.happened_on >= add_days(now_datetime(), -LOG_DAYS)))
		.groupby(talks.interaction_type)
	)
	rows = _narrowed(query, "SPM Interaction").run(as_dict=True)
	logged = sum(row.talks for row in rows)
	in_time = sum(cint(row.in_time) for row in rows)
	return {
		"days": LOG_DAYS,
		"hours": limit,
		"logged": logged,
		"in_time": in_time,
		"timeliness": timeliness(in_time, logged),
		"by_type": {row.interaction_type: row.talks for row in rows},
	}


def log_limit() -> int:
	"""Hours within which a talk counts as logged in time."""
	return cint(frappe.get_cached_doc("SPM Settings").log_within_hours) or 24


def _narrowed(query: Any, doctype: str) -> Any:
	visible = readable_rows(doctype)
	return query if visible is None else query.where(visible)


def _deals(user: str) -> dict[str, Any]:
	deals = DocType("SPM Opportunity")
	is_open = deals.status == "Open"
	won = (deals.status == "Won") & (deals.won_on >= getdate(get_year_start(getdate())))
	query = (
		frappe.qb.from_(deals)
		.select(
			Sum(Case().when(is_open, 1).else_(0)).as_("open_deals"),
			Sum(Case().when(is_open, deals.amount_base).else_(0)).as_("open_amount"),
			Sum(Case().when(is_open, deals.weighted_amount).else_(0)).as_("weighted_amount"),
			Sum(Case().when(won, 1).else_(0)).as_("won_deals"),
			Sum(Case().when(won, deals.amount_base).else_(0)).as_("won_amount"),
		)
		.where(deals.opportunity_owner == user)
	)
	row = _narrowed(query, "SPM Opportunity").run(as_dict=True)[0]
	return {key: flt(value) if key.endswith("amount") else cint(value) for key, value in row.items()}


def _projects_of(user: str) -> dict[str, Any]:
	projects = DocType("SPM Project")
	query = (
		frappe.qb.from_(projects)
		.select(
			Count("*").as_("running_projects"),
			Sum(Case().when(projects.health == "Red", 1).else_(0)).as_("red_projects"),
			Sum(Case().when(projects.health == "Amber", 1).else_(0)).as_("amber_projects"),
		)
		.where((projects.project_manager == user) & projects.status.isin(ACTIVE))
	)
	return {key: cint(value) for key, value in _narrowed(query, "SPM Project").run(as_dict=True)[0].items()}


def _load(user: str) -> dict[str, Any]:
	"""Open tasks and the hours that are left in them, in all and until the end of this and of the next week."""
	tasks = DocType("SPM Task")
	today = getdate()
	this_week = getdate(add_days(get_first_day_of_week(today), 6))
	next_week = getdate(add_days(this_week, 7))
	left = Coalesce(tasks.estimate_hours, 0) - Coalesce(tasks.actual_hours, 0)
	left = Case().when(left > 0, left).else_(0)
	query = (
		frappe.qb.from_(tasks)
		.select(
			Count("*").as_("open_tasks"),
			Sum(Case().when(tasks.planned_end_date < today, 1).else_(0)).as_("late_tasks"),
			Sum(left).as_("hours_left"),
			Sum(Case().when(tasks.planned_end_date <= this_week, left).else_(0)).as_("hours_this_week"),
			Sum(
				Case()
				.when((tasks.planned_end_date > this_week) & (tasks.planned_end_date <= next_week), left)
				.else_(0)
			).as_("hours_next_week"),
		)
		.where((tasks.assigned_to == user) & tasks.status.isin(OPEN_TASKS))
	)
	row = _narrowed(query, "SPM Task").run(as_dict=True)[0]
	return {key: flt(value, 1) if key.startswith("hours") else cint(value) for key, value in row.items()}


def _list(doctype: str, filters: dict[str, Any], fields: list[str], order_by: str) -> list[dict[str, Any]]:
	if not frappe.has_permission(doctype, "read"):
		return []
	return frappe.get_list(doctype, filters=filters, fields=fields, order_by=order_by, limit_page_length=CAP)
