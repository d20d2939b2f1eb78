"""The whole circle over HTTP: from a lead to the opportunity of the second generation.

Each step is taken by the user whose job it is; on the way some others try and are refused.
"""

import frappe
import pytest
from frappe.utils import add_days, getdate

from tests.factories import unique
from tests.factories_delivery import forget_customer

API = "sales_crm_pm.api.v1."
APPLY = "frappe.model.workflow.apply_workflow"
STAGES = ("Requirement Clear", "Solution and Demo", "Quotation or Tender", "Negotiation")


class People:
	"""One logged-in client per job."""

	def __init__(self, committed, http):
		tag = unique()
		jobs = {
			"marketer": "SPM Marketing User",
			"seller": "SPM Sales User",
			"director": "SPM Sales Manager",
			"manager": "SPM Project Manager",
			"member": "SPM Delivery Member",
			"agent": "SPM Service Agent",
			"outsider": "SPM Sales User",
		}
		self.names = {}
		for job, role in jobs.items():
			self.names[job] = committed.user(f"{job}-{tag}@example.com", role)
			setattr(self, job, http(self.names[job]))
		self.guest = http()


@pytest.fixture
def people(committed, http):
	return People(committed, http)


def resource(doctype: str, name: str = "") -> str:
	return f"/api/resource/{doctype}" + (f"/{name}" if name else "")


def read(client, doctype, name):
	return client.get(resource(doctype, name))["data"]


def write(client, doctype, name, **values):
	return client.put(resource(doctype, name), values)["data"]


def create(client, doctype, **values):
	return client.post(resource(doctype), values)["data"]


def apply(client, doctype, name, action):
	"""Press a workflow button as the desk does; returns the new status."""
	doc = {"doctype": doctype, "name": name}
	return client.call(APPLY, doc=frappe.as_json(doc), action=action)["status"]


def missing_of(client, method, **values):
	"""Call what is expected to be refused for want of something; returns the list of what is missing."""
	response = client.request("POST", f"/api/method/{API}{method}", status=417, json=values)
	return response.json()["missing"]


