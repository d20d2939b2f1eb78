"""Changes of the demo projects: one carried out and paid for, one that waits for the customer, and what else is asked."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, add_to_date, now_datetime, today

from sales_crm_pm.loop import change_approval, change_implementation, change_link, change_steps
from sales_crm_pm.setup.demo import data, flagship
from sales_crm_pm.setup.demo.people import acting, login

DOCTYPE = "SPM Change Request"


def tell(story: Any) -> None:
	"""Tell what customers, sales and delivery want otherwise than it was agreed.

	:param story: the Story being told; its contracts are signed
	"""
	bank, factory = (_project(key, title) for key, title, *_rest in data.PROJECTS if key in ("huaxin", "yuanhang"))
	_reports(story, bank)
	_mobile(story, frappe.get_doc("SPM Project", flagship.find() or bank.name))
	_spare_parts(story, factory)
	_dark_theme(story, factory)


def _project(_key: str, title: str) -> Any:
	return frappe.get_doc("SPM Project", {"project_name": title})


def _raise(project: Any, by: str, title: str, lines: list[dict], **values: Any) -> str:
	with acting(by):
		doc = frappe.get_doc(
			{"doctype": DOCTYPE, "project": project.name, "title": title, "lines": lines, **values}
		).insert()
		return change_steps.submit(doc.name).name


def _open_tasks(project: Any) -> list[Any]:
	return frappe.get_all(
		"SPM Task",
		filters={"project": project.name, "status": ["in", ["Open", "Working"]], "bid_task": 0},
		fields=["name", "subject", "milestone", "duration_days"],
		order_by="planned_end_date, name",
	)


def _date_back(name: str, submitted: int, decided: int | None = None) -> None:
	"""The story is told today; what was asked and decided lies in the past."""
	now = now_datetime()
	values: dict[str, Any] = {
		"requested_on": add_days(today(), -submitted),
		"submitted_on": add_to_date(now, days=-submitted, hours=-3),
	}
	if decided is not None:
		values |= {"decided_on": add_to_date(now, days=-decided), "cycle_days": submitted - decided + 0.1}
	frappe.db.set_value(DOCTYPE, name, values, update_modified=False)


def _reports(story: Any, project: Any) -> None:
	"""What the head of IT asked for in the meeting: wanted, assessed, agreed to by all, carried out, to be paid."""
	tasks = _open_tasks(project)
	name = _raise(
		project,
		"sales.zh",
		"审批统计报表",
		[
			{
				"kind": "Add Task",
				"subject": "开发审批统计报表",
				"predecessor": tasks[0].name,
				"successor": tasks[1].name if len(tasks) > 1 else None,
				"milestone": tasks[0].milestone,
				"assigned_to": login("delivery"),
				"days": 8,
				"hours": 64,
				"price": 80_000,
				"line_cost": 32_000,
			},
			{
				"kind": "Scope Text",
				"subject": "审批统计报表",
				"after_text": "审批统计报表：按部门、产品和月份统计审批数量与平均时长，可导出 Excel。",
			},
		],
		requested_side="Customer",
		requested_contact=story.contacts["huaxin"][0],
		channel="Meeting",
		change_type="Scope",
		priority="2 High",
		description="信息科技部希望在上线时能按部门和产品查看审批数量与平均时长，用于向监管部门报送。",
		justification="监管报送自下季度起要求提供审批时长统计。",
		effect_of_not_approving="银行须手工统计，预计每月 3 人天。",
		alternatives="先交付按月汇总的简版报表，部门明细放到二期。",
		payment_due_date=add_days(today(), 45),
	)
	with acting("pm.zh"):
		change_steps.assess(name)
		change_implementation.approve(name, "Delivery")
	with acting("director"):
		change_implementation.approve(name, "Sales")
	with acting("sales.zh"):
		change_implementation.approve(
			name, "Customer", contact=story.contacts["huaxin"][0], remark="张总 邮件确认：同意追加 8 万元。"
		)
	_date_back(name, 16, 4)


def _mobile(story: Any, project: Any) -> None:
	"""Asked for yesterday; nobody has looked at it yet."""
	name = _raise(
		project,
		"sales.zh",
		"移动端审批",
		[],
		requested_side="Customer",
		requested_contact=story.contacts["huaxin"][1],
		channel="Message",
		priority="3 Medium",
		description="陈丽希望分行经理可以在手机上完成审批。",
		decide_by_date=add_days(today(), 7),
	)
	_date_back(name, 1)


def _spare_parts(story: Any, project: Any) -> None:
	"""Agreed on our side; the customer has the link."""
	tasks = _open_tasks(project)
	milestone = tasks[0].milestone
	name = _raise(
		project,
		"pm.zh",
		"增加备件库存看板",
		[
			{
				"kind": "Add Task",
				"subject": "备件库存看板",
				"predecessor": tasks[0].name,
				"milestone": milestone,
				"assigned_to": login("delivery"),
				"days": 6,
				"hours": 48,
				"price": 45_000,
				"line_cost": 21_000,
			},
			{"kind": "Estimate or Purchase", "category": "Purchase", "subject": "两块看板屏幕", "line_cost": 6_000},
			{"kind": "Scope Text", "subject": "看板", "after_text": "备件库存看板，每 15 分钟与仓库系统同步一次。"},
		],
		requested_side="Customer",
		requested_contact=story.contacts["yuanhang"][0],
		channel="Phone",
		change_type="Scope",
		priority="3 Medium",
		description="生产总监希望在产线旁看到备件库存，避免因缺件停线。",
		justification="上月因缺件停线两次，共 5 小时。",
		alternatives="沿用现有纸质备件卡，每班人工更新。",
		payment_due_date=add_days(today(), 60),
		decide_by_date=add_days(today(), 9),
	)
	with acting("pm.zh"):
		change_steps.assess(name)
		change_implementation.approve(name, "Delivery")
	with acting("director"):
		change_implementation.approve(name, "Sales")
	with acting("sales.zh"):
		change_link.open_link(name)
	_date_back(name, 8)


def _dark_theme(story: Any, project: Any) -> None:
	"""A wish that was not worth its price to the customer."""
	name = _raise(
		project,
		"pm.zh",
		"看板改用深色界面",
		[{"kind": "Price", "subject": "深色界面", "price": 18_000, "line_cost": 9_000}],
		requested_side="Customer",
		requested_contact=story.contacts["yuanhang"][0],
		channel="Meeting",
		change_type="Quality",
		priority="4 Low",
		description="夜班希望看板使用深色界面。",
	)
	with acting("pm.zh"):
		change_steps.assess(name)
	with acting("director"):
		change_approval.reject(name, "客户认为不值得单独付费，调低亮度即可。", "Sales")
	_date_back(name, 30, 23)
