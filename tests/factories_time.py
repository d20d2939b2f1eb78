"""Builders of hours, rates and costs."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, getdate, today

from sales_crm_pm.loop.timesheet_checks import week_start
from tests.factories import make, make_user, unique
from tests.factories_delivery import make_project

DELIVERY = "SPM Delivery Member"


def last_week() -> Any:
	"""The first day of last week, all of which has passed."""
	return week_start(add_days(today(), -7))


def make_member() -> str:
	"""A delivery member."""
	return make_user(DELIVERY)


def make_activity(**values) -> str:
	"""An activity type."""
	return make("SPM Activity Type", **{"activity_name": unique("Activity "), **values}).name


def make_rate(**values):
	"""A rate per hour in base currency from long ago."""
	return make("SPM Rate", **{"from_date": "2020-01-01", "cost_rate": 100, "billing_rate": 200, **values})


def make_booked_project(manager: str, *members: str | dict, status: str = "In Progress", **values):
	"""A running project with a team."""
	team = [member if isinstance(member, dict) else {"user": member} for member in members]
	project = make_project(project_manager=manager, team=team, **values)
	frappe.db.set_value("SPM Project", project.name, {"status": status, "workflow_state": status})
	return project.reload()


def make_sheet(user: str, *lines: dict, submit: bool = False, start: Any = None):
	"""A week of hours of a person, written by that person."""
	start = start or last_week()
	before = frappe.session.user
	frappe.set_user(user)
	try:
		sheet = frappe.get_doc(
			{
				"doctype": "SPM Timesheet",
				"user": user,
				"week_start": start,
				"lines": [{"work_date": start, "hours": 8, **line} for line in lines],
			}
		).insert()
		if submit:
			sheet.status = "Submitted"
			sheet.save()
	finally:
		frappe.set_user(before)
	return sheet


def make_cost(project: str, approve: bool = True, **values):
	"""A cost entry of today."""
	entry = make(
		"SPM Cost Entry",
		**{
			"title": unique("Cost "),
			"project": project,
			"amount": 1000,
			"entry_date": getdate(),
			"category": "Purchase",
			**values,
		},
	)
	if approve:
		entry.status = "Approved"
		entry.save()
	return entry