def test_the_circle(people, committed):
	# Marketing catches a lead and gives it to sales.
	lead = create(
		people.marketer,
		"SPM Lead",
		lead_name=unique("Ms Li "),
		organisation=unique("Harbour Works "),
		email=f"{unique('li-')}@example.com",
		need="Track 40 cranes",
		lead_owner=people.names["seller"],
	)
	committed.track("SPM Lead", lead["name"])

	# Sales converts it, once.
	converted = people.seller.call(API + "lead.convert", lead=lead["name"])
	customer, deal = converted["customer"], converted["opportunity"]
	committed.on_cleanup(lambda: forget_customer(customer))
	assert converted["created"] is True
	again = people.seller.call(API + "lead.convert", lead=lead["name"])
	assert again == {**converted, "created": False}
	assert people.outsider.refused(API + "opportunity.win", opportunity=deal).status == 403

	# The stages want their evidence.
	pipeline = read(people.seller, "SPM Opportunity", deal)["pipeline"]
	assert pipeline == "Project Sales"
	wanted = missing_of(
		people.seller, "opportunity.move", opportunity=deal, stage=f"{pipeline} - {STAGES[0]}"
	)
	assert any("Expected" in item for item in wanted)
	write(
		people.seller,
		"SPM Opportunity",
		deal,
		requirement="<p>Positions every second</p>",
		expected_close_date=str(add_days(getdate(), 30)),
		amount=200000,
	)
	for stage in STAGES:
		moved = people.seller.call(API + "opportunity.move", opportunity=deal, stage=f"{pipeline} - {stage}")
		assert moved["status"] == "Open"
		checklist = read(people.seller, "SPM Opportunity", deal)["checklist"]
		# The answer names what the next gate will want.
		assert {row["item"] for row in checklist if not row["is_done"]} <= set(moved["missing"])
		if checklist:
			for row in checklist:
				row["is_done"] = 1
			write(people.seller, "SPM Opportunity", deal, checklist=checklist)
	assert moved["probability"] == 80
	assert missing_of(people.seller, "opportunity.win", opportunity=deal)

	# Won, with the contract's number.
	assert people.seller.refused(API + "project.initiate", opportunity=deal).status == 417
	write(people.seller, "SPM Opportunity", deal, contract_no="HW-1", contract_signed_date=str(getdate()))
	won = people.seller.call(API + "opportunity.win", opportunity=deal)
	assert won == {**won, "opportunity": deal, "status": "Won"}

	# Initiation: the seller starts it, the manager plans, the director approves, nobody else.
	started = people.seller.call(
		API + "project.initiate",
		opportunity=deal,
		template="Standard Delivery",
		project_manager=people.names["manager"],
		start_date=str(getdate()),
	)
	project = started["project"]
	assert started["created"] is True
	assert people.seller.call(API + "project.initiate", opportunity=deal)["created"] is False
	assert apply(people.manager, "SPM Project", project, "Submit for Approval") == "Pending Approval"
	assert people.manager.refused(
		APPLY, doc=frappe.as_json({"doctype": "SPM Project", "name": project}), action="Approve"
	).status in (403, 417)
	assert people.outsider.refused(API + "project.status", project=project, verb="GET").status == 403
	assert apply(people.director, "SPM Project", project, "Approve") == "Approved"
	assert apply(people.manager, "SPM Project", project, "Start") == "In Progress"

	# The manager builds a team and gives out work; the member does it.
	plan = read(people.manager, "SPM Project", project)
	write(people.manager, "SPM Project", project, team=[*plan["team"], {"user": people.names["member"]}])
	milestones = people.manager.get(
		resource("SPM Milestone"),
		filters=frappe.as_json({"project": project}),
		fields='["name", "title", "acceptance_required", "milestone_type", "weight"]',
		order_by="sequence asc",
	)["data"]
	assert len(milestones) == 4
	shown = -1.0
	for milestone in milestones:
		tasks = people.manager.get(
			resource("SPM Task"),
			filters=frappe.as_json({"milestone": milestone["name"]}),
			limit_page_length=50,
		)["data"]
		for task in tasks:
			write(people.manager, "SPM Task", task["name"], assigned_to=people.names["member"])
			done = people.member.call(API + "task.complete", task=task["name"])
			assert done["project"]["percent_complete"] >= shown
			shown = done["project"]["percent_complete"]
		if milestone["acceptance_required"]:
			assert (
				people.manager.call(API + "milestone.submit", milestone=milestone["name"])["status"]
				== "Submitted"
			)
		if milestone["title"] == "First version delivered":
			rejected = people.manager.call(
				API + "milestone.reject", milestone=milestone["name"], reason="Two cranes are missing"
			)
			assert rejected["status"] == "Rejected"
			assert missing_of(people.manager, "project.deliver", project=project)
			assert apply(people.manager, "SPM Milestone", milestone["name"], "Rework") == "In Progress"
			people.manager.call(API + "milestone.submit", milestone=milestone["name"])
		assert people.member.refused(API + "milestone.accept", milestone=milestone["name"]).status == 403
		accepted = people.manager.call(
			API + "milestone.accept", milestone=milestone["name"], accepted_by=converted["contact"]
		)
		assert accepted["status"] == "Accepted"
		# The seller sees it at once, without asking anybody.
		deal_shown = read(people.seller, "SPM Opportunity", deal)
		assert deal_shown["project_percent_complete"] == accepted["project"]["percent_complete"]
	status = people.seller.call(API + "project.status", project=project, verb="GET")
	assert (status["percent_complete"], status["next_milestone"]) == (100, None)

	# Delivered: every contact is asked once.
	delivered = people.manager.call(API + "project.deliver", project=project)
	assert (delivered["status"], len(delivered["surveys"])) == ("Delivered", 1)
	assert people.manager.call(API + "project.deliver", project=project)["surveys"] == delivered["surveys"]
	survey = delivered["surveys"][0]

	# Service sends the link by its own way, the customer answers without login, once.
	assert people.outsider.refused(API + "survey.link", survey=survey).status == 403
	token = people.agent.call(API + "survey.link", survey=survey)["link"].rsplit("/", 1)[-1]
	page = people.guest.request("GET", f"/survey/{token}", status=200, headers={"Accept": "text/html"}).text
	assert deal_shown["title"] in page
	assert survey not in page and project not in page
	answer = people.guest.call(
		API + "survey.answer", token=token, csat=5, nps=9, comment="And now the trucks"
	)
	assert set(answer) == {"thanks", "next"}
	assert people.guest.refused(API + "survey.answer", token=token, csat=1).status == 417
	assert people.guest.refused(API + "survey.answer", token="wrong", csat=1).status == 417

	# Closed only when service has taken over.
	assert len(missing_of(people.manager, "project.close", project=project)) == 2
	write(
		people.manager,
		"SPM Project",
		project,
		service_owner=people.names["agent"],
		next_touch_date=str(add_days(getdate(), 60)),
	)
	closed = people.manager.call(API + "project.close", project=project)
	assert (closed["status"], closed["surveys"]) == ("Closed", delivered["surveys"])

	# What the customer said becomes the next deal of the account manager.
	assert read(people.seller, "SPM Customer", customer)["account_manager"] == people.names["seller"]
	fed = people.seller.call(
		API + "feedback.to_opportunity",
		source_doctype="SPM Survey",
		source_name=survey,
		title="Trucks",
		amount=90000,
	)
	assert fed["created"] is True
	assert people.seller.call(
		API + "feedback.to_opportunity", source_doctype="SPM Survey", source_name=survey
	) == {"opportunity": fed["opportunity"], "created": False}

	check_chain(people, lead["name"], deal, project, survey, fed["opportunity"])
	view = people.seller.call(API + "customer.overview", customer=customer, verb="GET")
	assert {o["name"] for o in view["opportunities"]} == {deal, fed["opportunity"]}
	assert view["timeline"]["total"] > 0
	assert people.outsider.refused(API + "customer.overview", customer=customer, verb="GET").status == 403


