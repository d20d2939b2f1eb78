"""Demo deals of several pipelines: tenders with bond and bid plan, foreign currency, competitors, shares, ageing."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, add_to_date, getdate, now_datetime, today

from sales_crm_pm.loop import bid, exchange
from sales_crm_pm.loop import opportunity as deal
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.loop.pipeline import stages_of
from sales_crm_pm.permissions import teams
from sales_crm_pm.setup.demo import data
from sales_crm_pm.setup.demo.people import acting, login

# team, manager, members
TEAMS = (("Team China", "director", ("sales.zh",)), ("Team International", "director", ("sales",)))
KEY, SMALL = "Key Accounts and Tenders", "Small Team"

# name, website, threat, strengths, weaknesses
COMPETITORS = (
	(
		"Nordsoft",
		"https://nordsoft.example.com",
		"High",
		"Known in every port of the north; ready-made interfaces.",
		"Expensive to change; support answers slowly.",
	),
	(
		"MedTrack Systems",
		"https://medtrack.example.com",
		"Medium",
		"Certified for medical devices.",
		"No project management; everything is extra.",
	),
	(
		"云帆软件",
		"https://yunfan.example.com",
		"High",
		"价格低，本地团队，政府客户多。",
		"定制能力弱，交付常延期。",
	),
	(
		"Cashline",
		"https://cashline.example.com",
		"Low",
		"Already in every store with their cash desks.",
		"Analytics is an add-on nobody likes.",
	),
)

PER_CNY = {"CNY": 1.0, "USD": 7.12, "EUR": 7.74, "GBP": 9.03}
"""What one unit is worth in CNY; the rates of the demo are made of these, whatever the base currency is."""
MARK = f"{data.MARK}Central Bank"


def tell(story: Any) -> None:
	"""Add rates, competitors and the deals; called by the story, with its customers and contacts."""
	_note_rates(story)
	_meet_competitors(story)
	_form_teams()
	_port_tender(story)
	_campus_tender(story)
	_small_deals(story)
	_lost_to_a_competitor(story)
	_enrich(story)


def remove() -> None:
	"""Take away what does not hang on a demo customer; in bulk, since deleting one by one leaves notes of it."""
	frappe.db.delete("SPM Exchange Rate", {"rate_source": MARK})
	competitors, names = [row[0] for row in COMPETITORS], [row[0] for row in TEAMS]
	frappe.db.delete("SPM Competitor", {"name": ["in", competitors]})
	frappe.db.delete("__global_search", {"doctype": "SPM Competitor", "name": ["in", competitors]})
	frappe.db.delete("Version", {"ref_doctype": "SPM Competitor", "docname": ["in", competitors]})
	frappe.db.delete("SPM Sales Team Member", {"parenttype": "SPM Sales Team", "parent": ["in", names]})
	frappe.db.delete("SPM Sales Team", {"name": ["in", names]})
	teams.clear()
	exchange.forget_rates()


def _note_rates(story: Any) -> None:
	base = base_currency()
	if base not in PER_CNY:
		return
	for days, drift in ((200, 0.98), (30, 1.0), (2, 1.012)):
		for currency, worth in PER_CNY.items():
			if currency == base:
				continue
			day = add_days(today(), -days)
			pair = {"from_currency": currency, "to_currency": base, "valid_from": day}
			if frappe.db.exists("SPM Exchange Rate", pair):
				continue
			rate = round(worth / PER_CNY[base] * drift, 6)
			frappe.get_doc(
				{"doctype": "SPM Exchange Rate", **pair, "rate": rate, "rate_source": MARK}
			).insert(ignore_permissions=True)


def _foreign(wanted: str) -> str | None:
	"""A currency with a rate; the base currency where the demo has none for it."""
	base = base_currency()
	return wanted if base in PER_CNY else base


def _meet_competitors(story: Any) -> None:
	for name, website, threat, strengths, weaknesses in COMPETITORS:
		frappe.get_doc(
			{
				"doctype": "SPM Competitor",
				"competitor_name": name,
				"website": website,
				"threat": threat,
				"strengths": strengths,
				"weaknesses": weaknesses,
			}
		).insert(ignore_permissions=True, ignore_if_duplicate=True)


def _form_teams() -> None:
	for team, manager, members in TEAMS:
		frappe.get_doc(
			{
				"doctype": "SPM Sales Team",
				"team_name": team,
				"manager": login(manager),
				"members": [{"user": login(short)} for short in members],
			}
		).insert(ignore_permissions=True, ignore_if_duplicate=True)


def _deal(story: Any, key: str, title: str, amount: float, opened: int, pipeline: str, **values: Any) -> Any:
	first = stages_of(pipeline)[0]
	return story._new_deal(
		key,
		title,
		amount,
		opened,
		story._owner_of(key),
		**{"pipeline": pipeline, "stage": first.name, "requirement": f"<p>{title}</p>", **values},
	)


def _walk(doc: Any, label: str) -> Any:
	"""Along the road to a stage, ticking the checks on the way."""
	for stage in stages_of(doc.pipeline)[1:]:
		for row in doc.checklist:
			row.is_done = 1
		doc = deal.move(doc, stage.name)
		if stage.label == label:
			break
	return doc


def _since(doc: Any, days: int) -> None:
	"""The story is told today; the deal has been in its stage for longer."""
	stage = next(s for s in stages_of(doc.pipeline) if s.name == doc.stage)
	entered = add_to_date(now_datetime(), days=-days)
	due = add_days(getdate(entered), stage.max_days) if stage.max_days else None
	frappe.db.set_value(
		"SPM Opportunity", doc.name, {"stage_entered_on": entered, "stage_due_on": due}, update_modified=False
	)
	frappe.db.set_value(
		"SPM Opportunity Stage Log", doc.stage_log[-1].name, "entered_on", entered, update_modified=False
	)


def _port_tender(story: Any) -> None:
	owner = story._owner_of("harbor")
	with acting(owner):
		doc = _deal(
			story,
			"harbor",
			"Terminal planning, Port of Aarhus",
			1_900_000,
			150,
			KEY,
			opportunity_type="Tender",
			currency=_foreign("EUR"),
			expected_close_date=add_days(today(), 48),
			next_step="Answer the clarification questions",
			next_step_date=add_days(today(), 2),
			tender_no="2026/S 214-118",
			tender_agency="Port Procurement Office",
			bid_due_date=add_days(today(), 9),
			bid_opening_date=add_days(today(), 16),
			bid_bond_amount=57_000,
			bid_bond_issuer="Nordic Trade Bank",
			bid_bond_expiry_date=add_days(today(), 14),
			products=[
				{"product": "Project Suite", "qty": 4, "rate": 300_000},
				{"product": "Implementation Day", "qty": 200, "rate": 3_500},
			],
			competitors=[
				{
					"competitor": "Nordsoft",
					"strength": "Strong",
					"price": 2_050_000,
					"note": "Has the terminal next door",
				},
				{"competitor": "Cashline", "strength": "Weak"},
			],
			team=[
				{"user": login(owner), "team_role": "Lead", "split_percent": 70},
				{"user": login("director"), "team_role": "Sponsor", "split_percent": 30, "is_co_owner": 1},
			],
		)
		doc = _walk(doc, "Tender Published")
		doc.probability, doc.probability_reason = 40, "The port asked us for the specification"
		doc.save()
		tasks = bid.apply_template(doc, "Public Tender", add_days(today(), -12))
		_finish(tasks[:3])
		_since(doc, 58)


def _campus_tender(story: Any) -> None:
	owner = story._owner_of("jiangnan")
	with acting(owner):
		doc = _deal(
			story,
			"jiangnan",
			"智慧园区二期招标",
			5_600_000,
			120,
			KEY,
			opportunity_type="Tender",
			currency=_foreign("CNY"),
			expected_close_date=add_days(today(), 30),
			next_step="准备评标答疑",
			next_step_date=add_days(today(), 4),
			tender_no="JN-2026-0817",
			bid_bond_amount=112_000,
			bid_bond_issuer="招商银行",
			bid_bond_expiry_date=add_days(today(), 75),
			products=[
				{"product": "Project Suite", "qty": 8, "rate": 500_000},
				{"product": "Integration Package", "qty": 20, "rate": 80_000},
			],
			competitors=[{"competitor": "云帆软件", "strength": "Strong", "price": 4_900_000}],
			team=[
				{"user": login(owner), "team_role": "客户经理", "split_percent": 80},
				{"user": login("director"), "team_role": "高层支持", "split_percent": 20, "is_co_owner": 1},
			],
		)
		tasks = bid.apply_template(doc, "Public Tender", add_days(today(), -34))
		_finish(tasks[:7])
		doc = _walk(frappe.get_doc("SPM Opportunity", doc.name), "Bid Submitted")
		_since(doc, 11)


def _small_deals(story: Any) -> None:
	rows = (
		(
			"summit",
			"Franchise portal",
			96_000,
			"EUR",
			"Offer Sent",
			40,
			33,
			"Ask whether the offer arrived",
			-3,
		),
		("aurora", "Label printing", 38_000, "GBP", "Agreed", 25, 6, "Send the order form", 1),
		("haichuan", "小程序商城", 120_000, "CNY", "New Request", 5, 4, "电话了解预算", 0),
	)
	for key, title, amount, currency, stage, opened, days, next_step, next_days in rows:
		with acting(story._owner_of(key)):
			doc = _deal(
				story,
				key,
				title,
				amount,
				opened,
				SMALL,
				currency=_foreign(currency),
				expected_close_date=add_days(today(), 20),
				next_step=next_step,
				next_step_date=add_days(today(), next_days),
			)
			if stage != "New Request":
				doc = _walk(doc, stage)
			_since(doc, days)


def _lost_to_a_competitor(story: Any) -> None:
	with acting(story._owner_of("aurora")):
		doc = _deal(
			story,
			"aurora",
			"Sterile goods tracking",
			410_000,
			130,
			KEY,
			competitors=[{"competitor": "MedTrack Systems", "strength": "Strong"}],
		)
		deal.lose(
			doc,
			"Chose a Competitor",
			"Their certificate was ready, ours would have come in May.",
			"MedTrack Systems",
			["Delivery Date Too Late"],
		)
	story._date_back(doc.name, closed_on=add_days(today(), -18))


def _enrich(story: Any) -> None:
	"""Competitors and a demo plan in deals that the story told already, and one that has stood still."""
	for title, competitor, strength, owner in (
		("Warehouse control", "Nordsoft", "Equal", "harbor"),
		("信贷流程平台", "云帆软件", "Equal", "huaxin"),
		("Store analytics", "Cashline", "Strong", "summit"),
	):
		name = frappe.db.get_value("SPM Opportunity", {"title": title, "customer": story.customers[owner]})
		with acting(story._owner_of(owner)):
			doc = frappe.get_doc("SPM Opportunity", name)
			doc.append("competitors", {"competitor": competitor, "strength": strength})
			doc.save()
			if title == "Store analytics":
				_finish(bid.apply_template(doc, "Demo and Proof of Concept", add_days(today(), -9))[:3])
				_since(doc, 37)
	lost = frappe.db.get_value(
		"SPM Opportunity", {"title": "Loyalty app", "customer": story.customers["summit"]}
	)
	with acting("sales"):
		doc = frappe.get_doc("SPM Opportunity", lost)
		doc.lost_to_competitor = "Cashline"
		doc.append(
			"more_loss_reasons",
			{"loss_reason": "Price Too High", "detail": "They gave it away with the hardware"},
		)
		doc.save()


def _finish(tasks: list[str]) -> None:
	for name in tasks:
		task = frappe.get_doc("SPM Task", name)
		task.status = "Completed"
		task.save()
