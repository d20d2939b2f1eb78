"""Contracts of the demo company: paid, running, late, just signed, in draft, and one due for renewal."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, flt, getdate, today

from sales_crm_pm.loop import contract as steps
from sales_crm_pm.loop import payment_plan, payments, receipts, renewal
from sales_crm_pm.setup.demo import data
from sales_crm_pm.setup.demo.people import acting, login

# What was agreed besides the money: obligation, whose, due in days, done
OBLIGATIONS = {
	"closed": (
		("Acceptance certificate filed", "Ours", -60, True),
		("Warranty report after six months", "Ours", 40, False),
	),
	"on_track": (
		("提供测试环境和账号", "Customer", -30, True),
		("每月提交项目周报汇总", "Ours", -3, False),
		("源代码托管", "Ours", 25, False),
	),
	"late": (("提交修订后的实施计划", "Ours", -2, False), ("开放产线网络访问", "Customer", 6, False)),
	"waiting": (("Sign the data processing agreement", "Customer", 9, False),),
}


def tell(story: Any) -> None:
	"""Sign the contracts of all won deals, bring in some money, and leave one to be renewed.

	:param story: the Story being told
	"""
	for key, title, _price, _cost, won, _manager, _template, _type, how_far in data.PROJECTS:
		_sign(story, key, title, won, how_far)
	_maintenance(story)
	_draft(story)
	payments.recompute()


def _deal(story: Any, key: str, title: str) -> Any:
	name = frappe.db.get_value("SPM Opportunity", {"customer": story.customers[key], "title": title})
	return frappe.get_doc("SPM Opportunity", name)


def _sign(story: Any, key: str, title: str, won: int, how_far: str) -> None:
	owner = story._owner_of(key)
	with acting(owner):
		name, _created = steps.create_from_opportunity(_deal(story, key, title))
		doc = frappe.get_doc("SPM Contract", name)
		doc.start_date = doc.signed_date
		doc.end_date = add_days(doc.signed_date, 365)
		doc.our_signatory = login("director")
		doc.their_signatory = story.contacts[key][0]
		for duty, party, due, done in OBLIGATIONS[how_far]:
			doc.append(
				"obligations",
				{
					"obligation": duty,
					"party": party,
					"responsible": login(owner) if party == "Ours" else None,
					"due_date": add_days(today(), due),
					"is_done": int(done),
				},
			)
		doc.save()
		doc.submit()
		getattr(_Money(doc, won), how_far)()


class _Money:
	"""What was invoiced and paid, told as the person who looks after the customer."""

	def __init__(self, doc: Any, won: int):
		self.doc = doc
		self.year = getdate(doc.signed_date).year

	@property
	def rows(self) -> list:
		return frappe.get_all("SPM Payment", {"contract": self.doc.name}, ["*"], order_by="sequence, name")

	def invoice(self, number: int, ago: int) -> None:
		row = self.rows[number]
		receipts.invoice(row.name, f"{data.MARK}{self.doc.name[-4:]}-{number + 1}", add_days(today(), -ago))

	def receive(self, number: int, ago: int, share: float = 1) -> None:
		row = self.rows[number]
		reference = f"{data.MARK}BANK-{self.doc.name[-4:]}-{number + 1}"
		receipts.record(row.name, flt(row.amount * share, 2), reference, add_days(today(), -ago))

	def closed(self) -> None:
		for number, ago in ((0, 140), (1, 95), (2, 62)):
			self.invoice(number, ago + 14)
			self.receive(number, ago)

	def on_track(self) -> None:
		self.invoice(0, 50)
		self.receive(0, 38)
		self.invoice(1, 8)
		self.receive(1, 1, 0.5)

	def late(self) -> None:
		first, second, third = self.rows
		version = frappe.db.get_value("SPM Contract", self.doc.name, "plan_version")
		payment_plan.set_plan(
			self.doc.name,
			[
				{"name": first.name, "percent": 30},
				{
					"title": "进度款",
					"percent": 20,
					"trigger_type": "Date",
					"trigger_date": add_days(today(), -55),
					"term_days": 15,
				},
				{"name": second.name, "percent": 30},
				{"name": third.name, "percent": 10},
				{
					"title": "质保金",
					"percent": 10,
					"trigger_type": "Event",
					"event_name": "质保期结束",
					"trigger_date": add_days(today(), 400),
					"term_days": 30,
				},
			],
			version,
		)
		self.invoice(0, 70)
		self.receive(0, 58)
		self.invoice(1, 52)

	def waiting(self) -> None:
		self.invoice(0, 2)


def _maintenance(story: Any) -> None:
	"""The yearly maintenance that followed the first project, two months before its end."""
	with acting("sales"):
		doc = frappe.get_doc(
			{
				"doctype": "SPM Contract",
				"title": "Maintenance of Production Planning",
				"customer": story.customers["northwind"],
				"opportunity": _deal(story, "northwind", "Production planning").name,
				"contract_type": "Maintenance Contract",
				"contract_no": f"{data.MARK}MNT-{getdate().year}",
				"signed_date": add_days(today(), -320),
				"start_date": add_days(today(), -315),
				"end_date": add_days(today(), 50),
				"auto_renew": 0,
				"lines": [{"product": "Maintenance Year", "qty": 1, "rate": 60_000}],
				"obligations": [
					{
						"obligation": "Quarterly health check",
						"responsible": login("service"),
						"due_date": add_days(today(), -5),
					}
				],
			}
		).insert()
		doc.submit()
		money = _Money(doc, 0)
		for number, ago in ((0, 285), (1, 190), (2, 100)):
			money.invoice(number, ago + 25)
			money.receive(number, ago)
		money.invoice(3, 44)
	renewal.open_renewal(doc.name)


def _draft(story: Any) -> None:
	"""The next signature: drawn up, not signed yet."""
	with acting("sales.zh"):
		steps.create_from_opportunity(_deal(story, "jiangnan", "园区一体化平台"))
