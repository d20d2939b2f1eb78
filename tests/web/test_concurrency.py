"""Many at once: one project, one sum, one answer."""

from concurrent.futures import ThreadPoolExecutor

import frappe
import pytest
import requests

from tests.factories import make_won_opportunity
from tests.factories_delivery import (
	accept,
	forget_customer,
	make_customer_with_contacts,
	make_running_project,
	make_task,
)
from tests.factories_plan import dates_of, day, make_plan, make_plan_project

API = "/api/method/sales_crm_pm.api.v1."


@pytest.fixture
def world(committed):
	"""A customer with one contact; its records are removed again after the test."""
	customer, contacts = make_customer_with_contacts(1)
	committed.commit()
	committed.on_cleanup(lambda: forget_customer(customer.name))
	return customer, contacts


def at_once(client, calls: list[tuple[str, dict]]) -> list[requests.Response]:
	"""Send all calls at the same time, each on a connection of its own, with one login."""
	frappe.db.rollback()

	def send(call):
		path, body = call
		return requests.post(
			client.server.url + API + path,
			json=body,
			headers=dict(client.session.headers),
			cookies=client.session.cookies.get_dict(),
			timeout=120,
		)

	with ThreadPoolExecutor(len(calls)) as pool:
		return list(pool.map(send, calls))


def test_twenty_initiations_make_one_project(world, committed, http):
	customer, _contacts = world
	deal = make_won_opportunity(customer=customer.name)
	committed.track("SPM Pipeline", deal.pipeline)
	for stage in frappe.get_all("SPM Stage", {"pipeline": deal.pipeline}, pluck="name"):
		committed.track("SPM Stage", stage)
	committed.commit()
	client = http("Administrator")
	body = {"opportunity": deal.name, "template": "Standard Delivery", "project_manager": "Administrator"}
	answers = at_once(client, [("project.initiate", body)] * 20)
	assert [a.status_code for a in answers] == [200] * 20
	results = [a.json()["message"] for a in answers]
	frappe.db.rollback()
	projects = frappe.get_all("SPM Project", {"opportunity": deal.name}, pluck="name")
	assert len(projects) == 1
	assert {r["project"] for r in results} == set(projects)
	assert sum(r["created"] for r in results) == 1
	assert frappe.db.count("SPM Milestone", {"project": projects[0]}) == 4
	assert frappe.db.count("SPM Task", {"project": projects[0]}) == 9


def test_tasks_completed_at_once_lose_no_progress(world, committed, http):
	customer, _contacts = world
	project, _milestones = make_running_project(
		(1,), customer=customer.name, completion_method="Task Completion"
	)
	other, _more = make_running_project((1,), customer=customer.name, completion_method="Task Completion")
	tasks = [make_task(p.name).name for p in (project, other) for _n in range(8)]
	committed.commit()
	client = http("Administrator")
	answers = at_once(client, [("task.complete", {"task": name}) for name in tasks])
	assert [a.status_code for a in answers] == [200] * len(tasks)
	frappe.db.rollback()
	for name in (project.name, other.name):
		assert frappe.db.get_value("SPM Project", name, "percent_complete") == 100
	assert frappe.db.get_value("SPM Customer", customer.name, "projects_percent_complete") == 100


def test_a_double_delivery_asks_once_and_a_double_tap_answers_once(world, committed, http):
	customer, contacts = world
	project, milestones = make_running_project(
		(1,), customer=customer.name, contacts=[{"contact": contacts[0].name}]
	)
	accept(milestones[0].name)
	committed.commit()
	client = http("Administrator")
	answers = at_once(client, [("project.deliver", {"project": project.name})] * 6)
	assert 200 in {a.status_code for a in answers}
	frappe.db.rollback()
	names = frappe.get_all("SPM Survey", {"project": project.name}, pluck="name")
	assert len(names) == 1

	token = client.call("sales_crm_pm.api.v1.survey.link", survey=names[0])["link"].rsplit("/", 1)[-1]
	answers = at_once(http(), [("survey.answer", {"token": token, "csat": n % 5 + 1}) for n in range(6)])
	assert sorted(a.status_code for a in answers) == [200] + [417] * 5
	frappe.db.rollback()
	won = next(n % 5 + 1 for n, a in enumerate(answers) if a.status_code == 200)
	assert frappe.db.get_value("SPM Survey", names[0], "csat") == won


def test_two_people_reschedule_one_plan_at_once(world, committed, http):
	"""Eight changes of the same chain at the same time: each counts, and the plan is that of all of them."""
	customer, _contacts = world
	project = make_plan_project(customer=customer.name).name
	rows = [(f"T{n}", 0 if not n else None, 1, (f"T{n - 1}",) if n else ()) for n in range(9)]
	_p, names = make_plan(*rows, project=project)
	committed.commit()
	client = http("Administrator")
	calls = [
		("schedule.apply", {"project": project, "changes": {names[f"T{n}"]: {"duration_days": n + 2}}})
		for n in range(8)
	]
	answers = at_once(client, calls)
	assert [a.status_code for a in answers] == [200] * 8
	frappe.db.rollback()
	# 2 + 3 + … + 9 days before the last one.
	assert dates_of(project)["T8"] == (day(44), day(44))
