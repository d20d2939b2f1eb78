"""Campaigns and leads of the demo company: from the web, a booth, by mail and by referral, in two languages."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, add_to_date, get_datetime, now_datetime, today

from sales_crm_pm.loop import campaign as campaigns
from sales_crm_pm.loop import conversion, lead_capture, lead_pool, lead_recycling, lead_response, lead_scoring
from sales_crm_pm.loop import opportunity as deal
from sales_crm_pm.setup.demo import data
from sales_crm_pm.setup.demo.people import acting, login

CODE = "demo-"
RULE = "Booth visitors in turn"

CAMPAIGNS = (
	{
		"campaign_name": "Autumn Automation Fair",
		"channel": "Trade Fair",
		"source": "Trade Fair",
		"campaign_code": f"{CODE}autumn-fair",
		"language": "en",
		"utm_medium": "booth",
		"budget": 60_000,
		"actual_cost": 48_500,
		"landing_title": "Nice to meet you at booth C12",
		"landing_text": "<p>Leave your card here: we send the slides and call you within one working day.</p>",
		"thanks_text": "Thank you! The slides are on their way.",
		"days": (-20, 40),
	},
	{
		"campaign_name": "智能制造展",
		"channel": "Trade Fair",
		"source": "Trade Fair",
		"campaign_code": f"{CODE}smart-factory",
		"language": "zh",
		"utm_medium": "booth",
		"budget": 80_000,
		"landing_title": "欢迎来到我们的展位",
		"landing_text": "<p>留下您的联系方式，我们将在一个工作日内与您联系，并发送演示资料。</p>",
		"thanks_text": "谢谢！资料将很快发送给您。",
		"days": (-12, 30),
	},
	{
		"campaign_name": "October Newsletter",
		"channel": "E-mail",
		"source": "Website",
		"campaign_code": f"{CODE}newsletter-10",
		"status": "Finished",
		"utm_medium": "email",
		"budget": 4_000,
		"actual_cost": 3_900,
		"days": (-70, -30),
	},
)

# key, name, organisation, job, mail, mobile, source, campaign, industry, territory, employees, budget, need, owner
LEADS = (
	("novak", "Julia Novak", "Novak Foods", "Head of Operations", "julia@novak-foods.example.com", "+420 601 234 567", "Website", "October Newsletter", "Manufacturing", "International", "201-500", 180_000, "Two packing lines on one plan, first offer before Christmas.", "sales"),
	("zhou", "周建国", "周氏纺织", "总经理", "zhou@zhou-textile.example.com", "13810002200", "Trade Fair", "智能制造展", "Manufacturing", "Domestic", "501-1000", 300_000, "织造车间排产系统，年底前要看到方案。", "sales.zh"),
	("salem", "Ahmed Salem", "Salem Shipping", "CIO", "ahmed@salem-shipping.example.com", "+971 50 765 4321", "Referral", None, "Services", "International", "501-1000", 420_000, "Project control for the new terminal; recommended by Blue Harbor.", "sales"),
	("meyer", "Clara Meyer", "Meyer Optics", "", "clara@meyer-optics.example.com", "", "Website", "October Newsletter", "Medical", "International", "51-200", 0, "", ""),
	("lin", "林晓", "林海科技", "采购主任", "lin@linhai.example.com", "13910008866", "Website", None, "Technology", "Domestic", "51-200", 0, "想了解项目管理与报价流程。", ""),
	("okafor", "Ada Okafor", "Lagos Energy", "Project Director", "ada@lagos-energy.example.com", "+234 803 555 0199", "Trade Fair", "Autumn Automation Fair", "Energy", "International", "1000+", 900_000, "Maintenance projects of four plants in one tool.", "sales"),
	("berg", "Sven Berg", "Nordlys Retail", "Store Development", "sven@nordlys.example.com", "+47 912 34 567", "Cold Call", None, "Retail", "International", "201-500", 0, "Shop openings run late, wants to see the milestone board.", "sales"),
	("tang", "唐宁", "恒通物流", "信息部部长", "tang@hengtong.example.com", "13710004411", "Trade Fair", "智能制造展", "Services", "Domestic", "201-500", 150_000, "仓储项目需要对接现有系统。", "sales.zh"),
	("pereira", "Rui Pereira", "Porto Ceramics", "", "rui@porto-ceramics.example.com", "", "Advertisement", None, "Manufacturing", "International", "11-50", 0, "", "sales"),
	("gu", "顾兰", "江畔酒店集团", "筹建经理", "gu@jiangpan.example.com", "13610007733", "Partner", None, "Services", "Domestic", "1000+", 260_000, "三家新酒店的筹建进度管理。", "sales.zh"),
	("hale", "Tim Hale", "Hale Robotics", "CEO", "tim@hale-robotics.example.com", "+1 555 0142", "Referral", None, "Technology", "International", "51-200", 240_000, "Wants the same set-up as Northwind, start in January.", "sales"),
	("weiss", "Lena Weiss", "Weiss Pharma", "Head of IT", "lena@weiss-pharma.example.com", "+49 170 555 0188", "Trade Fair", "Autumn Automation Fair", "Medical", "International", "501-1000", 500_000, "Validation projects, needs an audit trail.", "sales"),
)  # fmt: skip

# Whole weeks ago, so that the clock of working hours fits the weekday it is told for.
# key, days ago, minutes to the first answer (None: nobody answered), status, (talk, outcome)
COURSES = (
	("novak", 7, 25, "Contacted", ("Julia wants a demo with both shift leaders.", "Positive")),
	("zhou", 14, 40, "Qualified", ("周总已确认预算，邀请现场调研。", "Positive")),
	(
		"salem",
		14,
		95,
		"Qualified",
		("Ahmed compares us with one other vendor; decision in three weeks.", "Positive"),
	),
	("okafor", 7, 18, "Contacted", ("Ada asked for references in the energy sector.", "Positive")),
	("berg", 7, None, "New", None),
	("tang", 7, 210, "Contacted", ("唐部长希望先看接口清单。", "Neutral")),
	("gu", 21, 50, "Nurture", ("顾经理说项目推迟到明年二季度。", "Neutral")),
	("hale", 28, 35, "Qualified", ("Tim knows the system from Northwind and wants an offer.", "Positive")),
	("weiss", 21, 30, "Qualified", ("Lena has the budget and the list of validation steps.", "Positive")),
)


def tell(story: Any) -> None:
	"""Tell the leads' part of the story; `story` walks deals."""
	frappe.db.savepoint("spm_demo_leads")
	_open_campaigns()
	leads = {row[0]: _capture(row) for row in LEADS}
	for key, days, minutes, status, talk in COURSES:
		_course(leads[key], days, minutes, status, talk)
	_booth_visitors()
	_write_by_mail(leads["novak"])
	# Silence for too long: these two come back to the pool, and a colleague takes one of them out again.
	for key, days in (("pereira", 47), ("berg", 41)):
		_shift(leads[key], days)
		lead_recycling.recycle(leads[key])
	with acting("sales.zh"):
		lead_pool.claim(leads["lin"])
	frappe.get_doc("SPM Lead", leads["salem"]).add_comment(
		"Comment", "Blue Harbor gave us his number after the go-live.", comment_by=login("director")
	)
	_convert(story, leads)
	lead_scoring.rescore(list(leads.values()))


