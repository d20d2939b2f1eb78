"""What the demo data tells about customers: groups of companies, the people who decide, lifecycle and tiers."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, add_to_date, get_datetime, getdate, now_datetime, today

from sales_crm_pm.loop import customer_scores, lifecycle, tiers
from sales_crm_pm.rules.sales import days_between
from sales_crm_pm.setup.demo import data
from sales_crm_pm.setup.demo.people import acting, login

GROUPS = {
	"huaxin": "Commercial",
	"northwind": "Commercial",
	"aurora": "Commercial",
	"yuanhang": "Commercial",
	"harbor": "Commercial",
	"jiangnan": "Public Sector",
	"summit": "Commercial",
	"haichuan": "Partner",
}

# key, name, key of the parent, industry, territory, account manager, language
SUBSIDIARIES = (
	("yuanhang-suzhou", "远航自动化（苏州）有限公司", "yuanhang", "Manufacturing", "Domestic", "sales.zh", "zh"),
	("yuanhang-parts", "远航精密零件有限公司", "yuanhang", "Manufacturing", "Domestic", "sales.zh", "zh"),
	("yuanhang-tools", "苏州远航刀具厂", "yuanhang-suzhou", "Manufacturing", "Domestic", "sales.zh", "zh"),
	("northwind-uk", "Northwind Instruments UK", "northwind", "Manufacturing", "International", "sales", "en"),
)
# customer, title, stage, amount, opened days ago, closes in days, next step, next in days
DEALS = (
	("yuanhang-suzhou", "苏州工厂产线看板", "Solution and Demo", 480_000, 41, 38, "安排工厂参观", 4),
	("yuanhang-tools", "刀具寿命管理", "First Contact", 160_000, 9, 85, "电话了解需求", 2),
	("northwind-uk", "Leeds plant planning", "Quotation or Tender", 540_000, 62, 30, "Send the revised offer", 3),
)

# customer: first, last, job, mail, role, stance, influence, who they report to (mail)
PEOPLE = {
	"northwind": (
		("Richard", "Boyd", "Chief Executive", "richard.boyd", "Decision Maker", "Neutral", "High", None),
		("Laura", "Stone", "Head of Operations", "laura.stone", "Sponsor", "Supporter", "High", "richard.boyd"),
		("Sandra", "Wells", "Chief Financial Officer", "sandra.wells", "Finance", "Opponent", "High", "richard.boyd"),
		("Peter", "Hall", "IT Lead", "peter.hall", "Influencer", "Supporter", "Medium", "laura.stone"),
		("Tim", "Ashford", "Production Planner", "tim.ashford", "User", "Supporter", "Low", "laura.stone"),
		("Nora", "Bell", "Purchasing", "nora.bell", "Gatekeeper", "Neutral", "Medium", "sandra.wells"),
	),
	"huaxin": (
		("国强", "周", "分管副行长", "zhou.guoqiang", "Decision Maker", "Neutral", "High", None),
		("伟", "张", "信息科技部总经理", "zhang.wei", "Sponsor", "Supporter", "High", "zhou.guoqiang"),
		("军", "何", "财务部总经理", "he.jun", "Finance", "Neutral", "High", "zhou.guoqiang"),
		("丽", "陈", "项目负责人", "chen.li", "User", "Supporter", "Medium", "zhang.wei"),
		("涛", "林", "信贷部经理", "lin.tao", "Influencer", "Supporter", "Medium", "zhang.wei"),
		("芳", "吴", "采购主管", "wu.fang", "Gatekeeper", "Opponent", "Medium", "he.jun"),
	),
}
# who of us, customer, mails of those who took part, kind, days ago, direction, what was said
TALKS = (
	("director", "northwind", ("richard.boyd",), "Meeting", 34, "Outgoing", "Dinner after the fair. Richard wants one plan for all plants within two years."),
	("sales", "northwind", ("laura.stone", "peter.hall"), "Meeting", 12, "Outgoing", "Went through the outline of the service portal with both."),
	("pm", "northwind", ("laura.stone",), "Call", 9, "Incoming", "Laura asked when the second site can start. In spring, if the data is ready."),
	("pm", "northwind", ("tim.ashford", "peter.hall"), "Visit", 16, "Outgoing", "Tim showed how he plans today. He saves an hour a day."),
	("sales", "northwind", ("laura.stone",), "E-mail", 27, "Incoming", "Laura sent the list of machines."),
	("service", "northwind", ("tim.ashford",), "Call", 6, "Incoming", "Question about the calendar, answered at once."),
	("sales", "northwind", ("nora.bell",), "E-mail", 74, "Outgoing", "Sent our terms of payment."),
	("director", "huaxin", ("zhou.guoqiang", "zhang.wei"), "Meeting", 21, "Outgoing", "周副行长认可一期效果，要求控制二期预算。"),
	("sales.zh", "huaxin", ("zhang.wei",), "WeChat", 5, "Incoming", "张总询问报表需求的工作量。"),
	("pm.zh", "huaxin", ("chen.li", "lin.tao"), "Meeting", 8, "Outgoing", "确认审批规则，林经理补充了三条特例。"),
	("pm.zh", "huaxin", ("chen.li",), "WeChat", 4, "Incoming", "陈丽反馈测试环境已可用。"),
	("sales.zh", "huaxin", ("he.jun",), "Call", 96, "Outgoing", "介绍付款计划，何总表示需要再看。"),
)


def tell(story: Any) -> None:
	"""Tell this part, after deals and projects are told; everything is removed with the customers."""
	_group(story)
	_found_subsidiaries(story)
	_introduce_people(story)
	_talk(story)
	_sleep_and_wake(story)
	_date_back()
	customers = list(story.customers.values())
	customer_scores.run()
	tiers.apply("Nightly", customers)
	_rise(customers)


def _group(story: Any) -> None:
	for key, group in GROUPS.items():
		if frappe.db.exists("SPM Customer Group", group):
			frappe.db.set_value("SPM Customer", story.customers[key], "customer_group", group, update_modified=False)


def _found_subsidiaries(story: Any) -> None:
	for key, name, parent, industry, territory, manager, language in SUBSIDIARIES:
		with acting(manager):
			story.customers[key] = (
				frappe.get_doc(
					{
						"doctype": "SPM Customer",
						"customer_name": name,
						"parent_customer": story.customers[parent],
						"industry": industry,
						"territory": territory,
						"account_manager": login(manager),
						"service_owner": login("service"),
						"language": language,
						"source": "Existing Customer",
						"external_id": f"{data.MARK}{key}",
					}
				)
				.insert()
				.name
			)
			story.contacts[key] = []
	managers = {row[0]: row[5] for row in SUBSIDIARIES}
	for key, title, stage, amount, opened, closes, step, days in DEALS:
		with acting(managers[key]):
			deal = story._new_deal(
				key,
				title,
				amount,
				opened,
				managers[key],
				expected_close_date=add_days(today(), closes),
				next_step=step,
				next_step_date=add_days(today(), days),
				requirement=f"<p>{title}</p>",
			)
			story._walk(deal, stage)


def _introduce_people(story: Any) -> None:
	for key, people in PEOPLE.items():
		names: dict[str, str] = {}
		manager = story._owner_of(key)
		for first, last, job, mail, role, stance, influence, boss in people:
			with acting(manager):
				customer = frappe.get_doc("SPM Customer", story.customers[key])
				names[mail] = _known(login(mail)) or story._add_contact(customer, first, last, job, mail)
				contact = frappe.get_doc("Contact", names[mail])
				contact.update(
					{
						"buying_role": role,
						"stance": stance,
						"influence": influence,
						"reports_to": names.get(boss),
						"preferred_channel": "WeChat" if key == "huaxin" else "E-mail",
					}
				)
				contact.save()


def _known(email: str) -> str | None:
	return frappe.db.get_value("Contact Email", {"email_id": email, "parenttype": "Contact"}, "parent")


def _talk(story: Any) -> None:
	for us, key, them, kind, ago, direction, content in TALKS:
		people = [_known(login(mail)) for mail in them]
		with acting(us):
			talk = frappe.get_doc(
				{
					"doctype": "SPM Interaction",
					"customer": story.customers[key],
					"contact": people[0],
					"participants": [{"contact": person} for person in people],
					"interaction_type": kind,
					"direction": direction,
					"happened_on": add_to_date(now_datetime(), days=-ago, hours=-2),
					"content": content,
				}
			)
			# A colleague from delivery talks with the customer of a project that sales looks after.
			talk.insert(ignore_permissions=True)


def _sleep_and_wake(story: Any) -> None:
	"""One customer was put aside by hand and woke up with a talk."""
	with acting(story._owner_of("haichuan")):
		customer = frappe.get_doc("SPM Customer", story.customers["haichuan"])
		lifecycle.move_by_hand(customer, "Dormant", "预算推迟到明年，先放一放。")
	with acting(story._owner_of("haichuan")):
		frappe.get_doc(
			{
				"doctype": "SPM Interaction",
				"customer": story.customers["haichuan"],
				"contact": story.contacts["haichuan"][0],
				"interaction_type": "Call",
				"direction": "Incoming",
				"happened_on": now_datetime(),
				"content": "孙总来电，预算已批，想重新启动外贸订单系统。",
			}
		).insert()


def _date_back() -> None:
	"""The story is told in a minute; its moves happened over months, one after the other."""
	mark = f"{data.MARK}%"
	customers = frappe.get_all("SPM Customer", filters={"external_id": ["like", mark]}, pluck="name")
	first_deal = dict(
		frappe.get_all(
			"SPM Opportunity",
			filters={"customer": ["in", customers]},
			fields=["customer", "opened_on"],
			order_by="opened_on desc",
			as_list=True,
		)
	)
	won_on = dict(
		frappe.get_all(
			"SPM Opportunity",
			filters={"customer": ["in", customers], "status": "Won"},
			fields=["customer", "won_on"],
			order_by="won_on desc",
			as_list=True,
		)
	)
	for customer in customers:
		logs = frappe.get_all(
			"SPM Lifecycle Log",
			filters={"customer": customer},
			fields=["name", "event"],
			order_by="moved_on asc, creation asc",
		)
		if not logs:
			continue
		begin = get_datetime(first_deal.get(customer) or add_days(today(), -60))
		moments = []
		for number, log in enumerate(logs):
			moment = get_datetime(won_on[customer]) if log.event == "Deal Won" and customer in won_on else None
			left = (now_datetime() - (moments[-1] if moments else begin)).days
			moments.append(
				moment or (add_days(moments[-1], max(1, left // (len(logs) - number + 1))) if moments else begin)
			)
		since = add_days(begin, -21)
		for log, moment in zip(logs, moments, strict=True):
			moment = add_to_date(get_datetime(getdate(moment)), hours=10)
			frappe.db.set_value(
				"SPM Lifecycle Log",
				log.name,
				{"moved_on": moment, "days_in_stage": days_between(get_datetime(since), moment)},
				update_modified=False,
			)
			since = moment
		frappe.db.set_value("SPM Customer", customer, "lifecycle_changed_on", since, update_modified=False)


def _rise(customers: list[str]) -> None:
	"""Tiers were not always what they are today."""
	below = {"A": "B", "B": "C", "C": "D"}
	changes = frappe.get_all(
		"SPM Tier Change", filters={"customer": ["in", customers]}, fields=["name", "to_tier"], order_by="creation"
	)
	for number, change in enumerate(changes):
		frappe.db.set_value(
			"SPM Tier Change",
			change.name,
			{
				"from_tier": below.get(change.to_tier, ""),
				"changed_on": add_to_date(now_datetime(), days=-3 - 5 * number),
			},
			update_modified=False,
		)
