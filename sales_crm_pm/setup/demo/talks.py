"""What the demo company has said and heard lately: visits with a position, meetings, mails and pasted chats."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, add_to_date, get_datetime, now_datetime, today

from sales_crm_pm.loop import chat
from sales_crm_pm.setup.demo.people import acting, login

# customer, who pastes it, messenger's text with {day} for the day, next step, next in days
CHATS = (
	(
		"huaxin",
		"sales.zh",
		"WeChat",
		6,
		"—————  {day}  —————\n\n张伟  09:12\n\n李经理,早!首版我们都看过了,整体不错\n\n"
		"李明  09:15\n\n谢谢张总!有没有希望调整的地方?\n\n张伟  09:21\n\n审批统计报表能不能加进来?领导每个月都要看\n\n"
		"陈丽  09:24\n\n测试环境我这边也验证通过了\n\n李明  09:30\n\n可以的,我今天让王静评估一下工作量,明天给您答复\n\n"
		"张伟  09:31\n\n好的,辛苦\n",
		"报送报表评估结果",
		1,
	),
	(
		"yuanhang",
		"sales.zh",
		"WeCom",
		4,
		"刘强@微信 {day} 18:02:11\n产线看板的计划又推迟了?车间已经排好班了\n李明 {day} 18:05:40\n刘总监,非常抱歉,传感器到货晚了一周\n"
		"李明 {day} 18:06:02\n我们正在重排计划,周内给您新的时间表\n刘强@微信 {day} 18:09:30\n请尽快,最好带上补救措施\n",
		"提交新计划与补救措施",
		0,
	),
	(
		"northwind",
		"sales",
		"Message",
		5,
		"[{day}, 17:05:10] Laura Stone: Hi Tom, the board likes the idea of the service portal.\n"
		"[{day}, 17:06:02] Tom Becker: Great news! Do they have a date in mind?\n"
		"[{day}, 17:08:45] Laura Stone: Before summer. Peter will send you the list of the roles.\n"
		"[{day}, 17:09:12] Tom Becker: Perfect, then I will write down the acceptance criteria.\n",
		"Write down the acceptance criteria",
		5,
	),
)

# customer, who, type, days ago, minutes, hours until it was written down, place, latitude, longitude, what was said, mood, colleague
VISITS = (
	("northwind", "sales", "Visit", 31, 90, 2, "Northwind, hall 2", 51.5236, -0.0772, "Tour of the shop floor with Laura and Peter. Shift change at two is the bottleneck.", "Happy", "pm"),
	("northwind", "sales", "Meeting", 17, 60, 1, "Video", 0, 0, "Review of the first release. Three wishes, none of them urgent.", "Happy", "pm"),
	("harbor", "sales", "Visit", 12, 120, 20, "Blue Harbor, Rotterdam", 51.9054, 4.4666, "Saw the warehouse at night. The scanners are older than they said.", "Neutral", "delivery"),
	("harbor", "sales", "Call", 9, 15, 0.5, "", 0, 0, "Mia wants the offer split into software and hardware.", "Neutral", ""),
	("aurora", "sales", "Call", 14, 20, 30, "", 0, 0, "Ines asked for two references in medical devices.", "Happy", ""),
	("summit", "sales", "Call", 21, 10, 3, "", 0, 0, "Olivia is between two meetings; will look at the slides on Friday.", "Neutral", ""),
	("huaxin", "sales.zh", "Visit", 24, 120, 4, "华信银行总行", 31.2397, 121.4998, "与张总、陈丽确认首版范围,现场演示审批流程。", "Happy", "pm.zh"),
	("huaxin", "sales.zh", "Meeting", 15, 45, 1, "视频会议", 0, 0, "周例会:数据迁移按计划进行,接口联调本周完成。", "Happy", "pm.zh"),
	("jiangnan", "sales.zh", "Visit", 8, 90, 6, "江南软件园 3 号楼", 31.2989, 120.5853, "向赵主任演示园区一体化平台,重点是能耗与门禁。", "Happy", ""),
	("jiangnan", "sales.zh", "Call", 5, 12, 0.5, "", 0, 0, "财务询问分期付款比例,建议 30/40/30。", "Neutral", ""),
	("haichuan", "sales.zh", "Visit", 11, 60, 26, "宁波海川贸易", 29.8683, 121.5440, "孙总介绍外贸订单流程,目前全部用表格。", "Neutral", ""),
	("yuanhang", "sales.zh", "Call", 16, 8, 2, "", 0, 0, "提醒传感器到货时间,供应商答复下周。", "Neutral", "pm.zh"),
)  # fmt: skip

# customer, contact's number, days ago, subject, text
MAILS = (
	("northwind", 1, 4, "Roles for the service portal", "Hi Tom, attached is the list of the roles: dispatcher, technician, customer. Regards, Peter"),
	("harbor", 0, 2, "Re: Offer for the warehouse", "Dear Tom, thank you for the split offer. The board meets on Thursday. Mia"),
	("jiangnan", 0, 3, "合同付款条款", "李经理:付款条款已提交财务审核,预计本周内回复。赵敏"),
)  # fmt: skip


def tell(story: Any) -> None:
	"""Log what was said with the demo customers, by the people who said it."""
	for row in VISITS:
		_visit(story.customers, story.contacts, *row)
	for row in MAILS:
		_mail(story.customers, story.contacts, *row)
	for row in CHATS:
		_chat(story.customers, *row)


def _visit(
	customers,
	contacts,
	key,
	who,
	kind,
	ago,
	minutes,
	delay,
	place,
	latitude,
	longitude,
	said,
	mood,
	colleague,
) -> None:
	with acting(who):
		participants: list[dict[str, Any]] = [{"contact": name} for name in contacts[key]]
		participants.append({"user": login(who)})
		if colleague:
			participants.append({"user": login(colleague)})
		doc = frappe.get_doc(
			{
				"doctype": "SPM Interaction",
				"customer": customers[key],
				"interaction_type": kind,
				"happened_on": add_to_date(now_datetime(), days=-ago, hours=-delay),
				"duration_minutes": minutes,
				"content": said,
				"sentiment": mood,
				"outcome": "Positive" if mood == "Happy" else "Neutral",
				"place": place,
				"latitude": latitude,
				"longitude": longitude,
				"participants": participants,
			}
		).insert()
	written(doc, delay)


def written(doc: Any, hours: float) -> None:
	"""Let a talk have been written down that many hours after it, and not while the demo data was made."""
	moment = add_to_date(get_datetime(doc.happened_on), hours=hours)
	values = {"logged_delay_hours": hours, "creation": moment}
	if doc.checked_in_on:
		values["checked_in_on"] = doc.happened_on
	doc.db_set(values, update_modified=False)


def _mail(customers, contacts, key, number, ago, subject, text) -> None:
	contact = frappe.get_doc("Contact", contacts[key][number])
	frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"communication_medium": "Email",
			"sent_or_received": "Received",
			"subject": subject,
			"content": f"<p>{text}</p>",
			"sender": contact.email_id,
			"sender_full_name": contact.full_name,
			"communication_date": add_days(now_datetime(), -ago),
			"reference_doctype": "SPM Customer",
			"reference_name": customers[key],
			"status": "Linked",
		}
	).insert(ignore_permissions=True)


def _chat(customers, key, who, kind, ago, text, next_step, next_days) -> None:
	with acting(who):
		done = chat.log(
			text.replace("{day}", add_days(today(), -ago)),
			customer=customers[key],
			interaction_type=kind,
			next_step=next_step,
			next_date=add_days(today(), next_days),
		)
	written(frappe.get_doc("SPM Interaction", done["interaction"]), 1.5)
