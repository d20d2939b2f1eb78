"""Who sells in which team, and whom a team's manager leads. Kept in the cache: every list asks for it."""

from __future__ import annotations

from typing import Any

import frappe

CACHE_KEY = "spm_sales_teams"


def structure() -> dict[str, dict[str, Any]]:
	"""The enabled teams by name: manager, manager_name, parent_team, users and people (names without a login)."""
	found = frappe.cache.get_value(CACHE_KEY)
	if found is None:
		found = _load()
		frappe.cache.set_value(CACHE_KEY, found)
	return found


def clear(*_args: Any) -> None:
	"""Forget the teams; called when one changes, and again should that change be rolled back."""
	frappe.cache.delete_value(CACHE_KEY)
	frappe.db.after_rollback.add(lambda: frappe.cache.delete_value(CACHE_KEY))


def _load() -> dict[str, dict[str, Any]]:
	teams = {
		row.name: {
			"manager": row.manager,
			"manager_name": row.manager_name,
			"parent_team": row.parent_team,
			"users": [],
			"people": [],
		}
		for row in frappe.get_all(
			"SPM Sales Team",
			filters={"disabled": 0},
			fields=["name", "manager", "manager_name", "parent_team"],
			order_by="name",
			limit_page_length=0,
		)
	}
	members = frappe.get_all(
		"SPM Sales Team Member",
		filters={"parenttype": "SPM Sales Team"},
		fields=["parent", "user", "person_name"],
		order_by="parent, idx",
		limit_page_length=0,
	)
	for row in members:
		if row.parent in teams:
			if row.user:
				teams[row.parent]["users"].append(row.user)
			if row.person_name:
				teams[row.parent]["people"].append(row.person_name)
	return teams


def below(team: str) -> set[str]:
	"""A team and all teams that are part of it, at any depth."""
	teams = structure()
	found, fresh = set(), {team} & set(teams)
	while fresh:
		found |= fresh
		fresh = {name for name, row in teams.items() if row["parent_team"] in fresh} - found
	return found


def led_by(user: str) -> set[str]:
	"""Users in the teams that this user manages and in the teams below those, the user included."""
	teams = structure()
	led = {name for own, row in teams.items() if row["manager"] == user for name in below(own)}
	users = {member for name in led for member in teams[name]["users"]}
	# Whoever leads a team below works for this manager as well.
	users |= {teams[name]["manager"] for name in led if teams[name]["manager"]}
	return users


def members_of(team: str) -> tuple[set[str], set[str]]:
	"""Users and names without a login of a team and the teams below it; the managers sell too."""
	teams = structure()
	users, people = set(), set()
	for name in below(team):
		users.update(teams[name]["users"])
		people.update(teams[name]["people"])
		if teams[name]["manager"]:
			users.add(teams[name]["manager"])
	return users, people


def team_of() -> dict[str, str]:
	"""Team by member: users, and names without a login after the prefix "source:". A manager who is no member of
	any team counts to the managed one."""
	found: dict[str, str] = {}
	teams = structure()
	for name, row in teams.items():
		found.update({user: name for user in row["users"]})
		found.update({f"source:{person}": name for person in row["people"]})
	for name, row in teams.items():
		if row["manager"]:
			found.setdefault(row["manager"], name)
	return found
