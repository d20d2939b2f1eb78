"""Risks, issues and lessons of the demo projects, told as their people would have written them down."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, add_to_date, now_datetime, today

from sales_crm_pm.loop import risk_register, transitions
from sales_crm_pm.setup.demo import data
from sales_crm_pm.setup.demo.people import acting, login

TREATING, ASSESSED, IDENTIFIED, CLOSED, OCCURRED = "Treating", "Assessed", "Identified", "Closed", "Occurred"

# What a row of RISKS holds, in this order
FIELDS = (
	"title",
	"category",
	"probability",
	"impact",
	"cost_impact",
	"schedule_impact_days",
	"response_strategy",
	"response_plan",
	"residual_probability",
	"residual_impact",
)

# customer, title of the project, who writes → (row of FIELDS, owner, days ago, how far, more values, later reviews)
PROJECT_RISKS: tuple[tuple[str, str, str, tuple[tuple, ...]], ...] = (
	(
		"huaxin",
		data.FLAGSHIP,
		"pm.zh",
		(
			(
				("征信接口未获人行批复,联调推迟 · Credit bureau interface is approved late", "External", 3, 5, 320_000, 20, "Mitigate", "先用模拟数据开发;每两周向客户确认批复进度 · Build against a simulator; ask every second week", 2, 3),
				"analyst",
				80,
				TREATING,
				{
					"trigger_event": "里程碑“全部功能完成”前 30 天仍无批复 · No approval 30 days before all functions are complete",
					"contingency": "上线时先不启用征信查询,人工查询过渡 · Go live with manual enquiries",
					"visible_to_customer": 1,
					"customer_text": "征信接口需要人行批复,请贵行每两周同步一次进度。 The credit bureau interface needs the central bank's approval; please tell us every second week where it stands.",
				},
				((52, 3, 5, "批复材料已提交 · Papers are handed in"), (21, 4, 4, "要求补充材料 · More papers are asked for"), (5, 3, 5, "已补交 · Handed in")),
			),
			(
				("42 家支行历史数据质量差,迁移反复 · Poor data of 42 branches", "Customer Side", 4, 3, 260_000, 15, "Mitigate", "迁移前三轮抽样核对,问题清单由支行修正 · Three rounds of samples, branches correct", 2, 3),
				"engineer.zh",
				74,
				TREATING,
				{"trigger_event": "抽样差错率高于 3% · More than 3 % of a sample is wrong"},
				((30, 4, 4, "首轮抽样差错 6% · First sample 6 % wrong"), (9, 4, 3, "第二轮 2.4% · Second sample 2.4 %")),
			),
			(
				("夜间批处理窗口不足 · The night window is too short", "Technical", 3, 4, 140_000, 10, "Mitigate", "分区并行,压测提前到 R1 · Partitions in parallel, load test with R1", 2, 2),
				"architect",
				60,
				ASSESSED,
				{},
				((18, 3, 4, ""),),
			),
			(
				("关键开发人员被其他项目占用 · Key engineers are taken by other projects", "Resource", 3, 3, 90_000, 8, "Avoid", "锁定分配到系统测试结束 · Allocation confirmed until the system test ends", 1, 3),
				"pm.zh",
				45,
				TREATING,
				{},
				((14, 3, 3, ""),),
			),
			(
				("支行业务人员旺季无法参加验收测试 · Branch staff cannot test in the peak season", "Delivery Dates", 2, 4, 60_000, 12, "Transfer", "由客户项目办公室统一安排 · Scheduled by the bank's project office", 2, 2),
				"tester",
				36,
				ASSESSED,
				{"visible_to_customer": 1, "customer_text": "请提前确定验收测试人员名单。 Please name who takes part in the acceptance test."},
				(),
			),
			(
				("需求在设计评审后追加 · Needs are added after the design review", "Budget", 4, 3, 180_000, 10, "Transfer", "追加需求走变更申请 · Additions go through a change request", 2, 2),
				"analyst",
				70,
				OCCURRED,
				{"contingency": "评估影响并提交变更申请 · Assess and raise a change request"},
				(),
			),
			(
				("自动化测试可复用到二期 · Test automation can be reused", "Technical", 4, 3, 80_000, 0, "Enhance", "用例按模块编写 · Cases are written per module", 0, 0),
				"tester",
				28,
				ASSESSED,
				{"kind": "Chance"},
				(),
			),
		),
	),
	(
		"huaxin",
		"信贷流程平台",
		"pm.zh",
		(
			(
				("核心系统接口文档不完整，联调可能返工", "Technical", 4, 3, 160_000, 15, "Mitigate", "每周与核心系统团队核对一次接口，先做模拟桩", 2, 3),
				"pm.zh",
				24,
				TREATING,
				{
					"description": "核心系统由第三方维护，接口说明停留在两年前的版本。",
					"contingency": "改为批量文件交换，二期再接实时接口。",
					"trigger_event": "连续两次联调失败",
					"visible_to_customer": 1,
					"customer_text": "我们每周与核心系统团队核对接口，需要贵方指定一位接口负责人。",
				},
				((10, 4, 3, "第三方已指定接口人，但文档仍未更新"),),
			),
			(
				("监管要求在验收前调整，审批规则需要重做", "Compliance", 2, 5, 240_000, 20, "Transfer", "合同约定监管变更按变更单计价", 2, 3),
				"sales.zh",
				40,
				TREATING,
				{"trigger_event": "监管机构发布征求意见稿"},
				((20, 3, 5, "征求意见稿已发布"), (6, 2, 5, "正式稿推迟到明年")),
			),
			(
				("客户项目负责人可能调岗，需求确认变慢", "Customer Side", 3, 3, 60_000, 10, "Mitigate", "请张总指定副手并参加每周例会", 2, 2),
				"sales.zh",
				16,
				ASSESSED,
				{},
				(),
			),
			(
				("测试环境与生产环境配置不一致", "Technical", 3, 2, 25_000, 4, "Avoid", "使用同一套部署脚本", 1, 2),
				"delivery",
				48,
				CLOSED,
				{"close_note": "两套环境已由同一脚本部署并核对。"},
				(),
			),
			(
				("复用现有审批组件，可提前一周交付", "Delivery Dates", 3, 3, 50_000, 0, "Exploit", "由资深工程师先评估组件", 0, 0),
				"delivery",
				9,
				ASSESSED,
				{"kind": "Chance"},
				(),
			),
		),
	),
	(
		"yuanhang",
		"产线看板一期",
		"pm.zh",
		(
			(
				("关键工程师被抽调，第三个里程碑继续拖延", "Resource", 5, 4, 90_000, 12, "Mitigate", "向总监申请一名替补工程师，并调整任务顺序", 3, 3),
				"pm.zh",
				30,
				TREATING,
				{"trigger_event": "连续一周无人处理未完成任务"},
				((12, 4, 4, "已错过一次内部检查点"), (4, 5, 4, "抽调延长两周")),
			),
			(
				("产线停机窗口只有周日，安装时间不够", "Customer Side", 3, 4, 45_000, 7, "Mitigate", "与生产总监约定两个连续的周日", 2, 3),
				"pm.zh",
				45,
				ASSESSED,
				{
					"visible_to_customer": 1,
					"customer_text": "请尽快确认两个连续周日的停机窗口，以便完成安装。",
				},
				(),
			),
			(
				("传感器供应商交货延迟", "External", 4, 3, 70_000, 10, "Transfer", "合同写入违约金，并联系第二家供应商", 2, 3),
				"delivery",
				52,
				OCCURRED,
				{"contingency": "向第二家供应商采购首批二十只传感器", "description": "原供应商产能不足"},
				(),
			),
		),
	),
	(
		"aurora",
		"Device tracking",
		"pm",
		(
			(
				("Scanner firmware cannot write the new tags", "Technical", 3, 5, 80_000, 15, "Mitigate", "Borrow two scanners and test before the design is signed", 1, 4),
				"delivery",
				4,
				ASSESSED,
				{
					"trigger_event": "First test with the borrowed scanners fails",
					"visible_to_customer": 1,
					"customer_text": "We test the scanners before the design is signed. Please send us two of them.",
				},
				(),
			),
			(
				("The quality manager joins late and asks for other records", "Customer Side", 3, 3, 30_000, 8, "Avoid", "Invite her to the kick-off and sign the list of records there", 1, 2),
				"sales",
				4,
				IDENTIFIED,
				{},
				(),
			),
			(
				("Audit in spring moves people of the customer away", "Delivery Dates", 2, 3, 20_000, 10, "Accept", "", 0, 0),
				"pm",
				36,
				ASSESSED,
				{},
				(),
			),
		),
	),
	(
		"northwind",
		"Production planning",
		"pm",
		(
			(
				("Two sites plan differently, one model may not fit both", "Technical", 4, 4, 110_000, 14, "Mitigate", "A workshop per site before the model is built", 2, 2),
				"pm",
				140,
				CLOSED,
				{"close_note": "Two plans in one model; both sites signed."},
				((120, 3, 4, "First site signed"), (96, 2, 2, "Second site signed")),
			),
		),
	),
)  # fmt: skip

# customer, deal, who writes → rows as above
BID_RISKS: tuple[tuple[str, str, str, tuple[tuple, ...]], ...] = (
	(
		"harbor",
		"Warehouse control",
		"sales",
		(
			(
				("The customer wants the hardware from us as well", "Budget", 3, 4, 120_000, 5, "Transfer", "Offer it through a partner, as a separate contract", 2, 2),
				"sales",
				8,
				ASSESSED,
				{},
				(),
			),
			(
				("Go-live falls into the peak season", "Delivery Dates", 4, 3, 40_000, 20, "Avoid", "Propose a start after the peak", 1, 3),
				"sales",
				8,
				IDENTIFIED,
				{},
				(),
			),
		),
	),
	(
		"jiangnan",
		"园区一体化平台",
		"sales.zh",
		(
			(
				("园区弱电改造由第三方负责，进场时间不确定", "External", 4, 4, 180_000, 25, "Transfer", "合同约定以弱电验收为开工条件", 2, 4),
				"sales.zh",
				20,
				ASSESSED,
				{},
				(),
			),
		),
	),
)  # fmt: skip

# customer, project, who writes, owner, title, severity, days ago, due in days, cause, how it was solved
ISSUES = (
	("huaxin", data.FLAGSHIP, "pm.zh", "engineer.zh", "账务接口偶发超时 · The ledger interface times out", "High", 12, 5, "对方网关限流 · The gateway limits calls", ""),
	("huaxin", data.FLAGSHIP, "pm.zh", "tester", "测试环境与生产字符集不同 · Test and production differ in their character set", "Medium", 40, -30, "安装脚本缺省值 · Default of the installer", "统一为 UTF-8 并重建环境 · Both rebuilt as UTF-8"),
	("yuanhang", "产线看板一期", "pm.zh", "delivery", "看板在车间无线网络下频繁掉线", "High", 11, -2, "车间金属货架遮挡信号", ""),
	("yuanhang", "产线看板一期", "pm.zh", "pm.zh", "班组长尚未完成培训", "Low", 6, 9, "与排班冲突", ""),
	("huaxin", "信贷流程平台", "pm.zh", "delivery", "测试数据包含真实客户姓名", "Critical", 30, -22, "从生产库直接导出", "已脱敏并重新导入，导出脚本默认脱敏。"),
	("northwind", "Production planning", "pm", "delivery", "Nightly import stops at special characters", "Medium", 100, -90, "The old system writes another character set", "The import converts the set and reports lines it cannot read."),
)  # fmt: skip

# customer, project, who writes, kind, category, type it is for, title, what happened, recommendation
LESSONS = (
	("northwind", "Production planning", "pm", "Went Badly", "Customer Side", "Large Deal", "Ask early how many sites plan", "Two plans were needed for two sites; nobody had asked before the offer.", "Ask for the number of planning sites before the offer, and hold one workshop per site."),
	("northwind", "Production planning", "pm", "Went Well", "Delivery Dates", "Large Deal", "One demo every second week kept trust", "The customer saw something that worked every second week and accepted four milestones early.", "Plan a demo every second week and invite who accepts."),
	("northwind", "Production planning", "pm", "Went Badly", "Technical", "Custom Requirement", "Test data with the customer's own special characters", "The import stopped at night because test data had been typed in the office.", "Ask for a real extract in the first week and run it through every interface."),
	("yuanhang", "产线看板一期", "pm.zh", "Went Badly", "External", "Custom Requirement", "关键硬件至少准备两家供应商", "唯一的传感器供应商延迟交货，第三个里程碑推迟。", "立项时列出关键硬件，每项确定备选供应商，并在合同中约定违约金。"),
	("huaxin", "信贷流程平台", "pm.zh", "Idea", "Technical", "Custom Requirement", "接口先做模拟桩", "没有等第三方接口就完成了主要流程的演示。", "联调前先做模拟桩，演示和开发都不必等待第三方。"),
)  # fmt: skip


def tell(story: Any) -> None:
	"""Write down risks of projects and bids, what became of them, issues, and what was learned."""
	for key, title, who, rows in PROJECT_RISKS:
		project = _project(story, key, title)
		for row in rows:
			_risk(who, row, project=project)
	for key, title, who, rows in BID_RISKS:
		deal = frappe.db.get_value("SPM Opportunity", {"customer": story.customers[key], "title": title})
		for row in rows:
			_risk(who, row, opportunity=deal)
	for row in ISSUES:
		_issue(story, *row)
	for key, title, who, kind, category, project_type, name, happened, recommendation in LESSONS:
		with acting(who):
			frappe.get_doc(
				{
					"doctype": "SPM Lesson",
					"title": name,
					"kind": kind,
					**_known_category({"category": category}),
					"project": _project(story, key, title),
					"project_type": project_type,
					"what_happened": happened,
					"recommendation": recommendation,
				}
			).insert()


def remove(delete: Any, customers: list[str]) -> dict[str, int]:
	"""Delete the lessons of the demo projects; risks and issues go with their customers."""
	projects = frappe.get_all("SPM Project", filters={"customer": ["in", customers or [""]]}, pluck="name")
	return {"SPM Lesson": delete("SPM Lesson", {"project": ["in", projects or [""]]})}


def _known_category(values: dict) -> dict:
	"""Leave out a category that the admin of this site has renamed or deleted."""
	known = frappe.db.exists("SPM Risk Category", values["category"])
	return values if known else {**values, "category": None}


def _project(story: Any, key: str, title: str) -> str:
	return frappe.db.get_value("SPM Project", {"customer": story.customers[key], "project_name": title})


def _risk(who: str, row: tuple, **home: str) -> None:
	values, owner, days, how_far, more, reviews = row
	with acting(who):
		doc = frappe.get_doc(
			{
				"doctype": "SPM Risk",
				**home,
				**_known_category(dict(zip(FIELDS, values, strict=True))),
				"risk_owner": login(owner),
				"identified_on": add_days(today(), -days),
				**{k: v for k, v in more.items() if k != "close_note"},
			}
		).insert()
		for _ago, probability, impact, note in reviews:
			doc = risk_register.review(doc, note, probability, impact)
			doc.reload()
		if how_far != IDENTIFIED:
			doc = transitions.move(doc, ASSESSED)
		if how_far == TREATING:
			transitions.move(doc, TREATING)
		elif how_far == CLOSED:
			transitions.move(doc, CLOSED, {"close_note": more["close_note"]})
		elif how_far == OCCURRED:
			risk_register.happened(doc, due_date=add_days(today(), 6))
	_date_back(doc.name, days, [ago for ago, *_rest in reviews])


def _date_back(name: str, days: int, reviews: list[int]) -> None:
	"""The story is told today; judgements were made on the days it says."""
	rows = frappe.get_all(
		"SPM Risk Assessment", filters={"parent": name, "parenttype": "SPM Risk"}, order_by="idx", pluck="name"
	)
	for assessment, ago in zip(rows, [days, *reviews], strict=True):
		on = add_to_date(now_datetime(), days=-ago)
		frappe.db.set_value("SPM Risk Assessment", assessment, "assessed_on", on, update_modified=False)
	last = add_days(today(), -(reviews[-1] if reviews else days))
	frappe.db.set_value(
		"SPM Risk",
		name,
		{"last_reviewed_on": last, "review_date": add_days(last, 30)},
		update_modified=False,
	)


def _issue(story: Any, key, title, who, owner, subject, severity, days, due, cause, solved) -> None:
	with acting(who):
		doc = frappe.get_doc(
			{
				"doctype": "SPM Issue",
				"title": subject,
				"project": _project(story, key, title),
				"severity": severity,
				"issue_owner": login(owner),
				"raised_on": add_days(today(), -days),
				"due_date": add_days(today(), due),
				"cause": cause,
			}
		).insert()
		if solved:
			doc.update({"status": "Resolved", "resolution": solved})
			doc.save()
			on = add_to_date(now_datetime(), days=-(days - 4))
			frappe.db.set_value("SPM Issue", doc.name, "resolved_on", on, update_modified=False)
		elif severity == "High":
			doc.status = "In Progress"
			doc.save()
			risk_register.create_task(doc, due_date=add_days(today(), 3))
