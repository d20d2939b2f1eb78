"""Hours: entering, handing in, approving, and what projects and tasks cost by them."""

from __future__ import annotations

import frappe
import pytest

from sales_crm_pm.loop import costs, timesheet_approval
from tests.factories import make_user
from tests.factories_delivery import make_task
from tests.factories_time import (
	make_booked_project,
	make_member,
	make_rate,
	make_sheet,
)

LINE = "SPM Timesheet Line"


@pytest.fixture
def world(site):
	manager = make_user("SPM Project Manager")
	member = make_member()
	project = make_booked_project(manager, {"user": member, "project_role": "Engineer"})
	task = make_task(project=project.name, assigned_to=member)
	make_rate(user=member, cost_rate=150, billing_rate=400)
	return frappe._dict(manager=manager, member=member, project=project.name, task=task.name)


def status(sheet) -> str:
	return frappe.db.get_value("SPM Timesheet", sheet.name, "status")


def test_approved_hours_cost_their_frozen_rate_on_project_and_task(world, as_user):
	sheet = make_sheet(
		world.member,
		{"project": world.project, "task": world.task, "hours": 6},
		{"project": world.project, "hours": 1.5, "billable": 0},
		submit=True,
	)
	assert sheet.total_hours == 7.5 and sheet.billable_hours == 6
	with as_user(world.manager):
		answer = timesheet_approval.approve([sheet.name])
	assert answer["approved"] == [sheet.name] and answer["lines"] == 2
	lines = frappe.get_all(
		LINE,
		filters={"parent": sheet.name},
		fields=["cost_rate", "cost_amount", "billing_amount", "project_role", "status", "approved_by"],
		order_by="idx",
	)
	assert [(row.cost_amount, row.billing_amount) for row in lines] == [(900, 2400), (225, 0)]
	assert {(row.status, row.approved_by, row.project_role) for row in lines} == {
		("Approved", world.manager, "Engineer")
	}
	project = frappe.get_doc("SPM Project", world.project)
	assert (project.actual_cost, project.labour_cost, project.actual_hours) == (1125, 1125, 7.5)
	assert frappe.db.get_value("SPM Task", world.task, ["actual_hours", "actual_cost"]) == (6, 900)
	# A later change of the rate card changes nothing that has been approved.
	frappe.db.set_value("SPM Rate", {"user": world.member}, "cost_rate", 999)
	costs.recompute([world.project])
	assert frappe.db.get_value("SPM Project", world.project, "actual_cost") == 1125
