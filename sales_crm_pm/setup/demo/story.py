"""Makes the demo data."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, add_to_date, getdate, now_datetime, today

from sales_crm_pm.loop import delivery, feedback, initiation, progress, survey, tiers, transitions
from sales_crm_pm.loop import opportunity as deal
from sales_crm_pm.setup.demo import (
	board,
	contract,
	data,
	duplicates,
	flagship,
	forecast,
	keep,
	lead,
	plan,
	talks,
	team,
)
from sales_crm_pm.setup.demo import change as change_story
from sales_crm_pm.setup.demo import customer as customer_story
from sales_crm_pm.setup.demo import quotation as quotation_story
from sales_crm_pm.setup.demo import risk as risk_story
from sales_crm_pm.setup.demo import time as time_story
from sales_crm_pm.setup.demo import value as value_story
from sales_crm_pm.setup.demo.people import acting, login


def create() -> dict[str, Any]:
	"""Make the demo data, once.

	Returns `logins` (user, password, role of each demo person) and a one-line `summary`. A site that has
	the demo data already is left as it is. Raises what the product's own rules raise.
	"""
	if not frappe.db.exists("User", login("director")):
		before = frappe.session.user
		muted, frappe.flags.mute_emails = frappe.flags.mute_emails, True
		try:
			Story().tell()
		finally:
			frappe.flags.mute_emails = muted
			frappe.set_user(before)
	frappe.db.commit()  # nosemgrep: a command of its own, and the only write of its transaction
	return {"logins": logins(), "summary": summary()}


def logins() -> list[dict[str, str]]:
	"""Return user, password and role of every demo person who can log in."""
	people = [{"user": login(p[2]), "password": data.PASSWORD, "role": p[5]} for p in data.PEOPLE]
	portal = {"user": login("laura.stone"), "password": data.PASSWORD, "role": "Customer (portal only)"}
	return [*people, portal]


def summary() -> str:
	"""Return how much there is, in one line."""
	counted = {
		"SPM Customer": "customers",
		"SPM Opportunity": "opportunities",
		"SPM Project": "projects",
		"SPM Milestone": "milestones",
		"SPM Task": "tasks",
	}
	return ", ".join(f"{frappe.db.count(doctype)} {words}" for doctype, words in counted.items())


class Story:
	"""Tells the story in the order in which it would have happened."""

	def __init__(self):
		self.customers: dict[str, str] = {}
		self.contacts: dict[str, list[str]] = {}

	def tell(self) -> None:
		self.hire_people()
		self.stock_products()
		self.find_customers()
		self.open_portal()
		for row in data.LOST_DEALS:
			self.lose_deal(*row)
		for row in data.PROJECTS:
			self.run_project(*row)
		flagship.tell(self)
		for row in data.OPEN_DEALS:
			self.open_deal(*row)
		board.tell(self)
		quotation_story.tell(self)
		lead.tell(self)
		self.talk()
		talks.tell(self)
		duplicates.tell(self)
		customer_story.tell(self)
		contract.tell(self)
		forecast.tell(self)
		keep.tell(self)
		plan.tell(self)
		team.tell(self)
		risk_story.tell(self)
		time_story.tell(self)
		change_story.tell(self)
		value_story.tell(self)
		progress.recompute()

	# People and masters
	# ------------------

	def hire_people(self) -> None:
		for first, last, short, language, roles, _label in data.PEOPLE:
			self._add_user(first, last, short, language, roles, "System User")

	def _add_user(self, first, last, short, language, roles, user_type) -> None:
		user = frappe.get_doc(
			{
				"doctype": "User",
				"email": login(short),
				"first_name": first,
				"last_name": last,
				"language": language,
				"user_type": user_type,
				"send_welcome_email": 0,
				"new_password": data.PASSWORD,
				"roles": [{"role": role} for role in roles],
			}
		)
		user.flags.ignore_password_policy = True
		user.flags.no_welcome_mail = True
		user.insert(ignore_permissions=True)

	def stock_products(self) -> None:
		for name, code, series, price in data.PRODUCTS:
			frappe.get_doc(
				{
					"doctype": "SPM Product",
					"product_name": name,
					"product_code": code,
					"series": series,
					"list_price": price,
				}
			).insert(ignore_permissions=True, ignore_if_duplicate=True)

	def find_customers(self) -> None:
		by_hand = not tiers.are_computed()
		for key, name, industry, territory, tier, manager, language, contacts in data.CUSTOMERS:
			with acting(manager):
				customer = frappe.get_doc(
					{
						"doctype": "SPM Customer",
						"customer_name": name,
						"industry": industry,
						"territory": territory,
						# Where rules give tiers, they do so at the end of the story.
						"tier": tier if by_hand else None,
						"is_key_account": int(tier == "A"),
						"account_manager": login(manager),
						"service_owner": login("service"),
						"language": language,
						"source": "Trade Fair" if tier == "A" else "Website",
						"external_id": f"{data.MARK}{key}",
					}
				).insert()
				self.customers[key] = customer.name
				self.contacts[key] = [self._add_contact(customer, *contact) for contact in contacts]
				customer.db_set("primary_contact", self.contacts[key][0], update_modified=False)

	def _add_contact(self, customer, first, last, job, mail) -> str:
		contact = frappe.get_doc(
			{
				"doctype": "Contact",
				"first_name": first,
				"last_name": last,
				"designation": job,
				"email_ids": [{"email_id": login(mail), "is_primary": 1}],
				"links": [{"link_doctype": "SPM Customer", "link_name": customer.name}],
			}
		).insert()
		return contact.name

	def open_portal(self) -> None:
		"""One customer's head of operations watches her project on the portal."""
		self._add_user("Laura", "Stone", "laura.stone", "en", ("SPM Customer User",), "Website User")
		customer = frappe.get_doc("SPM Customer", self.customers["northwind"])
		customer.append("portal_users", {"user": login("laura.stone"), "contact": self.contacts["northwind"][0]})
		customer.save(ignore_permissions=True)

	# Deals
	# ------------------

	def _new_deal(self, key, title, amount, opened_days_ago, owner, **values):
		doc = frappe.get_doc(
			{
				"doctype": "SPM Opportunity",
				"title": title,
				"customer": self.customers[key],
				"pipeline": "Project Sales",
				"stage": "Project Sales - First Contact",
				"amount": amount,
				"opened_on": add_days(today(), -opened_days_ago),
				"source": "Website",
				"opportunity_owner": login(owner),
				"contacts": [
					{"contact": name, "buying_role": role, "is_primary": int(not number)}
					for number, (name, role) in enumerate(
						zip(self.contacts[key], ("Decision Maker", "Influencer"), strict=False)
					)
				],
				**values,
			}
		)
		return doc.insert()

	def _walk(self, doc, stage: str) -> Any:
		"""Take a deal along the road to a stage, ticking the checks on the way."""
		road = ("First Contact", "Requirement Clear", "Solution and Demo", "Quotation or Tender", "Negotiation")
		if stage in road:
			for step in road[1 : road.index(stage) + 1]:
				doc = self._step(doc, step)
		else:
			for step in road[1:]:
				doc = self._step(doc, step)
			doc = self._step(doc, stage)
		return doc

	def _step(self, doc, stage: str) -> Any:
		for row in doc.checklist:
			row.is_done = 1
		return deal.move(doc, f"Project Sales - {stage}")

	def open_deal(self, key, title, stage, amount, opened, closes, next_step, next_days) -> None:
		owner = self._owner_of(key)
		with acting(owner):
			doc = self._new_deal(
				key,
				title,
				amount,
				opened,
				owner,
				expected_close_date=add_days(today(), closes),
				next_step=next_step,
				next_step_date=add_days(today(), next_days),
				requirement=f"<p>{title}</p>",
				opportunity_type="Upsell" if key in ("northwind", "yuanhang", "aurora") else "New",
			)
			self._walk(doc, stage)

	def lose_deal(self, key, title, amount, opened, closed, reason, detail) -> None:
		with acting(self._owner_of(key)):
			doc = self._new_deal(key, title, amount, opened, self._owner_of(key), closed_on=add_days(today(), -closed))
			deal.lose(doc, reason, detail)
		self._date_back(doc.name, closed_on=add_days(today(), -closed))

	def _date_back(self, opportunity: str, **values) -> None:
		"""The story is told today; the day a deal was closed lies in the past."""
		opened = getdate(frappe.db.get_value("SPM Opportunity", opportunity, "opened_on"))
		values["sales_cycle_days"] = max(0, (getdate(values["closed_on"]) - opened).days)
		frappe.db.set_value("SPM Opportunity", opportunity, values, update_modified=False)

	def _owner_of(self, key: str) -> str:
		return next(row[5] for row in data.CUSTOMERS if row[0] == key)

	# Projects
	# ------------------

	def run_project(self, key, title, price, cost, won, manager, template, kind, how_far) -> None:
		owner = self._owner_of(key)
		won_on = add_days(today(), -won)
		with acting(owner):
			doc = self._new_deal(
				key,
				title,
				price,
				won + 70,
				owner,
				expected_close_date=won_on,
				requirement=f"<p>{title}</p>",
				contract_no=f"{data.MARK}{getdate(won_on).year}-{key.upper()}",
				contract_signed_date=won_on,
				products=[
					{"product": "Project Suite", "qty": 1, "rate": round(price * 0.6)},
					{"product": "Implementation Day", "qty": 100, "rate": round(price * 0.4) / 100},
				],
			)
			doc = self._walk(doc, "Negotiation")
			for row in doc.checklist:
				row.is_done = 1
			deal.win(doc, won_on)
			start = add_days(won_on, 3)
			project, _created = initiation.initiate(doc.name, template, login(manager), start)
		self._staff(project, kind, cost, manager)
		getattr(self, f"_tell_{how_far}")(project, manager, start)

	def _staff(self, project: str, kind: str, cost: float, manager: str) -> None:
		with acting(manager):
			doc = frappe.get_doc("SPM Project", project)
			doc.project_type = kind
			doc.goals = _("On time, within budget, and a customer who buys again.")
			doc.scope = _("Everything in the contract.")
			doc.out_of_scope = _("Hardware and cabling.")
			doc.acceptance_criteria = _("All agreed test cases passed and the certificate signed.")
			doc.sponsor = _("Management of the customer")
			doc.handoff_notes = _("Nothing promised beyond the contract.")
			doc.kick_off_date = add_days(doc.planned_start_date, 2)
			doc.set("estimate", [])
			doc.budget_cost = cost
			doc.append("team", {"user": login("delivery"), "project_role": _("Engineer"), "raci": "Responsible"})
			doc.save()
		tasks = frappe.get_all("SPM Task", filters={"project": project}, order_by="name asc", pluck="name")
		for number, task in enumerate(tasks):
			person = login("delivery") if number % 3 else login(manager)
			frappe.db.set_value("SPM Task", task, "assigned_to", person, update_modified=False)

	def _approve_and_start(self, project: str, manager: str, start) -> None:
		with acting(manager):
			transitions.move(frappe.get_doc("SPM Project", project), "Pending Approval")
		with acting("director"):
			transitions.move(frappe.get_doc("SPM Project", project), "Approved")
		with acting(manager):
			transitions.move(frappe.get_doc("SPM Project", project), "In Progress")
		frappe.db.set_value("SPM Project", project, "actual_start_date", start, update_modified=False)

	def _milestones(self, project: str) -> list[str]:
		return frappe.get_all(
			"SPM Milestone", filters={"project": project}, order_by="planned_date asc", pluck="name"
		)

	def _finish_milestone(self, name: str, manager: str, late: int = 0) -> None:
		with acting(manager):
			doc = frappe.get_doc("SPM Milestone", name)
			day = min(getdate(add_days(doc.planned_date, late)), getdate())
			self._finish_tasks({"milestone": name})
			doc.reload()
			if doc.acceptance_required:
				doc = transitions.move(doc, "Submitted")
			values = {"actual_date": day}
			if late > 0:
				values["delay_reason"] = "Resource"
			transitions.move(doc, "Accepted", values)

	def _finish_tasks(self, filters: dict, limit: int | None = None) -> None:
		"""Finish tasks in the order of the plan, as far as the limit says."""
		rows = frappe.get_all(
			"SPM Task", filters={**filters, "status": ["!=", "Completed"]}, order_by="planned_end_date asc", pluck="name"
		)
		for name in rows[:limit]:
			task = frappe.get_doc("SPM Task", name)
			task.status = "Completed"
			# Done as planned, as far as the plan lies in the past.
			task.actual_start_date = min(task.planned_start_date or getdate(), getdate())
			task.flags.done_on = min(task.planned_end_date or getdate(), getdate())
			task.save()

	def _tell_waiting(self, project: str, manager: str, start) -> None:
		with acting(manager):
			transitions.move(frappe.get_doc("SPM Project", project), "Pending Approval")

	def _tell_on_track(self, project: str, manager: str, start) -> None:
		self._approve_and_start(project, manager, start)
		milestones = self._milestones(project)
		for name in milestones[:3]:
			self._finish_milestone(name, manager, -1)
		with acting(manager):
			self._finish_tasks({"milestone": milestones[3]}, 2)

	def _tell_late(self, project: str, manager: str, start) -> None:
		self._approve_and_start(project, manager, start)
		milestones = self._milestones(project)
		for name in milestones[:2]:
			self._finish_milestone(name, manager, 6)
		with acting(manager):
			self._finish_tasks({"milestone": milestones[2]}, 1)
			doc = frappe.get_doc("SPM Milestone", milestones[2])
			doc.forecast_date = add_days(today(), 9)
			doc.delay_reason = "Resource"
			doc.save()

	def _tell_closed(self, project: str, manager: str, start) -> None:
		self._approve_and_start(project, manager, start)
		for number, name in enumerate(self._milestones(project)):
			self._finish_milestone(name, manager, 2 if number == 2 else 0)
		with acting(manager):
			delivery.deliver(frappe.get_doc("SPM Project", project))
		self._answer_survey(project)
		with acting(manager):
			doc = frappe.get_doc("SPM Project", project)
			doc.service_owner = login("service")
			doc.next_touch_date = add_days(today(), 30)
			doc.warranty_until = add_days(today(), 330)
			doc.lessons_learned = _("Two plans were needed for two sites; ask for it before the offer.")
			doc.save()
			delivery.close(doc)
		finish = add_days(start, 62)
		frappe.db.set_value(
			"SPM Project",
			project,
			{"actual_end_date": finish, "delivered_on": finish, "closed_on": add_days(finish, 9)},
			update_modified=False,
		)

	def _answer_survey(self, project: str) -> None:
		"""The contact answers by the personal link, and the account manager makes the next deal of it."""
		name = survey.surveys_of(project)[0]
		with acting("service"):
			token = survey.open_link(name).rsplit("/", 1)[-1]
		with self._as_guest():
			survey.record_answer(token, 5, 9, _("Very good work. For the warehouse we would like the same next year."))
		with acting("sales"):
			opportunity, _created = feedback.to_opportunity("SPM Survey", name, "Warehouse planning", 450_000)
			doc = frappe.get_doc("SPM Opportunity", opportunity)
			doc.expected_close_date = add_days(today(), 70)
			doc.next_step = "Workshop in the warehouse"
			doc.next_step_date = add_days(today(), 6)
			doc.save()

	@contextmanager
	def _as_guest(self):
		user = frappe.session.user
		frappe.set_user("Guest")
		try:
			yield
		finally:
			frappe.set_user(user)

	# Leads and talks
	# ------------------

	def talk(self) -> None:
		for key, kind, ago, content, outcome, next_step, next_days in data.TALKS:
			with acting(self._owner_of(key)):
				doc = frappe.get_doc(
					{
						"doctype": "SPM Interaction",
						"customer": self.customers[key],
						"opportunity": self._deal_of(key, next_step),
						"contact": self.contacts[key][0],
						"interaction_type": kind,
						"happened_on": add_to_date(now_datetime(), days=-ago, hours=-1),
						"content": content,
						"outcome": outcome,
						"next_step": next_step,
						"next_date": add_days(today(), next_days) if next_days is not None else None,
					}
				).insert()
			talks.written(doc, 30 if key == "aurora" else 0.5 + ago % 3)

	def _deal_of(self, key: str, next_step: str) -> str | None:
		"""The open deal of a customer that has this next step."""
		filters = {"customer": self.customers[key], "status": "Open", "next_step": next_step}
		return frappe.db.get_value("SPM Opportunity", filters) if next_step else None
