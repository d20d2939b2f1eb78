"""The demo company's delivery team: who can do what, who is on what, who is away, and who answers for what."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, getdate, today

from sales_crm_pm.loop import allocation
from sales_crm_pm.setup.demo import data, flagship
from sales_crm_pm.setup.demo.people import acting, login

# first name, last name, login, language, role, hours a day, skills with levels
TEAM = (
	("Marek", "Novak", "marek.novak", "en", "Solution Architect", None, {"Process Design": 4, "System Integration": 5, "Software Development": 4}),
	("Mei", "Tan", "mei.tan", "en", "Business Analyst", None, {"Requirements Analysis": 5, "Process Design": 4, "User Training": 3}),
	("Jonas", "Weber", "jonas.weber", "en", "Engineer", None, {"Software Development": 5, "Data Migration": 3}),
	("建国", "周", "zhou.jianguo", "zh", "Engineer", None, {"Software Development": 4, "System Integration": 4}),
	("浩", "吴", "wu.hao", "zh", "Engineer", None, {"Software Development": 3, "Data Migration": 4}),
	("Aisha", "Khan", "aisha.khan", "en", "Tester", None, {"Test Automation": 5, "Requirements Analysis": 2}),
	("晓燕", "陈", "chen.xiaoyan", "zh", "Tester", 6, {"Test Automation": 3, "User Training": 4}),
	("Lucia", "Romano", "lucia.romano", "en", "Trainer", 4, {"User Training": 5, "Stakeholder Management": 3}),
)  # fmt: skip
# People of the story who are planned as well: login, role, skills
KNOWN = (
	("pm", "Project Manager", {"Project Planning": 5, "Stakeholder Management": 4}),
	("pm.zh", "Project Manager", {"Project Planning": 4, "Stakeholder Management": 5}),
	("delivery", "Engineer", {"System Integration": 5, "Software Development": 3, "Data Migration": 2}),
)
# project, who books: person, first week from now, number of weeks, share of the day
BOOKED = (
	("信贷流程平台", "pm.zh", (
		("pm.zh", -4, 14, 10), ("zhou.jianguo", -4, 10, 60), ("wu.hao", -2, 8, 80), ("delivery", -1, 8, 60),
		("chen.xiaoyan", 1, 6, 50), ("marek.novak", -4, 6, 40),
	)),
	("产线看板一期", "pm.zh", (
		("pm.zh", -4, 8, 10), ("zhou.jianguo", 3, 4, 60), ("jonas.weber", -3, 7, 70), ("aisha.khan", 0, 5, 50),
	)),
	("Device tracking", "pm", (
		("pm", 0, 12, 60), ("mei.tan", 0, 5, 60), ("delivery", 3, 4, 60), ("aisha.khan", 4, 5, 40), ("lucia.romano", 8, 3, 75),
	)),
)  # fmt: skip
# deal (by customer and the beginning of its title): person or None, role, first week, weeks, share of the day
PLANNED = (
	("jiangnan", "园区", (
		("marek.novak", "Solution Architect", 2, 6, 60), ("wu.hao", "Engineer", 6, 8, 60), (None, "Engineer", 4, 10, 100),
		(None, "Business Analyst", 3, 4, 100),
	)),
	("harbor", "Warehouse", (
		("jonas.weber", "Engineer", 4, 8, 80), ("mei.tan", "Business Analyst", 5, 4, 50), (None, "Tester", 8, 4, 100),
	)),
	("summit", "Store", (("marek.novak", "Solution Architect", 5, 4, 50), (None, "Engineer", 7, 6, 100))),
)  # fmt: skip
# person, reason, first day from this Monday, last day, half days
AWAY = (
	("mei.tan", "Leave", 21, 32, 0),
	("pm", "Leave", 28, 29, 0),
	("aisha.khan", "Training", 14, 16, 1),
	("zhou.jianguo", "Leave", 9, 11, 0),
	("lucia.romano", "Travel", 58, 60, 0),
)


def tell(story: Any) -> None:
	"""Hire the team and plan it; bookings that are too much are part of the story, so nobody is told of them."""
	muted, frappe.flags.mute_messages = frappe.flags.mute_messages, True
	try:
		_hire(story)
		for title, manager, rows in BOOKED:
			_book(title, manager, rows)
		_book_flagship()
		for customer, title, rows in PLANNED:
			_plan(story, customer, title, rows)
		_send_away()
		_share_out(BOOKED[0][0])
	finally:
		frappe.flags.mute_messages = muted


def _hire(story: Any) -> None:
	for first, last, short, language, role, hours, skills in TEAM:
		story._add_user(first, last, short, language, ("SPM Delivery Member",), "System User")
		_describe(short, role, hours, skills)
	for short, role, skills in KNOWN:
		_describe(short, role, None, skills)


def _describe(short: str, role: str, hours: float | None, skills: dict[str, int]) -> None:
	"""What somebody does and can; a role or skill the admin has given up is left out."""
	user = login(short)
	frappe.get_doc(
		{
			"doctype": "SPM Person Capacity",
			"user": user,
			"project_role": role if frappe.db.exists("SPM Project Role", role) else None,
			"hours_per_day": hours,
			"target_utilisation": 40 if role == "Project Manager" else 80,
		}
	).insert(ignore_permissions=True)
	for skill, level in skills.items():
		if frappe.db.exists("SPM Skill", skill):
			frappe.get_doc(
				{"doctype": "SPM Person Skill", "user": user, "skill": skill, "level": level}
			).insert(ignore_permissions=True)


def _week(number: int) -> Any:
	"""Monday of a week from now."""
	return getdate(add_days(today(), 7 * number - getdate().weekday()))


def _weeks(first: int, count: int) -> dict[str, Any]:
	return {"from_date": _week(first), "to_date": add_days(_week(first + count), -3)}


def _role_of(short: str) -> str:
	return next(
		role
		for known, role in [*((p[2], p[4]) for p in TEAM), *((p[0], p[1]) for p in KNOWN)]
		if known == short
	)


def _book(title: str, manager: str, rows: tuple) -> None:
	"""Put people into a project's team and book them."""
	name = _project(title)
	with acting(manager):
		project = frappe.get_doc("SPM Project", name)
		there = {row.user for row in project.team}
		for short, first, count, percent in rows:
			if login(short) not in there:
				project.append(
					"team",
					{
						"user": login(short),
						"project_role": _(_role_of(short)),
						"raci": "Responsible",
						"allocation_percent": percent,
						**_weeks(first, count),
					},
				)
		project.save()
		for short, first, count, percent in rows:
			_allocate(
				user=login(short),
				project_role=_role_of(short),
				project=name,
				status="Confirmed",
				percent=percent,
				billable=int(not short.startswith("pm")),
				**_weeks(first, count),
			)


