"""The responsibility matrix of a project: milestones × people.

Who answers for a milestone and who owns it stand on the milestone itself (`accountable`, `milestone_owner`);
further people who work on it, advise or are told stand in SPM Responsibility. Nothing is kept twice.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.rules import raci as rules

PROJECT, MILESTONE, RESPONSIBILITY = "SPM Project", "SPM Milestone", "SPM Responsibility"
PARTS = (rules.RESPONSIBLE, rules.ACCOUNTABLE, rules.CONSULTED, rules.INFORMED)


def missing(project: str | Document) -> list[str]:
	"""What the responsibilities of a project lack, as sentences; empty when all is well. Three statements.

	A project that is being saved is looked at as it stands in memory.

	One member of the team answers for the project, and each milestone that is not cancelled has one person
	who answers for it and at least one who works on it.
	"""
	sentences = []
	members = _team(project) if isinstance(project, str) else project.team
	project = project if isinstance(project, str) else project.name
	team = [row for row in members if not row.to_date or getdate(row.to_date) >= getdate()]
	accountable = sorted({row.user for row in team if row.raci == rules.ACCOUNTABLE})
	if not accountable:
		sentences.append(
			_("Nobody in the team is accountable for the project. Choose Accountable in one row of the team.")
		)
	elif len(accountable) > 1:
		sentences.append(
			_("{0} people in the team are accountable for the project: {1}. Leave it to one of them.").format(
				len(accountable), ", ".join(people(accountable).values())
			)
		)
	milestones = [row for row in _milestones(project) if row.status != "Cancelled"]
	parts = _parts(project, milestones)
	for row in milestones:
		found = rules.gaps(parts[row.name])
		if rules.NOBODY_ACCOUNTABLE in found:
			sentences.append(_("Milestone {0}: nobody is accountable.").format(row.title))
		if rules.NOBODY_RESPONSIBLE in found:
			sentences.append(_("Milestone {0}: nobody is responsible.").format(row.title))
	return sentences


def matrix(project: str) -> dict[str, Any]:
	"""The matrix of a project: people, milestones with each one's parts, and what is missing. Five statements.

	The caller checks that the reader may see the project.
	"""
	team = _team(project)
	milestones = _milestones(project)
	parts = _parts(project, milestones)
	roles = {row.user: row.project_role or "" for row in reversed(team)}
	users = list(
		dict.fromkeys(
			[
				*(row.user for row in team),
				*(user for row in milestones for user, _part in parts[row.name] if user),
			]
		)
	)
	names = people(users)
	return {
		"people": [
			{"user": user, "name": names.get(user, user), "role": roles.get(user, "")} for user in users
		],
		"milestones": [
			{
				"name": row.name,
				"title": row.title,
				"status": row.status,
				"planned_date": row.planned_date,
				"parts": _by_person(parts[row.name]),
				"gaps": [] if row.status == "Cancelled" else rules.gaps(parts[row.name]),
			}
			for row in milestones
		],
		"missing": missing(project),
	}


def set_part(milestone: str, user: str, part: str, is_on: bool) -> None:
	"""Give somebody a part in a milestone, or take it away.

	Giving Accountable takes it from whoever had it; the first who is Responsible owns the milestone.

	:raises SPMError: there is no such part
	"""
	if part not in PARTS:
		frappe.throw(_("The part is one of {0}.").format(", ".join(_(name) for name in PARTS)), exc=SPMError)
	doc = frappe.get_doc(MILESTONE, milestone)
	frappe.has_permission(PROJECT, "write", doc=doc.project, throw=True)
	if part == rules.ACCOUNTABLE:
		_write(doc, "accountable", user if is_on else None, when=user)
	elif part == rules.RESPONSIBLE and is_on and not doc.milestone_owner:
		_write(doc, "milestone_owner", user)
	elif part == rules.RESPONSIBLE and not is_on and doc.milestone_owner == user:
		# Somebody else who works on it owns it from now on.
		heir = frappe.get_all(
			RESPONSIBILITY,
			filters={"milestone": doc.name, "raci": rules.RESPONSIBLE, "user": ["!=", user]},
			fields=["name", "user"],
			order_by="creation asc",
			limit_page_length=1,
		)
		_write(doc, "milestone_owner", heir[0].user if heir else None)
		_take_away(doc.name, user, part)
		if heir:
			frappe.delete_doc(RESPONSIBILITY, heir[0].name)
	elif not is_on:
		_take_away(doc.name, user, part)
	elif (part, user) != (rules.RESPONSIBLE, doc.milestone_owner) and not frappe.db.exists(
		RESPONSIBILITY, {"milestone": doc.name, "user": user, "raci": part}
	):
		frappe.get_doc(
			{
				"doctype": RESPONSIBILITY,
				"project": doc.project,
				"milestone": doc.name,
				"user": user,
				"raci": part,
			}
		).insert()


def _write(doc: Any, fieldname: str, user: str | None, when: str | None = None) -> None:
	"""Save a person on the milestone; an emptied field only when it named `when`."""
	if not user and when and doc.get(fieldname) != when:
		return
	if doc.get(fieldname) != user:
		doc.set(fieldname, user)
		doc.save()


def _take_away(milestone: str, user: str, part: str) -> None:
	for name in frappe.get_all(
		RESPONSIBILITY, {"milestone": milestone, "user": user, "raci": part}, pluck="name"
	):
		frappe.delete_doc(RESPONSIBILITY, name)


def people(users: list[str]) -> dict[str, str]:
	"""Full names of users, in the order given."""
	found = dict(frappe.get_all("User", {"name": ["in", users or [""]]}, ["name", "full_name"], as_list=True))
	return {user: found.get(user) or user for user in users}


def _team(project: str) -> list[frappe._dict]:
	return frappe.get_all(
		"SPM Project Member",
		filters={"parent": project, "parenttype": PROJECT},
		fields=["user", "project_role", "raci", "from_date", "to_date"],
		order_by="idx asc",
		limit_page_length=0,
	)


def _milestones(project: str) -> list[frappe._dict]:
	return frappe.get_all(
		MILESTONE,
		filters={"project": project},
		fields=["name", "title", "status", "planned_date", "accountable", "milestone_owner"],
		order_by="planned_date asc, sequence asc, name asc",
		limit_page_length=0,
	)


def _parts(project: str, milestones: list[frappe._dict]) -> dict[str, list[tuple[str | None, str]]]:
	"""(person, part) pairs of each milestone; one statement."""
	found: dict[str, list[tuple[str | None, str]]] = defaultdict(list)
	for row in milestones:
		found[row.name] += [
			(row.accountable, rules.ACCOUNTABLE),
			(row.milestone_owner, rules.RESPONSIBLE),
		]
	for row in frappe.get_all(
		RESPONSIBILITY,
		filters={"project": project},
		fields=["milestone", "user", "raci"],
		order_by="creation asc",
		limit_page_length=0,
	):
		found[row.milestone].append((row.user, row.raci))
	return found


def _by_person(parts: list[tuple[str | None, str]]) -> dict[str, list[str]]:
	found: dict[str, set[str]] = defaultdict(set)
	for user, part in parts:
		if user:
			found[user].add(part)
	return {user: [part for part in PARTS if part in own] for user, own in found.items()}