def _open_campaigns() -> None:
	with acting("marketing"):
		for row in CAMPAIGNS:
			values = {key: value for key, value in row.items() if key != "days"}
			first, last = row["days"]
			frappe.get_doc(
				{
					"doctype": "SPM Campaign",
					**values,
					"start_date": add_days(today(), first),
					"end_date": add_days(today(), last),
				}
			).insert()
	with acting("director"):
		frappe.get_doc(
			{
				"doctype": "SPM Assignment Rule",
				"rule_name": RULE,
				"method": "Round Robin",
				"conditions": [
					{
						"fieldname": "campaign",
						"operator": "is one of",
						"value": ", ".join(row["campaign_name"] for row in CAMPAIGNS[:2]),
					}
				],
				"users": [
					{"user": login("sales"), "max_open": 40},
					{"user": login("sales.zh"), "max_open": 40},
				],
			}
		).insert()
		frappe.get_doc(
			{
				"doctype": "SPM Absence",
				"user": login("sales.zh"),
				"from_date": add_days(today(), 20),
				"to_date": add_days(today(), 24),
				"reason": "Leave",
			}
		).insert()


def _capture(row: tuple) -> str:
	(
		_key,
		name,
		organisation,
		job,
		mail,
		mobile,
		source,
		campaign,
		industry,
		territory,
		size,
		budget,
		need,
		owner,
	) = row
	with acting("marketing"):
		return (
			frappe.get_doc(
				{
					"doctype": "SPM Lead",
					"lead_name": name,
					"organisation": organisation,
					"job_title": job,
					"email": mail,
					"mobile": mobile,
					"source": source,
					"campaign": campaign,
					"industry": industry,
					"territory": territory,
					"no_of_employees": size,
					"budget": budget,
					"need": need,
					"language": "zh" if territory == "Domestic" else "en",
					"lead_owner": login(owner) if owner else None,
					"next_followup_on": add_days(today(), len(name) % 4) if owner else None,
				}
			)
			.insert()
			.name
		)


def _course(lead: str, days: int, minutes: int | None, status: str, talk: tuple | None) -> None:
	"""What happened with a lead since it came so many days ago."""
	owner = frappe.db.get_value("SPM Lead", lead, "lead_owner")
	_shift(lead, days)
	arrived = get_datetime(frappe.db.get_value("SPM Lead", lead, "creation"))
	if minutes is not None:
		with acting(owner.split("@")[0]):
			frappe.get_doc(
				{
					"doctype": "SPM Interaction",
					"lead": lead,
					"interaction_type": "Call",
					"direction": "Outgoing",
					"happened_on": min(add_to_date(arrived, minutes=minutes), now_datetime()),
					"content": talk[0],
					"outcome": talk[1],
				}
			).insert()
	else:
		lead_response.miss(lead)
	doc = frappe.get_doc("SPM Lead", lead)
	if doc.status != status:
		doc.status = status
		doc.flags.ignore_permissions = True
		doc.save()