def _project(title: str) -> str:
	return frappe.db.get_value(
		"SPM Project",
		{"project_name": title, "customer": ["in", _demo_customers()], "status": ["!=", "Closed"]},
	)


def _demo_customers() -> list[str]:
	return frappe.get_all("SPM Customer", {"external_id": ["like", f"{data.MARK}%"]}, pluck="name")


def _book_flagship() -> None:
	"""The large project books its team by the rows of the team itself."""
	project = flagship.find()
	if not project:
		return
	with acting("pm.zh"):
		# Its rows name the roles in the language of the project.
		roles = allocation.role_names()
	for row in frappe.get_doc("SPM Project", project).team:
		known = frappe.db.exists("SPM Person Capacity", {"user": row.user})
		if not known and "SPM Delivery Member" in frappe.get_roles(row.user):
			_describe(row.user.split("@")[0], roles.get((row.project_role or "").lower(), ""), None, {})
	with acting("pm.zh"):
		allocation.book_team(project)


def _plan(story: Any, customer: str, title: str, rows: tuple) -> None:
	"""Sales plans people for a deal that is not won yet."""
	deal = frappe.db.get_value(
		"SPM Opportunity",
		{"customer": story.customers[customer], "title": ["like", f"{title}%"], "status": "Open"},
	)
	with acting(story._owner_of(customer)):
		for short, role, first, count, percent in rows:
			_allocate(
				user=login(short) if short else None,
				project_role=role,
				opportunity=deal,
				percent=percent,
				**_weeks(first, count),
			)


def _allocate(**values: Any) -> None:
	if not frappe.db.exists("SPM Project Role", values["project_role"]):
		values["project_role"] = None
	if values["user"] or values["project_role"]:
		frappe.get_doc({"doctype": "SPM Allocation", **values}).insert()


def _send_away() -> None:
	for short, reason, first, last, half_day in AWAY:
		frappe.get_doc(
			{
				"doctype": "SPM Absence",
				"user": login(short),
				"reason": reason,
				"from_date": add_days(_week(0), first),
				"to_date": add_days(_week(0), last),
				"half_day": half_day,
			}
		).insert(ignore_permissions=True)


def _share_out(title: str) -> None:
	"""Who works on, advises on and hears of the milestones of one project."""
	project = _project(title)
	parts = (("zhou.jianguo", "Responsible"), ("marek.novak", "Consulted"), ("sales.zh", "Informed"))
	with acting("pm.zh"):
		for milestone in frappe.get_all("SPM Milestone", {"project": project}, pluck="name"):
			for short, raci in parts:
				frappe.get_doc(
					{
						"doctype": "SPM Responsibility",
						"project": project,
						"milestone": milestone,
						"user": login(short),
						"raci": raci,
					}
				).insert()


def remove(delete: Any, customers: list[str]) -> dict[str, int]:
	"""Take away what hangs on the demo people and projects; called before either goes."""
	projects = frappe.get_all("SPM Project", {"customer": ["in", customers or [""]]}, pluck="name")
	people = {"user": ["like", f"%@{data.DOMAIN}"]}
	return {
		"SPM Responsibility": delete("SPM Responsibility", {"project": ["in", projects or [""]]}),
		"SPM Allocation": delete("SPM Allocation", {"customer": ["in", customers or [""]]})
		+ delete("SPM Allocation", people),
		"SPM Person Skill": delete("SPM Person Skill", people),
		"SPM Person Capacity": delete("SPM Person Capacity", people),
	}
