"""The demo company's plans: laid on working days, agreed as baselines, changed since, with a path that is critical."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import frappe
from frappe.utils import add_days, get_datetime, getdate

from sales_crm_pm.loop import baselines, scheduling
from sales_crm_pm.setup.demo import data
from sales_crm_pm.setup.demo.people import acting, login

REPORTS = "审批统计报表"
GO_LIVE = "上线与验收"


def tell(story: Any) -> None:
	"""Agree on the plans under way, and let one grow by what the customer asked for."""
	_grow_plan(_project_of(story, "huaxin"))
	_plan_late_project(_project_of(story, "yuanhang"))
	_lay_out_new_plan(_project_of(story, "aurora"))


def _project_of(story: Any, key: str) -> str | None:
	title = next(row[1] for row in data.PROJECTS if row[0] == key)
	return frappe.db.get_value("SPM Project", {"customer": story.customers[key], "project_name": title})


def _monday() -> date:
	"""The Monday after today."""
	return getdate() + timedelta(days=7 - getdate().weekday())


def _agree(project: str, title: str, reason: str, days_ago: int) -> None:
	name = baselines.take(project, title, reason)
	taken = get_datetime(f"{add_days(getdate(), -days_ago)} 16:40:00")
	frappe.db.set_value("SPM Baseline", name, "taken_on", taken, update_modified=False)


def _grow_plan(project: str | None) -> None:
	"""The bank wanted statistics of its approvals; they delay the go-live, and a second baseline says so."""
	if not project:
		return
	last = frappe.db.get_value("SPM Task", {"project": project, "subject": GO_LIVE})
	with acting("pm.zh"):
		if not baselines.current(project):
			_agree(project, "批准的计划", "立项批准", 44)
		milestone = last and frappe.db.get_value("SPM Task", last, "milestone")
		changes: dict[str, Any] = {
			"add": [
				{"name": "reports", "subject": REPORTS, "milestone": milestone},
				{
					"name": "need",
					"subject": "报表需求评估",
					"parent_task": "reports",
					"planned_start_date": _monday(),
					"duration_days": 3,
					"estimate_hours": 20,
					"assigned_to": login("pm.zh"),
					"milestone": milestone,
				},
				{
					"name": "build",
					"subject": "报表开发",
					"parent_task": "reports",
					"duration_days": 6,
					"estimate_hours": 48,
					"assigned_to": login("delivery"),
					"depends_on": [{"task": "need"}],
					"milestone": milestone,
				},
				{
					"name": "test",
					"subject": "报表测试",
					"parent_task": "reports",
					"duration_days": 4,
					"estimate_hours": 24,
					"assigned_to": login("delivery"),
					"depends_on": [{"task": "build", "link_type": "SS", "lag_days": 4}],
					"milestone": milestone,
				},
				{
					"name": "manual",
					"subject": "报表用户手册",
					"parent_task": "reports",
					"duration_days": 2,
					"estimate_hours": 12,
					"depends_on": [{"task": "build", "link_type": "FF", "lag_days": 1}],
					"milestone": milestone,
				},
			]
		}
		names = scheduling.apply(project, changes, "客户希望增加审批统计报表。")["names"]
		if last:
			scheduling.apply(project, {last: {"depends_on": _also(last, names[0])}}, "报表完成后上线。")
		_agree(project, "增加报表后的计划", "客户希望增加审批统计报表。", 1)


def _also(task: str, predecessor: str) -> list[dict[str, Any]]:
	rows = frappe.get_all(
		"SPM Task Dependency",
		{"parent": task, "parenttype": "SPM Task"},
		["task", "link_type", "lag_days"],
		order_by="idx",
	)
	return [*rows, {"task": predecessor, "link_type": "FS", "lag_days": 0}]


def _plan_late_project(project: str | None) -> None:
	"""The plan that was agreed is long past; what is left was planned anew from next Monday."""
	if not project:
		return
	with acting("pm.zh"):
		if not baselines.current(project):
			_agree(project, "批准的计划", "立项批准", 66)
		left = frappe.get_all(
			"SPM Task",
			{"project": project, "status": "Open"},
			["name", "planned_start_date"],
			order_by="planned_start_date, name",
		)
		if left:
			scheduling.apply(
				project, {left[0].name: {"planned_start_date": _monday()}}, "人手不足，从下周起重新安排。"
			)


def _lay_out_new_plan(project: str | None) -> None:
	"""A plan that waits for approval: training overlaps with the customer's test, the end is set."""
	if not project:
		return
	with acting("pm"):
		tasks = {
			t.subject: t.name for t in frappe.get_all("SPM Task", {"project": project}, ["name", "subject"])
		}
		scheduling.reschedule(project, "forward", _monday(), "The kick-off is next week.")
		test, training = tasks.get("Customer test and corrections"), tasks.get("Training")
		if test and training:
			scheduling.apply(
				project,
				{training: {"depends_on": [{"task": test, "link_type": "SS", "lag_days": 4}]}},
				"Training begins while the customer still tests.",
			)
		if not baselines.current(project):
			_agree(project, "Plan for approval", "As offered to the customer.", 0)


def remove(delete: Any, customers: list[str]) -> dict[str, int]:
	"""Delete the baselines of the demo projects.

	:param delete: function (doctype, filters) -> number of records deleted with their traces
	"""
	projects = frappe.get_all("SPM Project", {"customer": ["in", customers or [""]]}, pluck="name")
	return {
		doctype: delete(doctype, {"project": ["in", projects or [""]]})
		for doctype in ("SPM Baseline Row", "SPM Baseline")
	}
