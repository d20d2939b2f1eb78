"""By what deals are put together in reports: a key that a click can filter by, and the words people read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
from frappe import _
from frappe.utils import get_first_day, get_quarter_start, getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.permissions import teams

GROUPS = (
	"Salesperson",
	"Team",
	"Team Manager",
	"Pipeline",
	"Customer",
	"Source",
	"Loss Reason",
	"Month",
	"Quarter",
)
FIELDS = (
	"opportunity_owner",
	"source_owner",
	"pipeline",
	"customer",
	"customer_name",
	"source",
	"loss_reason",
	"status",
)
"""Fields of the deals that the groupings look at, besides the date."""

Key = tuple[str, str]


def check_group(group_by: str, allowed: tuple[str, ...]) -> None:
	"""Refuse a grouping that the report does not have.

	:raises SPMError: with the grouping's name
	"""
	if group_by not in allowed:
		frappe.throw(_("Deals cannot be grouped by {0}.").format(group_by), exc=SPMError)


def check_period(filters: Any) -> None:
	"""Refuse periods that end before they begin.

	:raises SPMError: from_date lies after to_date
	"""
	if filters.from_date and filters.to_date and getdate(filters.from_date) > getdate(filters.to_date):
		frappe.throw(_("The first day of the period lies after its last day."), exc=SPMError)


def seller(deal: Any) -> str:
	"""Key of who sold: the name from the former system when there is one (imported deals belong to the importer)."""
	return f"source:{deal.source_owner}" if deal.source_owner else f"user:{deal.opportunity_owner}"


def key_function(group_by: str, date_field: str = "closed_on") -> Callable[[Any], Key]:
	"""Function that gives key and label of a deal's group.

	:param group_by: one of GROUPS
	:param date_field: which date makes the month or quarter
	"""
	return {
		"Salesperson": _by_salesperson,
		"Team": _by_team,
		"Team Manager": _by_manager,
		"Pipeline": lambda: lambda d: (d.pipeline or "", _(d.pipeline) if d.pipeline else _("Not stated")),
		"Customer": lambda: lambda d: (d.customer or "", d.customer_name or d.customer or _("Not stated")),
		"Source": lambda: lambda d: (d.source or "", _(d.source) if d.source else _("Not stated")),
		"Loss Reason": lambda: _loss_reason,
		"Month": lambda: lambda d: month_key(d.get(date_field)),
		"Quarter": lambda: lambda d: quarter_key(d.get(date_field)),
	}[group_by]()


def _names() -> dict[str, str]:
	return dict(frappe.get_all("User", fields=["name", "full_name"], as_list=True, limit_page_length=0))


def _by_salesperson() -> Callable[[Any], Key]:
	names = _names()

	def key(deal):
		if deal.source_owner:
			return seller(deal), deal.source_owner
		return seller(deal), names.get(deal.opportunity_owner) or deal.opportunity_owner or _("Not stated")

	return key


def team_key(deal: Any, team_of: dict[str, str]) -> str:
	"""Team of whoever sold a deal; "" without one."""
	return team_of.get(f"source:{deal.source_owner}" if deal.source_owner else deal.opportunity_owner, "")


def _by_team() -> Callable[[Any], Key]:
	team_of = teams.team_of()

	def key(deal):
		team = team_key(deal, team_of)
		return team, team or _("No team")

	return key


def _by_manager() -> Callable[[Any], Key]:
	team_of, known, names = teams.team_of(), teams.structure(), _names()

	def key(deal):
		team = known.get(team_key(deal, team_of))
		if not team:
			return "", _("No team")
		if team["manager"]:
			return f"user:{team['manager']}", names.get(team["manager"]) or team["manager"]
		return f"source:{team['manager_name'] or ''}", team["manager_name"] or _("Not stated")

	return key


def _loss_reason(deal: Any) -> Key:
	if deal.status != "Lost":
		return "", _("Won")
	return deal.loss_reason or "", _(deal.loss_reason) if deal.loss_reason else _("Not stated")


def month_key(day: Any) -> Key:
	"""First day of the month and its short name, as in 2026-11."""
	if not day:
		return "", _("Not stated")
	first = getdate(get_first_day(day))
	return f"{first:%Y-%m-%d}", f"{first:%Y-%m}"


def quarter_key(day: Any) -> Key:
	"""First day of the quarter and its short name, as in 2026 Q4."""
	if not day:
		return "", _("Not stated")
	start = getdate(get_quarter_start(day))
	return f"{start:%Y-%m-%d}", f"{start.year} Q{(start.month + 2) // 3}"


def team_condition(table: Any, team: str) -> Any:
	"""Condition for the deals sold by a team or a team below it; query builder term."""
	users, people = teams.members_of(team)
	nobody = table.source_owner.isnull() | (table.source_owner == "")
	by_users = table.opportunity_owner.isin(sorted(users) or [""]) & nobody
	return by_users | table.source_owner.isin(sorted(people)) if people else by_users


def in_team(deals: list[Any], team: str) -> list[Any]:
	"""Those of the deals that a team or a team below it sold; the same as `team_condition` on rows at hand."""
	users, people = teams.members_of(team)
	return [
		d for d in deals if (d.source_owner in people if d.source_owner else d.opportunity_owner in users)
	]
