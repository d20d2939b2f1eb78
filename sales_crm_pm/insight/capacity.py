"""Capacity against load: people and weeks, what a cell is made of, who is free, and who is on what.

Every answer takes the same number of statements whatever number of people, weeks and bookings there is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import add_days, cint, flt, getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import allocation, capacity
from sales_crm_pm.permissions import teams
from sales_crm_pm.permissions.query import readable_rows, visible_names, writable_rows
from sales_crm_pm.permissions.rules import DELIVERY_MEMBER, EXECUTIVE, PROJECT_MANAGER
from sales_crm_pm.rules import capacity as rules

ALLOCATION = "SPM Allocation"
UNITS = {"Week": 53, "Day": 62}
"""The most periods of each kind that are answered at once."""
MOST_PEOPLE = 200
MOST_FREE = 50
WORKING_ROLES = (DELIVERY_MEMBER, PROJECT_MANAGER)
"""Roles of people who are planned unless their capacity record says otherwise."""


@dataclass(frozen=True)
class Choice:
	"""Whom the page is about."""

	role: str | None = None
	skill: str | None = None
	level: int = 1
	team: str | None = None
	project: str | None = None


def sees_everybody() -> bool:
	"""Whether the reader sees what everybody is booked for; others see themselves and what is theirs."""
	return capacity.plans_people() or EXECUTIVE in frappe.get_roles()


# The heat map
# ------------------


def heat_map(start: date, unit: str, count: int, choice: Choice) -> dict[str, Any]:
	"""People (grouped by role) against weeks or days: hours there are, confirmed, tentative and weighted.

	:return: periods, groups (each with people, open demand and sums), totals, and the limits of the colours
	"""
	if unit not in UNITS:
		frappe.throw(_("The unit is Week or Day."), exc=SPMError)
	periods = rules.periods(start, unit, min(max(cint(count), 1), UNITS[unit]))
	first, last = periods[0][0], periods[-1][1]
	rows = bookings(first, last)
	people = planned_people(choice, rows)
	workers = capacity.workers([person.user for person in people], first, last)
	by_user, by_role = _sorted_out(rows)
	groups: dict[str, dict[str, Any]] = {}
	for person in people:
		worker = workers[person.user]
		booked = by_user.get(person.user, [])
		cells = [rules.load(worker, booked, *period) for period in periods]
		group = groups.setdefault(person.project_role or "", {"people": [], "loads": []})
		group["people"].append(
			{**person, "hours_per_day": worker.hours_per_day, "cells": list(map(_cell, cells))}
		)
		group["loads"].append(cells)
	site = capacity.site_worker()
	for role, wanted in by_role.items():
		wanted = [b for b in wanted if not choice.project or b.project == choice.project]
		if not wanted or (choice.role and role != choice.role) or choice.team or choice.skill:
			continue
		group = groups.setdefault(role, {"people": [], "loads": []})
		group["demand"] = [rules.demand(site, (b.booking for b in wanted), *period) for period in periods]
	settings = frappe.get_cached_doc("SPM Settings")
	return {
		"start": first,
		"end": last,
		"unit": unit,
		"periods": [_period(period, site) for period in periods],
		"groups": [
			_group(role, groups[role], len(periods)) for role in sorted(groups, key=lambda r: (not r, _(r)))
		],
		"limit": flt(settings.get("over_allocation_percent")) or 100,
		"hours_per_day": site.hours_per_day,
		"low": flt(settings.get("utilisation_low")),
		"high": flt(settings.get("utilisation_high")),
		"partial": not sees_everybody(),
		"more": max(0, people.found - MOST_PEOPLE),
	}


def bookings(start: date, end: date) -> list[frappe._dict]:
	"""The allocations the reader may see that touch these days; one statement."""
	table = DocType(ALLOCATION)
	query = (
		frappe.qb.from_(table)
		.select(*[table[column] for column in capacity.COLUMNS])
		.where((table.from_date <= end) & (table.to_date >= start))
		.where((table.status == capacity.CONFIRMED) | (table.probability > 0))
		.orderby(table.from_date)
		.orderby(table.name)
	)
	visible = readable_rows(ALLOCATION)
	if visible is not None:
		query = query.where(visible)
	return query.run(as_dict=True)


def _sorted_out(rows: list[frappe._dict]) -> tuple[dict[str, list], dict[str, list]]:
	"""Bookings by person, and rows without a person by role."""
	by_user, by_role = defaultdict(list), defaultdict(list)
	for row in rows:
		row.booking = capacity.booking_of(row)
		if row.user:
			by_user[row.user].append(row.booking)
		else:
			by_role[row.project_role or ""].append(row)
	return by_user, by_role


def _cell(load: rules.Load) -> dict[str, float]:
	return {
		"available": flt(load.available, 1),
		"confirmed": flt(load.confirmed, 1),
		"tentative": flt(load.tentative, 1),
		"weighted": flt(load.weighted, 1),
		"peak_confirmed": flt(load.peak_confirmed, 1),
		"peak": flt(load.peak, 1),
		"peak_full": flt(load.peak_full, 1),
		"away_days": flt(load.away_days, 1),
	}


def _period(period: tuple[date, date], site: rules.Worker) -> dict[str, Any]:
	start, end = period
	return {
		"start": start,
		"end": end,
		"working_days": rules.working_days(start, end, site.calendar),
		"holiday": ", ".join(holiday_names(start, end).values()),
	}


def holiday_names(start: date, end: date) -> dict[date, str]:
	"""Days off of the site from one day to another, with what they are called."""
	rows = frappe.get_cached_doc("SPM Settings").get("holidays") or []
	return {
		getdate(row.holiday_date): row.description or _("Holiday")
		for row in rows
		if not row.is_working_day and start <= getdate(row.holiday_date) <= end
	}


def _group(role: str, group: dict[str, Any], count: int) -> dict[str, Any]:
	sums = [_cell(_sum(loads[n] for loads in group["loads"])) for n in range(count)]
	demand = group.get("demand")
	return {
		"role": role,
		"label": _(role) if role else _("Without a role"),
		"people": group["people"],
		"sums": sums,
		"demand": [_cell(load) for load in demand] if demand else None,
	}


def _sum(loads: Iterable[rules.Load]) -> rules.Load:
	found = rules.Load()
	for load in loads:
		for field in ("available", "confirmed", "tentative", "weighted", "away_days"):
			setattr(found, field, getattr(found, field) + getattr(load, field))
	found.peak_confirmed = rules.percent(found.confirmed, found.available) or 0
	found.peak = found.percent or 0
	found.peak_full = rules.percent(found.confirmed + found.tentative, found.available) or 0
	return found


# Who is there
# ------------------


class People(list):
	"""The people shown; `found` is how many there are."""

	found = 0


def planned_people(choice: Choice, rows: list[frappe._dict]) -> People:
	"""The people a reader plans or is, by name: one statement, one more each for a skill and a project."""
	booked = {row.user for row in rows if row.user}
	users = DocType("User")
	if sees_everybody():
		query = _query(choice, also=booked)
	else:
		query = _query(choice, only={frappe.session.user, *booked})
	if choice.team:
		query = query.where(users.name.isin(list(teams.members_of(choice.team)[0]) or [""]))
	if choice.project:
		on_it = {row.user for row in rows if row.project == choice.project}
		query = query.where(users.name.isin(list(on_it | _members(choice.project)) or [""]))
	found = query.run(as_dict=True)
	shown = People(found[:MOST_PEOPLE])
	shown.found = len(found)
	for person in shown:
		person.name = person.name or person.user
		person.image = person.image or ""
	return shown


def _query(choice: Choice, also: Iterable[str] = (), only: Iterable[str] | None = None) -> Any:
	"""Query for people who are planned, of the wanted role and skill, by name.

	:param also: people who count whatever their roles are
	:param only: exactly these people instead
	"""
	users, roles, own = DocType("User"), DocType("Has Role"), DocType("SPM Person Capacity")
	query = (
		frappe.qb.from_(users)
		.left_join(own)
		.on(own.user == users.name)
		.select(
			users.name.as_("user"),
			users.full_name.as_("name"),
			users.user_image.as_("image"),
			own.project_role,
			own.target_utilisation,
		)
		.where((users.enabled == 1) & users.name.notin(["Administrator", "Guest"]))
		.where(own.left_out.isnull() | (own.left_out == 0))
		.orderby(users.full_name)
	)
	if only is not None:
		query = query.where(users.name.isin(sorted(only)))
	else:
		working = (
			frappe.qb.from_(roles)
			.select(roles.parent)
			.where((roles.parenttype == "User") & roles.role.isin(WORKING_ROLES))
		)
		query = query.where(
			users.name.isin(working) | own.name.isnotnull() | users.name.isin(sorted(also) or [""])
		)
	if choice.role:
		query = query.where(own.project_role == choice.role)
	if choice.skill:
		query = query.where(users.name.isin(list(_skilled(choice)) or [""]))
	return query


def _members(project: str) -> set[str]:
	frappe.has_permission("SPM Project", "read", doc=project, throw=True)
	return set(
		frappe.get_all(
			"SPM Project Member", filters={"parent": project, "parenttype": "SPM Project"}, pluck="user"
		)
	)


def _skilled(choice: Choice) -> dict[str, int]:
	"""Level by person for those who have the skill at least at the wanted level."""
	return dict(
		frappe.get_all(
			"SPM Person Skill",
			filters={"skill": choice.skill, "level": [">=", cint(choice.level) or 1]},
			fields=["user", "level"],
			as_list=True,
			limit_page_length=0,
		)
	)


# One cell
# ------------------


def cell(start: date, end: date, user: str | None = None, role: str | None = None) -> dict[str, Any]:
	"""What makes up a cell: bookings with their hours in these days, leave and holidays.

	:param user: the person; else `role`, the demand of which nobody fills yet
	"""
	rows = [row for row in bookings(start, end) if _is_in(row, user, role)]
	worker = capacity.workers([user], start, end)[user] if user else capacity.site_worker()
	names = [row.name for row in rows]
	titles = allocation.target_titles(rows)
	seen = {
		doctype: visible_names(doctype, list({row[field] for row in rows if row[field]}))
		for doctype, field in (("SPM Project", "project"), ("SPM Opportunity", "opportunity"))
	}
	changeable = _changeable(names)
	booked = []
	for row in rows:
		booking = capacity.booking_of(row)
		hours = rules.total_hours(booking, worker, start, end)
		kind, name = ("SPM Project", row.project) if row.project else ("SPM Opportunity", row.opportunity)
		booked.append(
			{
				**{
					field: row[field]
					for field in ("name", "status", "probability", "from_date", "to_date", "note", "user")
				},
				"percent": flt(row.percent, 1),
				"title": titles.get(name) or name,
				"doctype": kind,
				"target": name if name in seen[kind] else None,
				"hours": flt(hours, 1),
				"weighted": flt(hours * booking.weight, 1),
				"may_write": row.name in changeable,
			}
		)
	load = rules.load(worker, [capacity.booking_of(row) for row in rows], start, end)
	return {
		**_cell(load),
		"start": start,
		"end": end,
		"bookings": booked,
		"absences": _absences([user], start, end).get(user, []) if user else [],
		"holidays": [{"date": day, "name": name} for day, name in holiday_names(start, end).items()],
		"may_create": frappe.has_permission(ALLOCATION, "create"),
	}


def _is_in(row: frappe._dict, user: str | None, role: str | None) -> bool:
	return row.user == user if user else not row.user and (row.project_role or "") == (role or "")


def _changeable(names: list[str]) -> set[str]:
	"""Those of the allocations that the reader may move; one statement."""
	if not names:
		return set()
	table = DocType(ALLOCATION)
	query = frappe.qb.from_(table).select(table.name).where(table.name.isin(names))
	reach = writable_rows(ALLOCATION)
	return set((query if reach is None else query.where(reach)).run(pluck=True))


def _absences(users: list[str], start: date, end: date) -> dict[str, list[dict[str, Any]]]:
	"""Leave by person. Why somebody is away is only for the person and those who plan people."""
	table = DocType("SPM Absence")
	rows = (
		frappe.qb.from_(table)
		.select(table.name, table.user, table.from_date, table.to_date, table.reason, table.half_day)
		.where(table.user.isin(list(users) or [""]))
		.where((table.from_date <= end) & (table.to_date >= start))
		.orderby(table.from_date)
		.run(as_dict=True)
	)
	may_know = sees_everybody()
	found = defaultdict(list)
	for row in rows:
		is_open = may_know or row.user == frappe.session.user
		found[row.user].append(
			{
				"name": row.name if is_open else None,
				"from_date": row.from_date,
				"to_date": row.to_date,
				"half_day": cint(row.half_day),
				"reason": _(row.reason, context="SPM Absence") if is_open and row.reason else _("Away"),
			}
		)
	return found


# Who is free
# ------------------


def free(
	start: date, end: date, choice: Choice, least_hours: float = 0, without: str | None = None
) -> list[dict[str, Any]]:
	"""People with free hours from one day to another, the freest first.

	Counts everything they are booked for, whoever may see it; only hours are told, not what fills them.

	:param least_hours: only people with so many free hours
	:param without: somebody not to suggest
	"""
	frappe.has_permission(ALLOCATION, "create", throw=True)
	if start > end:
		frappe.throw(_("The period ends before it starts. Correct one of the two dates."), exc=SPMError)
	people = [person for person in _query(choice).run(as_dict=True) if person.user != without]
	names = [person.user for person in people]
	workers = capacity.workers(names, start, end)
	by_user, _roles = _sorted_out(capacity.stored(names, start, end))
	levels = _skilled(choice) if choice.skill else {}
	found = []
	for person in people:
		worker, booked = workers[person.user], by_user.get(person.user, [])
		load = rules.load(worker, booked, start, end)
		# A full Monday is not made good by an empty Friday: what is free is free day by day.
		hours = sum(rules.load(worker, booked, day, day).free for day in rules.days(start, end))
		if hours <= 0 or hours < flt(least_hours):
			continue
		found.append(
			{
				"user": person.user,
				"name": person.name,
				"image": person.image,
				"role": person.project_role,
				"role_label": _(person.project_role) if person.project_role else "",
				"level": levels.get(person.user),
				"free_hours": flt(hours, 1),
				"free_percent": flt(rules.percent(hours, load.available) or 0, 0),
				"available": flt(load.available, 1),
				"booked": flt(load.booked, 1),
			}
		)
	found.sort(key=lambda row: (-row["free_hours"], -(row["level"] or 0), row["name"]))
	return found[:MOST_FREE]


# Who is on what
# ------------------


def calendar(start: date, days: int, choice: Choice) -> dict[str, Any]:
	"""The team calendar: per person the bars of bookings and leave, and which days are free for everybody."""
	end = getdate(add_days(start, min(max(cint(days), 1), UNITS["Day"]) - 1))
	rows = bookings(start, end)
	people = planned_people(choice, rows)
	away = _absences([person.user for person in people], start, end)
	titles = allocation.target_titles(rows)
	holidays = holiday_names(start, end)
	site = capacity.site_worker()
	bars = defaultdict(list)
	for row in rows:
		target = row.project or row.opportunity
		bars[row.user].append(
			{
				"name": row.name,
				"kind": "booking",
				"title": titles.get(target) or target,
				"color": target,
				"status": row.status,
				"percent": flt(row.percent, 1),
				"probability": flt(row.probability, 0),
				"from_date": max(getdate(row.from_date), start),
				"to_date": min(getdate(row.to_date), end),
			}
		)
	return {
		"start": start,
		"end": end,
		"days": [
			{"date": day, "is_working": site.calendar.is_working(day), "holiday": holidays.get(day, "")}
			for day in rules.days(start, end)
		],
		"people": [
			{
				**person,
				"role_label": _(person.project_role) if person.project_role else "",
				"bars": [
					*(
						{
							"kind": "away",
							"title": row["reason"],
							"half_day": row["half_day"],
							"from_date": max(getdate(row["from_date"]), start),
							"to_date": min(getdate(row["to_date"]), end),
						}
						for row in away.get(person.user, [])
					),
					*bars.get(person.user, []),
				],
			}
			for person in people
		],
		"partial": not sees_everybody(),
		"more": max(0, people.found - MOST_PEOPLE),
	}


def choices() -> dict[str, Any]:
	"""What the page offers to narrow by."""
	return {
		"roles": _masters("SPM Project Role"),
		"skills": _masters("SPM Skill"),
		"teams": sorted(teams.structure()) if sees_everybody() else [],
		"may_plan": capacity.plans_people(),
		"may_create": frappe.has_permission(ALLOCATION, "create"),
		"may_report_absence": frappe.has_permission("SPM Absence", "create"),
	}


def _masters(doctype: str) -> list[dict[str, str]]:
	names = frappe.get_all(doctype, filters={"disabled": 0}, pluck="name", limit_page_length=0)
	return sorted(({"value": name, "label": _(name)} for name in names), key=lambda row: row["label"])
