"""A member leaves a project: what they leave open, and handing all of it over in one transaction."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.utils import add_days, escape_html, get_fullname, getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import allocation, progress
from sales_crm_pm.permissions.rules import PROJECT_MANAGER
from sales_crm_pm.rules import raci

PROJECT, ALLOCATION = "SPM Project", "SPM Allocation"


@dataclass(frozen=True)
class Kind:
	"""One kind of work that names people: where, and when it is still open."""

	doctype: str
	fields: tuple[str, ...]
	title: str
	due: str
	done: tuple[str, tuple[str, ...]] | None = None

	def filters(self, project: str, day: date) -> dict[str, Any]:
		found: dict[str, Any] = {"project": project}
		if self.done:
			found[self.done[0]] = ["not in", self.done[1]]
		if self.doctype == ALLOCATION:
			found["to_date"] = [">=", day]
		return found


KINDS = (
	Kind("SPM Task", ("assigned_to", "accountable"), "subject", "planned_end_date", ("status", ("Completed", "Cancelled"))),
	Kind("SPM Milestone", ("milestone_owner", "accountable"), "title", "planned_date", ("status", ("Accepted", "Cancelled"))),
	Kind("SPM Risk", ("risk_owner",), "title", "review_date", ("status", ("Closed", "Occurred"))),
	Kind("SPM Issue", ("issue_owner",), "title", "due_date", ("status", ("Resolved", "Closed"))),
	Kind("SPM Interaction", ("follow_up_by",), "next_step", "next_date", ("follow_up_status", ("", "Done", "Cancelled"))),
	Kind("SPM Responsibility", ("user",), "milestone.title as title", "milestone.planned_date as due"),
	Kind(ALLOCATION, ("user",), "title", "to_date"),
)  # fmt: skip


def open_items(project: str, user: str, day: date | None = None) -> list[dict[str, Any]]:
	"""What a person still has to do in a project, by kind; one statement each.

	:param day: the last day of the person; allocations that end before are left out
	:return: rows with doctype, label, name, title, due and fields (those that name the person)
	"""
	day = getdate(day)
	found = []
	for kind in KINDS:
		label = _(kind.doctype)
		for row in _rows(kind, project, user, day):
			found.append(
				{
					"doctype": kind.doctype,
					"label": label,
					"name": row.name,
					"title": row.title or row.name,
					"due": row.due,
					"fields": [field for field in kind.fields if row[field] == user],
				}
			)
	return found


def _rows(kind: Kind, project: str, user: str, day: date) -> list[frappe._dict]:
	own = " as " in kind.title
	return frappe.get_all(
		kind.doctype,
		filters=kind.filters(project, day),
		or_filters={field: user for field in kind.fields},
		fields=[
			"name",
			*kind.fields,
			kind.title if own else f"{kind.title} as title",
			kind.due if own else f"{kind.due} as due",
		],
		order_by="creation asc",
		limit_page_length=0,
	)


def hand_over(
	project: str,
	user: str,
	to: str,
	last_day: date | None = None,
	remove: bool = False,
	exceptions: dict[str, str] | None = None,
) -> dict[str, Any]:
	"""Give everything open of a member to somebody else and end the membership, all or nothing.

	:param to: who takes over
	:param last_day: last day of the member, today when not given; bookings are cut there
	:param remove: take the row out of the team instead of ending it
	:param exceptions: "doctype/name" of single items that go to other people
	:return: moved: number of items by record type
	:raises SPMError: the successor cannot take over
	"""
	customer = frappe.db.get_value(PROJECT, project, "customer")
	# The same order of locks as everywhere: customer, then project.
	progress.lock(project, customer)
	doc = frappe.get_doc(PROJECT, project)
	doc.check_permission("write")
	last = getdate(last_day)
	heirs = {to, *(exceptions or {}).values()}
	_check_heirs(doc, user, to, heirs)
	items = open_items(project, user, last)
	moved: dict[str, int] = defaultdict(int)
	bulk: dict[tuple[str, str, str], list[str]] = defaultdict(list)
	for item in items:
		heir = (exceptions or {}).get(f"{item['doctype']}/{item['name']}", to)
		moved[item["doctype"]] += 1
		if item["doctype"] == ALLOCATION:
			_hand_over_booking(item["name"], heir, last)
			continue
		for field in item["fields"]:
			bulk[item["doctype"], field, heir].append(item["name"])
	for (doctype, field, heir), names in bulk.items():
		if doctype == "SPM Responsibility":
			_hand_over_parts(names, heir)
		else:
			frappe.db.set_value(doctype, {"name": ["in", names]}, field, heir)
	_change_team(doc, user, to, last, remove)
	doc.flags.handed_over = True
	doc.save()
	_tell(doc, user, to, dict(moved), heirs)
	return {"moved": dict(moved)}


def _check_heirs(doc: Any, user: str, to: str, heirs: set[str]) -> None:
	if user in heirs:
		frappe.throw(_("Choose somebody else to take over."), exc=SPMError)
	enabled = frappe.get_all("User", filters={"name": ["in", sorted(heirs)], "enabled": 1}, pluck="name")
	if gone := heirs - set(enabled):
		frappe.throw(
			_("{0} cannot take over: the user is switched off.").format(", ".join(sorted(gone))), exc=SPMError
		)
	if doc.project_manager == user and to != "Administrator" and PROJECT_MANAGER not in frappe.get_roles(to):
		frappe.throw(
			_("{0} manages the project. {1} cannot take over, because the role {2} is missing.").format(
				frappe.bold(get_fullname(user)), frappe.bold(get_fullname(to)), _(PROJECT_MANAGER)
			),
			exc=SPMError,
		)


def _hand_over_booking(name: str, heir: str, last: date) -> None:
	"""What begins later goes over whole, what runs is cut after the last day."""
	row = frappe.db.get_value(ALLOCATION, name, ["from_date", "to_date"], as_dict=True)
	if getdate(row.from_date) > last:
		allocation.shift(name, user=heir)
	elif getdate(row.to_date) > last:
		allocation.split(name, getdate(add_days(last, 1)), user=heir)


def _hand_over_parts(names: list[str], heir: str) -> None:
	"""Parts in milestones; one the successor has already is not had twice."""
	rows = frappe.get_all("SPM Responsibility", {"name": ["in", names]}, ["name", "milestone", "raci"])
	has = {
		(row.milestone, row.raci)
		for row in frappe.get_all(
			"SPM Responsibility",
			filters={"user": heir, "milestone": ["in", [row.milestone for row in rows]]},
			fields=["milestone", "raci"],
		)
	}
	twice = [row.name for row in rows if (row.milestone, row.raci) in has]
	if twice:
		frappe.db.delete("SPM Responsibility", {"name": ["in", twice]})
	frappe.db.set_value(
		"SPM Responsibility", {"name": ["in", [n for n in names if n not in twice] or [""]]}, "user", heir
	)


def _change_team(doc: Any, user: str, to: str, last: date, remove: bool) -> None:
	left = [row for row in doc.team if row.user == user]
	there = next((row for row in doc.team if row.user == to), None)
	was_accountable = any(row.raci == raci.ACCOUNTABLE for row in left)
	if there is None:
		before = left[0] if left else frappe._dict()
		there = doc.append(
			"team",
			{
				"user": to,
				"project_role": before.get("project_role"),
				"raci": before.get("raci") or raci.RESPONSIBLE,
				"allocation_percent": before.get("allocation_percent") or 0,
				"from_date": add_days(last, 1),
				"to_date": before.get("to_date"),
			},
		)
	if was_accountable:
		there.raci = raci.ACCOUNTABLE
	if remove:
		doc.team = [row for row in doc.team if row.user != user]
		for number, row in enumerate(doc.team, 1):
			row.idx = number
	else:
		for row in left:
			row.to_date = last
			if row.raci == raci.ACCOUNTABLE:
				row.raci = raci.INFORMED
	if doc.project_manager == user:
		doc.project_manager = to


def _tell(doc: Any, user: str, to: str, moved: dict[str, int], heirs: set[str]) -> None:
	"""Note it on the project, and tell whoever has more to do now."""
	what = ", ".join(f"{_(doctype)}: {count}" for doctype, count in moved.items()) or _("nothing was open")
	text = _("Handed over from {0} to {1} ({2}).").format(get_fullname(user), get_fullname(to), what)
	doc.add_comment("Info", escape_html(text))
	enqueue_create_notification(
		sorted(heirs - {frappe.session.user}),
		{
			"type": "Alert",
			"document_type": PROJECT,
			"document_name": doc.name,
			"subject": escape_html(f"{doc.project_name}: {text}"),
			"from_user": frappe.session.user,
		},
	)


def remind(doc: Any) -> None:
	"""Say what a member leaves open who was taken out of the team, or whose time in it was ended, by a save."""
	before = doc.get_doc_before_save()
	if before is None or doc.flags.handed_over or frappe.flags.in_import:
		return
	now = {row.user: row for row in doc.team}
	left = [
		row.user for row in before.team if row.user not in now or (now[row.user].to_date and not row.to_date)
	]
	for user in dict.fromkeys(left):
		counted: dict[str, int] = defaultdict(int)
		for item in open_items(doc.name, user, now[user].to_date if user in now else None):
			counted[item["label"]] += 1
		if counted:
			frappe.msgprint(
				_("{0} still has open work in this project: {1}. Hand it over on the Team tab.").format(
					frappe.bold(escape_html(get_fullname(user))),
					", ".join(f"{label} {count}" for label, count in counted.items()),
				),
				title=_("Open Work"),
				indicator="orange",
			)