def check_chain(people, lead, deal, project, survey, second):
	"""Every record of the deal knows the others, forwards and backwards."""
	first = frappe.get_doc("SPM Opportunity", deal)
	chain = first.deal_chain
	assert chain
	for doctype, name in (("SPM Lead", lead), ("SPM Project", project), ("SPM Survey", survey)):
		assert frappe.db.get_value(doctype, name, "deal_chain") == chain
	for doctype in ("SPM Milestone", "SPM Task"):
		chains = frappe.get_all(doctype, {"project": project}, pluck="deal_chain")
		assert chains and set(chains) == {chain}

	assert first.lead == lead
	assert frappe.db.get_value("SPM Lead", lead, "opportunity") == deal
	assert first.project == project
	assert frappe.db.get_value("SPM Project", project, "opportunity") == deal
	answered = frappe.get_doc("SPM Survey", survey)
	assert (answered.project, answered.opportunity) == (project, deal)

	# The next turn: a chain of its own that points back, and the survey points forward.
	next_deal = frappe.get_doc("SPM Opportunity", second)
	assert next_deal.deal_chain and next_deal.deal_chain != chain
	assert (next_deal.originated_from_type, next_deal.originated_from) == ("SPM Survey", survey)
	assert (next_deal.previous_opportunity, next_deal.generation) == (deal, 2)
	assert (answered.follow_up_type, answered.follow_up) == ("SPM Opportunity", second)
	assert next_deal.customer == first.customer
	assert next_deal.opportunity_owner == people.names["seller"]


def test_the_plain_rest_interface_meets_the_same_rules(people, committed):
	lead = create(people.seller, "SPM Lead", lead_name=unique("Mr Wang "), organisation=unique("Port "))
	committed.track("SPM Lead", lead["name"])
	made = people.seller.call(API + "lead.convert", lead=lead["name"])
	committed.on_cleanup(lambda: forget_customer(made["customer"]))
	project = create(
		people.manager,
		"SPM Project",
		project_name="By hand",
		customer=make_visible(people, made["customer"]),
		project_manager=people.names["manager"],
	)["name"]
	milestone = create(
		people.manager, "SPM Milestone", title="One", project=project, planned_date=str(getdate())
	)["name"]
	task = create(people.manager, "SPM Task", subject="Do", project=project, milestone=milestone)["name"]
	for doctype, name, values in (
		("SPM Project", project, {"status": "Closed"}),
		("SPM Project", project, {"workflow_state": "Delivered"}),
		("SPM Milestone", milestone, {"status": "Rejected"}),
		("SPM Task", task, {"progress": 130}),
	):
		people.manager.put(resource(doctype, name), values, status=417)
	write(people.manager, "SPM Task", task, status="Completed")
	assert read(people.manager, "SPM Project", project)["percent_complete"] == 100
	for doctype, name in (("SPM Project", project), ("SPM Milestone", milestone), ("SPM Task", task)):
		people.outsider.get(resource(doctype, name), status=403)
		people.guest.get(resource(doctype, name), status=403)
	people.member.get(f"/api/method/{API}project.status", status=403, project=project)
	people.manager.get(f"/api/method/{API}project.status", status=404, project="no such project")
	people.manager.get(f"/api/method/{API}milestone.accept", status=403, milestone=milestone)


def make_visible(people, customer: str) -> str:
	"""Let the project manager see a customer: the seller takes them into the team."""
	write(people.seller, "SPM Customer", customer, team=[{"user": people.names["manager"]}])
	return customer