def _shift(lead: str, days: int) -> None:
	"""The story is told today; this lead came so many days ago."""
	doc = frappe.get_doc("SPM Lead", lead)
	values = {
		df.fieldname: add_to_date(doc.get(df.fieldname), days=-days)
		for df in doc.meta.fields
		if df.fieldname in ("assigned_on", "in_pool_since", "response_by", "recycle_on", "consent_on")
		and doc.get(df.fieldname)
	}
	frappe.db.set_value(
		"SPM Lead", lead, {"creation": add_to_date(doc.creation, days=-days), **values}, update_modified=False
	)
	for move in frappe.get_all("SPM Lead Move", filters={"lead": lead}, fields=["name", "moved_on"]):
		frappe.db.set_value(
			"SPM Lead Move",
			move.name,
			"moved_on",
			add_to_date(move.moved_on, days=-days),
			update_modified=False,
		)


def _booth_visitors() -> None:
	"""Two people scan the code at the booth and fill in the page."""
	visitors = (
		("autumn-fair", "Nina Roth", "Roth Packaging", "nina@roth-packaging.example.com", "+41 79 555 01 23", "Line 3 needs a new plan."),
		("smart-factory", "郑凯", "凯盛机械", "zheng@kaisheng.example.com", "13510009922", "想看排产与项目一体化演示。"),
	)  # fmt: skip
	before = frappe.session.user
	frappe.set_user("Guest")
	try:
		for code, name, organisation, mail, mobile, need in visitors:
			campaign = campaigns.by_code(f"{CODE}{code}")
			lead_capture.request(
				campaign,
				{
					"lead_name": name,
					"organisation": organisation,
					"email": mail,
					"mobile": mobile,
					"need": need,
					"consent": 1,
				},
				campaigns.link(campaign),
			)
	finally:
		frappe.set_user(before)


def _write_by_mail(lead: str) -> None:
	doc = frappe.get_doc("SPM Lead", lead)
	frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"communication_medium": "Email",
			"sent_or_received": "Received",
			"sender": doc.email,
			"sender_full_name": doc.lead_name,
			"recipients": login("sales"),
			"subject": "Data for the demo",
			"content": "<p>Attached you find our shift plan.<br>Julia Novak</p>",
			"communication_date": add_days(now_datetime(), -1),
			"reference_doctype": "SPM Lead",
			"reference_name": lead,
		}
	).insert(ignore_permissions=True)


def _convert(story: Any, leads: dict[str, str]) -> None:
	"""Two leads become customers: one with a deal on the road, one with a deal that was won."""
	with acting("sales"):
		open_one = conversion.convert(leads["weiss"])
		won_one = conversion.convert(leads["hale"])
	for key, done in (("weiss", open_one), ("hale", won_one)):
		frappe.db.set_value(
			"SPM Customer", done.customer, "external_id", f"{data.MARK}{key}", update_modified=False
		)
	with acting("sales"):
		doc = frappe.get_doc("SPM Opportunity", open_one.opportunity)
		doc.update(
			{
				"pipeline": "Project Sales",
				"stage": "Project Sales - First Contact",
				"expected_close_date": add_days(today(), 45),
				"next_step": "Visit the plant",
				"next_step_date": add_days(today(), 3),
			}
		)
		doc.save()
		doc = frappe.get_doc("SPM Opportunity", won_one.opportunity)
		doc.update(
			{
				"expected_close_date": today(),
				"next_step": "Sign the contract",
				"next_step_date": today(),
				"contract_no": f"{data.MARK}HALE",
				"contract_signed_date": today(),
				"products": [{"product": "Project Suite", "qty": 1, "rate": 240_000}],
			}
		)
		doc.save()
		doc = story._walk(doc, "Negotiation")
		for row in doc.checklist:
			row.is_done = 1
		deal.win(doc, today())


def names() -> list[str]:
	"""The demo's leads."""
	own = frappe.get_all("SPM Campaign", filters={"campaign_code": ["like", f"{CODE}%"]}, pluck="name")
	return frappe.get_all(
		"SPM Lead",
		or_filters={"owner": ["like", f"%@{data.DOMAIN}"], "campaign": ["in", own or [""]]},
		pluck="name",
	)


def remove(delete: Any) -> dict[str, int]:
	"""Take away leads, campaigns, the rule and absences; `delete` removes rows with their traces."""
	leads = names() or [""]
	return {
		"SPM Interaction": delete("SPM Interaction", {"lead": ["in", leads]}),
		"SPM Pool Lead": delete("SPM Pool Lead", {"lead": ["in", leads]}),
		"SPM Lead Move": delete("SPM Lead Move", {"lead": ["in", leads]}),
		"SPM Lead": delete("SPM Lead", {"name": ["in", leads]}),
		"SPM Campaign": delete("SPM Campaign", {"campaign_code": ["like", f"{CODE}%"]}),
		"SPM Assignment Rule": delete("SPM Assignment Rule", {"name": RULE}),
		"SPM Absence": delete("SPM Absence", {"user": ["like", f"%@{data.DOMAIN}"]}),
	}
