"""Who has not handed in the hours of a week: the list, and the weekly word to those it names."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.query_builder import DocType
from frappe.utils import add_days, cint, flt, formatdate, get_url, getdate, today

from sales_crm_pm.loop.figures import ACTIVE
from sales_crm_pm.loop.timesheet_checks import week_start
from sales_crm_pm.loop.timesheet_hours import expected
from sales_crm_pm.permissions.rules import EXECUTIVE, SYSTEM_MANAGER, TIMESHEET
from sales_crm_pm.rules.timesheet import DAYS_OF_A_WEEK

TEMPLATE = "SPM Missing Timesheet"
REMINDED = "spm_timesheet_reminded"
"""User default that says for which week the reminder has gone out."""
HANDED_IN = ("Submitted", "Approved")


def missing(day: date | str, users: list[str] | None = None) -> list[dict[str, Any]]:
	"""People whose hours of a week are not handed in: those on the team of a running project, seven statements.

	Whoever is away the whole week, or whose roles do not let them enter hours, is not asked.

	:param day: any day of the week
	:param users: only these people
	:return: user, full_name, timesheet, status, entered, expected; those with the most missing hours first
	"""
	start = week_start(day)
	people = _people_of_projects(start)
	if users is not None:
		people = {user: name for user, name in people.items() if user in set(users)}
	if not people:
		return []
	sheets = _sheets(sorted(people), start)
	wanted = expected(people, start)
	found = []
	for user, full_name in people.items():
		sheet = sheets.get(user)
		hours = sum(wanted[user].values())
		if not hours or (sheet and sheet.status in HANDED_IN):
			continue
		found.append(
			{
				"user": user,
				"full_name": full_name,
				"timesheet": sheet.name if sheet else None,
				"status": sheet.status if sheet else None,
				"entered": flt(sheet.total_hours) if sheet else 0.0,
				"expected": flt(hours, 2),
			}
		)
	return sorted(found, key=lambda row: (row["entered"] - row["expected"], row["full_name"] or ""))


def run() -> None:
	"""Once a week, on the day of the settings: queue a reminder for everybody whose last week is missing."""
	settings = frappe.get_cached_doc("SPM Settings")
	if not cint(settings.get("timesheet_reminder")):
		return
	if getdate().strftime("%A") != (settings.get("timesheet_reminder_day") or "Monday"):
		return
	remind(week_start(add_days(getdate(), -DAYS_OF_A_WEEK)))


def remind(week: date | str, users: list[str] | None = None) -> list[str]:
	"""Queue the reminders of a week; each person gets one per day at most.

	:return: the people reminded
	"""
	rows = missing(week, users)
	for row in rows:
		frappe.enqueue(
			"sales_crm_pm.loop.timesheet_reminder.send",
			user=row["user"],
			week=str(week_start(week)),
			day=today(),
			job_id=f"spm-timesheet-{row['user']}-{week_start(week)}-{today()}",
			deduplicate=True,
			enqueue_after_commit=True,
		)
	return [row["user"] for row in rows]


def send(user: str, week: str, day: str) -> bool:
	"""Remind one person, if the week is still missing; returns whether that was so."""
	mark = f"{week}|{day}"
	if frappe.defaults.get_user_default(REMINDED, user) == mark:
		return False
	rows = missing(week, [user])
	if not rows:
		return False
	before = frappe.local.lang
	frappe.local.lang = frappe.db.get_value("User", user, "language", cache=True) or before
	try:
		subject, message = _words(rows[0], getdate(week))
		enqueue_create_notification(
			[user],
			{
				"type": "Alert",
				"subject": subject,
				"link": f"/desk/spm-week/{week}",
				"from_user": "Administrator",
			},
		)
		if message:
			_mail(user, subject, message)
	finally:
		frappe.local.lang = before
	frappe.defaults.set_user_default(REMINDED, mark, user)
	return True


def _mail(user: str, subject: str, message: str) -> None:
	"""Queue the mail; on a site without an outgoing mail account the word in the desk has to do."""
	try:
		frappe.sendmail(recipients=[user], subject=subject, message=message, delayed=True)
	except frappe.OutgoingEmailError:
		frappe.clear_last_message()


def tell_rejected(timesheet: str, by: str) -> None:
	"""Tell a person in the desk that their week came back, and why."""
	sheet = frappe.db.get_value(
		TIMESHEET, timesheet, ["user", "week_start", "status", "rejection_reason"], as_dict=True
	)
	if not sheet or sheet.status != "Rejected":
		return
	before = frappe.local.lang
	frappe.local.lang = frappe.db.get_value("User", sheet.user, "language", cache=True) or before
	try:
		subject = _("Your hours of the week of {0} came back: {1}").format(
			formatdate(sheet.week_start), sheet.rejection_reason
		)
	finally:
		frappe.local.lang = before
	enqueue_create_notification(
		[sheet.user],
		{
			"type": "Alert",
			"document_type": TIMESHEET,
			"document_name": timesheet,
			"subject": frappe.utils.escape_html(subject),
			"link": f"/desk/spm-week/{sheet.week_start}",
			"from_user": by,
		},
	)


def _people_of_projects(start: date) -> dict[str, str]:
	"""Enabled people on teams of running projects, or managing one, whose roles let them enter hours."""
	project, member, user = DocType("SPM Project"), DocType("SPM Project Member"), DocType("User")
	last = start + timedelta(days=DAYS_OF_A_WEEK - 1)
	runs = project.status.isin(ACTIVE) & (
		project.planned_start_date.isnull() | (project.planned_start_date <= last)
	)
	on_team = (
		frappe.qb.from_(member)
		.inner_join(project)
		.on((project.name == member.parent) & (member.parenttype == "SPM Project"))
		.select(member.user.as_("person"))
		.where(runs)
		.where(member.from_date.isnull() | (member.from_date <= last))
		.where(member.to_date.isnull() | (member.to_date >= start))
	)
	managing = frappe.qb.from_(project).select(project.project_manager.as_("person")).where(runs)
	people = on_team.union_all(managing).as_("people")
	role, roles = DocType("Has Role"), _entering_roles()
	return dict(
		frappe.qb.from_(user)
		.select(user.name, user.full_name)
		.where((user.enabled == 1) & (user.user_type == "System User"))
		.where(user.name.isin(frappe.qb.from_(people).select(people.person)))
		.where(
			user.name.isin(
				frappe.qb.from_(role)
				.select(role.parent)
				.where((role.parenttype == "User") & role.role.isin(roles or [""]))
			)
		)
		.orderby(user.full_name)
		.run()
	)


def _entering_roles() -> list[str]:
	"""Roles that may make timesheets; who only looks after the site or the company is not asked for hours."""
	return sorted(
		{perm.role for perm in frappe.get_meta(TIMESHEET).permissions if cint(perm.create)}
		- {SYSTEM_MANAGER, EXECUTIVE}
	)


def _sheets(users: list[str], start: date) -> dict[str, frappe._dict]:
	sheet = DocType(TIMESHEET)
	rows = (
		frappe.qb.from_(sheet)
		.select(sheet.name, sheet.user, sheet.status, sheet.total_hours)
		.where(sheet.user.isin(users) & (sheet.week_start == start))
		.run(as_dict=True)
	)
	return {row.user: row for row in rows}


def _words(row: dict[str, Any], week: date) -> tuple[str, str | None]:
	"""Subject and mail in the reader's language, from the template of the settings."""
	chosen = frappe.get_cached_doc("SPM Settings").get("timesheet_email_template")
	language = (frappe.local.lang or "en").split("-")[0]
	names = [chosen, f"{TEMPLATE} ({language})", TEMPLATE]
	name = next((n for n in names if n and frappe.db.exists("Email Template", n)), None)
	if not name:
		return _("Your hours of the week of {0} are missing").format(formatdate(week)), None
	values = {
		"first_name": frappe.db.get_value("User", row["user"], "first_name"),
		"week": formatdate(week),
		"entered": f"{row['entered']:g}",
		"expected": f"{row['expected']:g}",
		"url": get_url(f"/desk/spm-week/{week}"),
	}
	written = frappe.get_doc("Email Template", name).get_formatted_email(values)
	return written["subject"], written["message"]
