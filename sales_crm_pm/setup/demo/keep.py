"""The part of the demo story about keeping customers: visits, segments, a mail sequence, referrals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import frappe
from frappe.utils import add_days, add_to_date, getdate, now_datetime, today

from sales_crm_pm.loop import referrals, segments, visits
from sales_crm_pm.loop.sequences import DELIVERY, ENROLMENT, control
from sales_crm_pm.loop.sequences.stopping import stop
from sales_crm_pm.setup.demo import data, people

# key, name, industry, territory, tier, account manager, language, contact, last talk days ago and what was said
NEGLECTED = (
	(
		"kestrel",
		"Kestrel Foods",
		"Manufacturing",
		"International",
		"A",
		"sales",
		"en",
		("Hannah", "Cole", "Plant Director", "hannah.cole"),
		47,
		"Happy with the weighing line; a second one may come after the summer.",
	),
	(
		"lanyue",
		"蓝月医药",
		"Medical",
		"Domestic",
		"B",
		"sales.zh",
		"zh",
		("芳", "吴", "采购经理", "wu.fang"),
		75,
		"系统运行稳定，暂无新需求，希望下季度再联系。",
	),
	(
		"orchid",
		"Orchid Hotels",
		"Services",
		"International",
		"C",
		"sales",
		"en",
		("Samir", "Patel", "Operations Manager", "samir.patel"),
		118,
		"Asked for a reference in the hotel trade.",
	),
)

# Customer, title, amount, opened and won days ago: who bought again, who stayed, who is gone.
BOUGHT = (
	("kestrel", "Weighing line", 310_000, 690, 620),
	("kestrel", "Label printing", 120_000, 340, 300),
	("kestrel", "Weighing line, spare parts", 60_000, 110, 90),
	("lanyue", "仓储批次追溯", 280_000, 560, 500),
	("lanyue", "移动盘点", 90_000, 230, 180),
	("orchid", "Housekeeping app", 150_000, 620, 560),
)

SEGMENTS = (
	(
		"Late project and overdue task",
		"director",
		"Whom to call before they call us.",
		[
			("SPM Project", "has", [("is_late", "yes", None)]),
			("SPM Task", "has", [("is_overdue", "yes", None)]),
		],
	),
	(
		"Quiet for 30 days, nothing open",
		"marketing",
		"Good customers that hear too little from us.",
		[
			(
				"SPM Customer",
				"has",
				[("tier", "one_of", ["A", "B", "C"]), ("last_interaction_on", "not_in_last", 30)],
			),
			("SPM Opportunity", "has_not", [("status", "one_of", ["Open"])]),
		],
	),
)

SEQUENCES = (
	(
		"Stay in touch",
		{
			"description": "A personal note to good customers that we have not talked to for a month.",
			"starts_by": "Segment",
			"segment": "Quiet for 30 days, nothing open",
			"stop_on_leaving_segment": 0,
			"stop_on_open_deal": 1,
			"again_after_days": 180,
		},
		(
			{"action": "Mail", "email_template": "SPM Stay in Touch (en)", "wait_days": 0},
			{
				"action": "Task",
				"subject": "Call {0}",
				"wait_days": 5,
				"wait_unit": "Working Days",
				"due_days": 3,
			},
			{"action": "Mail", "email_template": "SPM After the Acceptance (en)", "wait_days": 30},
		),
	),
	(
		"Three months after the acceptance",
		{
			"description": "Asks how the system runs and offers the second step.",
			"starts_by": "Event",
			"event": "Project Accepted",
			"event_delay_days": 90,
			"contacts": "All Contacts",
		},
		(
			{"action": "Mail", "email_template": "SPM After the Acceptance (en)", "wait_days": 0},
			{"action": "Notification", "subject": "Offer {0} a second step", "wait_days": 7},
		),
	),
)

# giver, who was referred (a customer of the demo, or a name), referred days ago, looked after by, reward, is it paid
REFERRALS = (
	("northwind", "aurora", 90, "sales", "Two days of consulting", 6_000, False),
	("huaxin", "yuanhang", 160, "sales.zh", "赠送一年维护服务", 20_000, True),
	("northwind", "harbor", 60, "sales", "", 0, False),
	("huaxin", "滨江物流园", 6, "sales.zh", "", 0, False),
)
REFERENCES = ("northwind", "huaxin")


def tell(story: Any) -> None:
	"""Everything in the order in which it would have happened."""
	_neglect(story)
	_refer(story)
	_ask_segments()
	_drip(story)
	# Only the demo's own customers: others of the site are none of this story's business.
	visits.run(commit=False, customers=list(story.customers.values()))


def remove(delete: Any, customers: list[str]) -> dict[str, int]:
	"""Take it away again, before the customers go."""
	names = ["in", customers or [""]]
	counts = {
		DELIVERY: delete(DELIVERY, {"customer": names}),
		ENROLMENT: delete(ENROLMENT, {"customer": names}),
		"SPM Referral": delete("SPM Referral", {"referring_customer": names}),
		"SPM Sequence": delete("SPM Sequence", {"sequence_name": ["in", [row[0] for row in SEQUENCES]]}),
	}
	titles = ["in", [row[0] for row in SEGMENTS]]
	delete("SPM Segment Member", {"segment": titles})
	counts["SPM Segment"] = delete("SPM Segment", {"segment_name": titles})
	return counts


def _neglect(story: Any) -> None:
	"""Customers that were won long ago and not heard of for too long."""
	for key, name, industry, territory, tier, manager, language, contact, ago, said in NEGLECTED:
		with people.acting(manager):
			customer = frappe.get_doc(
				{
					"doctype": "SPM Customer",
					"customer_name": name,
					"industry": industry,
					"territory": territory,
					"tier": tier,
					"tier_locked": 1,
					"account_manager": people.login(manager),
					"service_owner": people.login("service"),
					"language": language,
					"lifecycle_stage": "Maintained",
					"source": "Existing Customer",
					"external_id": f"{data.MARK}{key}",
				}
			).insert()
			story.customers[key] = customer.name
			story.contacts[key] = [story._add_contact(customer, *contact)]
			customer.db_set("primary_contact", story.contacts[key][0], update_modified=False)
			frappe.get_doc(
				{
					"doctype": "SPM Interaction",
					"customer": customer.name,
					"contact": story.contacts[key][0],
					"interaction_type": "Call",
					"happened_on": add_to_date(now_datetime(), days=-ago),
					"content": said,
				}
			).insert()


	for key, title, amount, opened, won in BOUGHT:
		with people.acting(next(row[5] for row in NEGLECTED if row[0] == key)):
			deal = frappe.get_doc(
				{
					"doctype": "SPM Opportunity",
					"title": title,
					"customer": story.customers[key],
					"opportunity_type": "New" if won > 400 else "Repeat",
					"opportunity_owner": frappe.session.user,
					"pipeline": "Direct Sales",
					"stage": "Direct Sales - Won",
					"amount": amount,
					"opened_on": add_days(today(), -opened),
					"closed_on": add_days(today(), -won),
				}
			)
			# The dates are facts of the past, not today's clicks.
			deal.flags.history = True
			deal.insert()


def _refer(story: Any) -> None:
	for key in REFERENCES:
		frappe.db.set_value(
			"SPM Customer", story.customers[key], "gives_references", 1, update_modified=False
		)
	for giver, whom, ago, owner, reward, worth, paid in REFERRALS:
		with people.acting(owner):
			doc = frappe.get_doc(
				{
					"doctype": "SPM Referral",
					"referring_customer": story.customers[giver],
					"referring_contact": story.contacts[giver][0],
					"customer": story.customers.get(whom),
					"referred_name": None if whom in story.customers else whom,
					"referred_on": add_days(today(), -ago),
					"reward": reward,
					"reward_amount": worth,
				}
			).insert(ignore_permissions=True)
			if paid:
				doc.status = "Rewarded"
				doc.save(ignore_permissions=True)
	referrals.refresh({"referring_customer": ["in", list(story.customers.values())]})


def _ask_segments() -> None:
	for name, author, description, conditions in SEGMENTS:
		question = {
			"match": "all",
			"groups": [
				{
					"match": "all",
					"conditions": [
						{
							"record": record,
							"quantifier": quantifier,
							"count": 1,
							"filters": [
								dict(zip(("field", "operator", "value"), row, strict=True)) for row in filters
							],
						}
						for record, quantifier, filters in conditions
					],
				}
			],
		}
		with people.acting(author):
			frappe.get_doc(
				{
					"doctype": "SPM Segment",
					"segment_name": name,
					"description": description,
					"visibility": "Everyone",
					"compute_as": "Its Author" if author == "director" else "Whoever Looks",
					"definition": segments.as_text(segments.parse(question)),
				}
			).insert()


def _drip(story: Any) -> None:
	"""A sequence that has been running for some weeks, and one that waits for its event."""
	for name, values, steps in SEQUENCES:
		with people.acting("marketing"):
			doc = frappe.get_doc(
				{
					"doctype": "SPM Sequence",
					"sequence_name": name,
					"steps": [dict(row) for row in steps],
					**values,
				}
			).insert()
			control.move(doc.name, "Active", run_now=False)
	# What went out before today is told as it was logged then; no mail leaves from here.
	began = {"kestrel": 12, "lanyue": 12, "orchid": 26, "summit": 40, "northwind": 45, "huaxin": 33}
	customers = [story.customers[key] for key in began]
	with people.acting("director"):
		control.enrol_by_hand(SEQUENCES[0][0], customers)
	sequence = frappe.get_doc("SPM Sequence", SEQUENCES[0][0])
	frappe.db.set_value(
		"SPM Sequence",
		sequence.name,
		"activated_on",
		add_to_date(now_datetime(), days=-46),
		update_modified=False,
	)
	rows = frappe.get_all(
		ENROLMENT,
		filters={"sequence": sequence.name},
		fields=["name", "customer", "contact", "email", "language"],
	)
	by_customer = {row.customer: row for row in rows}
	for key, ago in began.items():
		_history(by_customer[story.customers[key]], sequence, now_datetime() - timedelta(days=ago), ago)
	stop([by_customer[story.customers["northwind"]].name], "Answered")
	stop([by_customer[story.customers["huaxin"]].name], "Opportunity Opened")
	unsubscribed = by_customer[story.customers["summit"]]
	stop([unsubscribed.name], "Unsubscribed")
	frappe.db.set_value("Contact", unsubscribed.contact, "unsubscribed", 1, update_modified=False)


def _history(row: Any, sequence: Any, start: Any, ago: int) -> None:
	"""The steps of one contact that lie in the past: the first letter, and the call a week later."""
	done = []
	for number, after in ((1, 0), (2, 7)):
		if after > ago:
			break
		step = sequence.steps[number - 1]
		moment = add_to_date(start, days=after)
		chinese = (row.language or "").startswith("zh")
		frappe.get_doc(
			{
				"doctype": DELIVERY,
				"sequence": sequence.name,
				"enrolment": row.name,
				"customer": row.customer,
				"contact": row.contact,
				"email": row.email,
				"step_no": number,
				"action": step.action,
				"subject": ("近况如何？" if chinese else "How are things?")
				if number == 1
				else step.subject.replace(
					"{0}", frappe.db.get_value("SPM Customer", row.customer, "customer_name")
				),
				"sent_on": moment,
				"outcome": "Sent",
				"step": step.name,
				"delivery_key": f"{row.name}|{step.name}",
			}
		).insert(ignore_permissions=True)
		done.append((number, moment))
	frappe.db.set_value(
		ENROLMENT,
		row.name,
		{
			"started_by": "Segment",
			"started_on": start,
			"sent_count": 1,
			"last_sent_on": done[0][1],
			"next_step": len(done) + 1,
			# Far enough that a site without a mail account has nothing to complain about.
			"next_on": add_to_date(getdate(), days=max(9, 37 - ago), hours=9),
		},
		update_modified=False,
	)
