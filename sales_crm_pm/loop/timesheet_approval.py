"""Approving and rejecting hours: one week in its form, or hundreds of lines with the same few statements.

A project manager decides about the hours of his projects, the approver of a week about what belongs to no
project, executives and System Managers about all. Who may do the step at all, and whether somebody may approve
their own hours, says the workflow. With the approval the rates of the day are frozen into the lines; later
changes of the rate card change nothing that has been approved.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import is_transition_condition_satisfied
from frappe.query_builder import DocType
from frappe.query_builder.functions import Sum
from frappe.utils import cint, flt, now_datetime
from pypika import Case

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import booking, costs, transitions
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.loop.rates import RateCard
from sales_crm_pm.permissions.rules import EXECUTIVE, PROJECT_MANAGER, SYSTEM_MANAGER, TIMESHEET
from sales_crm_pm.permissions.timesheets import sees_all
from sales_crm_pm.rules.rate_card import amount

DECIDERS = (PROJECT_MANAGER, EXECUTIVE, SYSTEM_MANAGER)
"""Who may decide when no workflow is active."""
FROZEN = ("project_role", "cost_rate", "cost_amount", "billing_rate", "billing_amount")
LINES_PER_STATEMENT = 500


@dataclass
class Reviewer:
	"""Somebody who decides about hours, with what the workflow lets them do."""

	user: str
	roles: frozenset[str]
	sees_all: bool

	@classmethod
	def of_session(cls) -> Reviewer:
		user = frappe.session.user
		return cls(user, frozenset(frappe.get_roles(user)), sees_all(user))

	def may_move(self, sheet: Any, target: str) -> bool:
		"""Whether the workflow lets them move this submitted week to a status; their own only by its flag."""
		is_own = sheet.user == self.user
		workflow = transitions.active_workflow(TIMESHEET)
		if not workflow:
			return not is_own and bool(self.roles.intersection(DECIDERS))
		status_of = {state.state: state.update_value for state in workflow.states}
		doc = None
		for step in workflow.transitions:
			if status_of.get(step.state) != "Submitted" or status_of.get(step.next_state) != target:
				continue
			if step.allowed not in self.roles and self.user != "Administrator":
				continue
			if is_own and not cint(step.allow_self_approval):
				continue
			if step.condition:
				doc = doc or frappe.get_doc({"doctype": TIMESHEET, **sheet})
				if not is_transition_condition_satisfied(step, doc):
					continue
			return True
		return False

	def decides(self, line: Any, sheet: Any, projects: dict[str, Any]) -> bool:
		"""Whether a line is theirs to decide about."""
		if self.sees_all:
			return True
		if line.project:
			project = projects.get(line.project)
			return bool(project) and project.project_manager == self.user
		return sheet.approver == self.user


# One week, in its form
# ------------------


def apply_to(doc: Document) -> None:
	"""Carry out on the lines what the new status of a week means; called while it is saved."""
	before = doc.get_doc_before_save()
	now = now_datetime()
	if doc.status == "Submitted":
		_submit(doc, now)
	elif doc.status == "Draft":
		for line in doc.lines:
			if line.status != "Approved" or before.status == "Approved":
				_open(line)
		if before.status == "Approved":
			doc.approved_on = doc.approved_by = None
		doc.submitted_on = doc.submitted_by = None
	elif not doc.flags.by_rule:
		_decide_in_form(doc, before, now)


def _submit(doc: Document, now: datetime) -> None:
	if not doc.lines:
		frappe.throw(_("There are no hours in this week. Enter them before you submit it."), exc=SPMError)
	booking.check_projects(line.project for line in doc.lines if line.status != "Approved")
	for line in doc.lines:
		if line.status != "Approved":
			line.status = "Submitted"
	doc.submitted_on, doc.submitted_by = now, frappe.session.user
	doc.rejection_reason = doc.rejected_by = None


def _open(line: Any) -> None:
	line.status = "Draft"
	line.approved_by = line.approved_on = None
	for fieldname in FROZEN:
		line.set(fieldname, None)


def _decide_in_form(doc: Document, before: Document, now: datetime) -> None:
	reviewer = Reviewer.of_session()
	target = doc.status
	if doc.user == reviewer.user and not reviewer.may_move(before, target):
		_refuse_own()
	projects = booking.read_projects(line.project for line in doc.lines)
	mine = [
		line for line in doc.lines if line.status == "Submitted" and reviewer.decides(line, doc, projects)
	]
	if not mine:
		frappe.throw(_("None of these hours are yours to decide about."), frappe.PermissionError)
	if target == "Rejected":
		_check_reason(doc.rejection_reason)
		for line in doc.lines:
			if line.status == "Submitted":
				line.status = "Rejected" if line in mine else "Draft"
		doc.rejected_by = reviewer.user
		return
	_freeze(mine, {line.name: doc.user for line in mine}, now)
	if any(line.status == "Submitted" for line in doc.lines):
		# Others still decide about the rest; the week waits for them.
		doc.status, doc.workflow_state = before.status, before.workflow_state
		frappe.msgprint(
			_(
				"Your projects' hours are approved. The rest of the week waits for the other project managers."
			),
			alert=True,
		)
		return
	doc.approved_on, doc.approved_by = now, reviewer.user


# Many weeks at once
# ------------------


def approve(timesheets: Iterable[str]) -> dict[str, Any]:
	"""Approve all hours of these weeks that the session's user decides about; the same statements for any number.

	:return: approved (names of weeks that are approved entirely), waiting (weeks where others decide about the
	    rest), lines, hours
	:raises SPMError: nothing among them is the user's to approve
	"""
	reviewer, names = Reviewer.of_session(), sorted(set(timesheets))
	lines, sheets = _pending(names, reviewer, "Approved")
	now = now_datetime()
	_freeze(lines, {line.name: sheets[line.parent].user for line in lines}, now)
	_write_lines(lines)
	finished = _write_sheets(sorted(sheets), reviewer.user, now)
	_note(sheets, _("Approved"), {line.parent for line in lines})
	costs.write({line.project for line in lines if line.project})
	return {
		"approved": finished,
		"waiting": sorted(set(sheets) - set(finished)),
		"lines": len(lines),
		"hours": flt(sum(flt(line.hours) for line in lines), 2),
	}


def reject(timesheets: Iterable[str], reason: str) -> dict[str, Any]:
	"""Send the hours of these weeks that the session's user decides about back with a reason.

	What others have approved stays approved; what others have not looked at goes back, too, because the week is
	open again.

	:return: rejected (names of the weeks), lines
	"""
	reason = (reason or "").strip()
	_check_reason(reason)
	reviewer, names = Reviewer.of_session(), sorted(set(timesheets))
	mine, sheets = _pending(names, reviewer, "Rejected")
	line, sheet = DocType("SPM Timesheet Line"), DocType(TIMESHEET)
	now = now_datetime()
	(
		frappe.qb.update(line)
		.set(
			line.status,
			Case().when(line.name.isin([row.name for row in mine]), "Rejected").else_("Draft"),
		)
		.where(line.parent.isin(sorted(sheets)) & (line.status == "Submitted"))
		.run()
	)
	(
		frappe.qb.update(sheet)
		.set(sheet.status, "Rejected")
		.set(sheet.workflow_state, _state("Rejected"))
		.set(sheet.rejection_reason, reason)
		.set(sheet.rejected_by, reviewer.user)
		.set(sheet.modified, now)
		.set(sheet.modified_by, reviewer.user)
		.where(sheet.name.isin(sorted(sheets)))
		.run()
	)
	_note(sheets, f"{_('Rejected')}: {reason}", set(sheets))
	tell("Rejected", [frappe._dict(row, rejection_reason=reason) for row in sheets.values()])
	return {"rejected": sorted(sheets), "lines": len(mine)}


def tell(status: str, sheets: list[Any]) -> None:
	"""Tell people that their week came back; approvals are no news."""
	if status != "Rejected":
		return
	for sheet in sheets:
		frappe.enqueue(
			"sales_crm_pm.loop.timesheet_reminder.tell_rejected",
			enqueue_after_commit=True,
			job_id=f"spm-timesheet-rejected-{sheet.name}",
			deduplicate=True,
			timesheet=sheet.name,
			by=frappe.session.user,
		)


def _pending(
	names: list[str], reviewer: Reviewer, target: str
) -> tuple[list[frappe._dict], dict[str, frappe._dict]]:
	"""Locked lines the reviewer decides about, and their weeks; projects and customers are locked before."""
	if not frappe.has_permission(TIMESHEET, "write"):
		raise frappe.PermissionError(_("You may not decide about hours."))
	projects = {row.project for row in _submitted(names) if row.project}
	costs.lock(projects)
	rows = _submitted(names, locking=True)
	of_projects = booking.read_projects(row.project for row in rows)
	sheets: dict[str, frappe._dict] = {}
	lines, own = [], False
	allowed: dict[str, bool] = {}
	for row in rows:
		sheet = frappe._dict(
			name=row.parent,
			user=row.user,
			approver=row.approver,
			status="Submitted",
			week_start=row.week_start,
			person_name=row.person_name,
			total_hours=row.total_hours,
		)
		if not reviewer.decides(row, sheet, of_projects):
			continue
		if row.parent not in allowed:
			allowed[row.parent] = reviewer.may_move(sheet, target)
		if not allowed[row.parent]:
			own = own or row.user == reviewer.user
			continue
		sheets[row.parent] = sheet
		lines.append(row)
	if not lines:
		if own:
			_refuse_own()
		frappe.throw(
			_("None of these hours wait for your decision. Perhaps somebody has decided about them already."),
			title=_("Nothing to Decide"),
			exc=SPMError,
		)
	return lines, sheets


def _submitted(names: list[str], locking: bool = False) -> list[frappe._dict]:
	line, sheet = DocType("SPM Timesheet Line"), DocType(TIMESHEET)
	query = (
		frappe.qb.from_(line)
		.inner_join(sheet)
		.on((sheet.name == line.parent) & (line.parenttype == TIMESHEET))
		.select(
			line.name,
			line.parent,
			line.project,
			line.activity_type,
			line.work_date,
			line.hours,
			line.billable,
			line.status,
			sheet.user,
			sheet.approver,
			sheet.week_start,
			sheet.person_name,
			sheet.total_hours,
		)
		.where(sheet.name.isin(names or [""]) & (sheet.status == "Submitted") & (line.status == "Submitted"))
		.orderby(line.parent)
		.orderby(line.idx)
	)
	return (query.for_update() if locking else query).run(as_dict=True)


def _freeze(lines: list[Any], users: dict[str, str], now: datetime) -> None:
	"""Set status, rates and amounts of lines that are being approved; two statements for any number."""
	card = RateCard(users.values())
	roles = _roles_in_projects({line.project for line in lines if line.project}, set(users.values()))
	for line in lines:
		user = users[line.name]
		line.project_role = roles.get((line.project, user))
		rate = card.of(user, line.project_role, line.activity_type, line.work_date)
		billing = rate.billing if cint(line.billable) else 0.0
		line.cost_rate, line.billing_rate = flt(rate.cost, 2), flt(billing, 2)
		line.cost_amount = amount(flt(line.hours), line.cost_rate)
		line.billing_amount = amount(flt(line.hours), line.billing_rate)
		line.base_currency = card.base
		line.status, line.approved_by, line.approved_on = "Approved", frappe.session.user, now


def _roles_in_projects(projects: set[str], users: set[str]) -> dict[tuple[str, str], str]:
	if not projects:
		return {}
	member = DocType("SPM Project Member")
	rows = (
		frappe.qb.from_(member)
		.select(member.parent, member.user, member.project_role)
		.where((member.parenttype == "SPM Project") & member.parent.isin(sorted(projects)))
		.where(member.user.isin(sorted(users)))
		.orderby(member.idx)
		.run(as_dict=True)
	)
	return {(row.parent, row.user): row.project_role for row in reversed(rows) if row.project_role}


def _write_lines(lines: list[frappe._dict]) -> None:
	"""Write what `_freeze` has set: one statement per 500 lines."""
	table = DocType("SPM Timesheet Line")
	for start in range(0, len(lines), LINES_PER_STATEMENT):
		part = lines[start : start + LINES_PER_STATEMENT]
		query = (
			frappe.qb.update(table)
			.set(table.status, "Approved")
			.set(table.approved_by, part[0].approved_by)
			.set(table.approved_on, part[0].approved_on)
			.set(table.base_currency, base_currency())
		)
		for fieldname in FROZEN:
			by_value: dict[Any, list[str]] = {}
			for line in part:
				by_value.setdefault(line.get(fieldname), []).append(line.name)
			chosen = Case()
			for value, names in by_value.items():
				chosen = chosen.when(table.name.isin(names), value)
			query = query.set(table[fieldname], chosen)
		query.where(table.name.isin([line.name for line in part])).run()


def _write_sheets(names: list[str], user: str, now: datetime) -> list[str]:
	"""Sum up the weeks; those without a line that waits are approved. Two statements.

	:return: names of the weeks that are approved entirely
	"""
	line, sheet = DocType("SPM Timesheet Line"), DocType(TIMESHEET)
	rows = (
		frappe.qb.from_(line)
		.select(
			line.parent,
			Sum(Case().when(line.status == "Approved", line.hours).else_(0)).as_("approved"),
			Sum(Case().when(line.status == "Approved", 0).else_(1)).as_("open"),
		)
		.where((line.parenttype == TIMESHEET) & line.parent.isin(names))
		.groupby(line.parent)
		.run(as_dict=True)
	)
	hours = Case()
	for row in rows:
		hours = hours.when(sheet.name == row.parent, flt(row.approved, 2))
	finished = sorted(row.parent for row in rows if not row.open)
	is_done = sheet.name.isin(finished or [""])
	(
		frappe.qb.update(sheet)
		.set(sheet.approved_hours, hours)
		.set(sheet.status, Case().when(is_done, "Approved").else_(sheet.status))
		.set(sheet.workflow_state, Case().when(is_done, _state("Approved")).else_(sheet.workflow_state))
		.set(sheet.approved_on, Case().when(is_done, now).else_(sheet.approved_on))
		.set(sheet.approved_by, Case().when(is_done, user).else_(sheet.approved_by))
		.set(sheet.modified, now)
		.set(sheet.modified_by, user)
		.where(sheet.name.isin(names))
		.run()
	)
	return finished


def _state(status: str) -> str:
	workflow = transitions.active_workflow(TIMESHEET)
	return (transitions.state_for(workflow, status) if workflow else None) or status


def _note(sheets: dict[str, Any], text: str, names: set[str]) -> None:
	"""Leave a word in the log of each week, with one statement."""
	user, now = frappe.session.user, now_datetime()
	fields = (
		"name creation modified modified_by owner comment_type comment_email comment_by reference_doctype "
		"reference_name content"
	).split()
	full_name = frappe.utils.get_fullname(user)
	values = [
		(
			frappe.generate_hash(length=10),
			now,
			now,
			user,
			user,
			"Workflow",
			user,
			full_name,
			TIMESHEET,
			name,
			frappe.utils.escape_html(text),
		)
		for name in sorted(names)
	]
	frappe.db.bulk_insert("Comment", fields, values)


def _check_reason(reason: str | None) -> None:
	if not (reason or "").strip():
		frappe.throw(_("Say why these hours are rejected, so that they can be corrected."), exc=SPMError)


def _refuse_own() -> None:
	frappe.throw(
		_("These are your own hours, so somebody else has to decide about them."),
		title=_("Somebody else must approve"),
		exc=transitions.TransitionError,
	)
