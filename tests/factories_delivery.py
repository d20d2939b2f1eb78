"""Builders of the delivery half: templates, projects, milestones, tasks."""

from __future__ import annotations

import frappe
from frappe.utils import add_days, getdate

from sales_crm_pm.loop import baselines
from tests.factories import make, make_contact, make_customer, make_user, unique

APPROVER = "Administrator"


def make_manager() -> str:
	"""A user who may manage projects."""
	return make_user("SPM Project Manager")


def make_template(**values):
	"""A template with two milestones (weights 1 and 3) and three tasks in a row."""
	values.setdefault("template_name", unique("Template "))
	values.setdefault(
		"milestones",
		[
			{"title": "Design", "offset_days": 10, "weight": 1, "milestone_type": "Delivery"},
			{"title": "Build", "offset_days": 30, "weight": 3, "milestone_type": "Delivery"},
		],
	)
	values.setdefault(
		"tasks",
		[
			{"subject": "Draw", "milestone_title": "Design", "duration_days": 5},
			{
				"subject": "Code",
				"milestone_title": "Build",
				"start_offset_days": 10,
				"duration_days": 10,
				"depends_on": "1",
			},
			{
				"subject": "Test",
				"milestone_title": "Build",
				"start_offset_days": 20,
				"duration_days": 5,
				"depends_on": "2",
			},
		],
	)
	return make("SPM Project Template", **values)


def make_project(status: str = "Draft", **values):
	"""A project that starts today; `status` walks it there as Administrator."""
	values.setdefault("project_name", unique("Project "))
	if not values.get("customer"):
		values["customer"] = make_customer().name
	values.setdefault("project_manager", "Administrator")
	values.setdefault("planned_start_date", getdate())
	values.setdefault("planned_end_date", add_days(getdate(), 60))
	# Approval wants to know who is accountable.
	team = values.setdefault("team", [])
	if not any(row.get("raci") == "Accountable" for row in team):
		manager = {"user": values["project_manager"], "project_role": "Project Manager", "raci": "Accountable"}
		values["team"] = [*team, manager]
	doc = make("SPM Project", **values)
	return move_to(doc, status)


def move_to(doc, status: str):
	"""Walk a project along its ordinary way to a status and return it."""
	way = ("Draft", "Pending Approval", "Approved", "In Progress", "Delivered", "Accepted", "Closed")
	for step in way[way.index(doc.status) + 1 : way.index(status) + 1]:
		doc.reload()
		doc.status = step
		doc.save(ignore_permissions=True)
	return doc


def make_milestone(project: str | None = None, **values):
	"""A milestone of weight 1 that is planned in ten days."""
	values["project"] = project or make_project().name
	values.setdefault("title", unique("Milestone "))
	values.setdefault("planned_date", add_days(getdate(), 10))
	values.setdefault("milestone_owner", "Administrator")
	values.setdefault("accountable", "Administrator")
	return make("SPM Milestone", **values)


def make_task(project: str | None = None, **values):
	"""An open task of a project (of a pre-sales opportunity when one is given instead)."""
	if not project and not values.get("opportunity"):
		project = make_project().name
	values.setdefault("subject", unique("Task "))
	return make("SPM Task", project=project, **values)


def make_running_project(weights: tuple[float, ...] = (1, 3), **values):
	"""A project in progress with one milestone per weight; returns (project, milestones)."""
	project = make_project(**values)
	milestones = [
		make_milestone(project.name, weight=weight, sequence=n, planned_date=add_days(getdate(), 10 * n))
		for n, weight in enumerate(weights, 1)
	]
	return move_to(project, "In Progress"), milestones


def make_customer_with_contacts(count: int = 2, **values):
	"""A customer and its contacts, each with an address; returns (customer, contacts)."""
	customer = make_customer(**values)
	return customer, [make_contact(customer.name) for _n in range(count)]


def accept(milestone: str) -> None:
	"""Hand a milestone in and accept it."""
	for status in ("Submitted", "Accepted"):
		doc = frappe.get_doc("SPM Milestone", milestone)
		doc.status = status
		doc.save(ignore_permissions=True)


def forget_customer(customer: str) -> None:
	"""Remove a customer with everything that hangs on it; for tests whose rows were committed by a server."""
	doctypes = (
		"SPM Payment",
		"SPM Contract",
		"SPM Survey",
		"SPM Interaction",
		"SPM Issue",
		"SPM Risk",
		"SPM Task",
		"SPM Milestone",
		"SPM Project",
		"SPM Opportunity",
		"SPM Lead",
	)
	names = {dt: frappe.get_all(dt, {"customer": customer}, pluck="name") for dt in doctypes}
	baselines.forget(names["SPM Project"])
	contacts = frappe.get_all(
		"Dynamic Link",
		{"link_doctype": "SPM Customer", "link_name": customer, "parenttype": "Contact"},
		pluck="parent",
	)
	names.update({"Contact": contacts, "SPM Customer": [customer]})
	for doctype, gone in names.items():
		if not gone:
			continue
		for table in frappe.get_meta(doctype).get_table_fields():
			frappe.db.delete(table.options, {"parenttype": doctype, "parent": ["in", gone]})
		for log, kind, name in (
			("Version", "ref_doctype", "docname"),
			("Comment", "reference_doctype", "reference_name"),
			("ToDo", "reference_type", "reference_name"),
			("File", "attached_to_doctype", "attached_to_name"),
			("Notification Log", "document_type", "document_name"),
			("Workflow Action", "reference_doctype", "reference_name"),
			("DocShare", "share_doctype", "share_name"),
		):
			frappe.db.delete(log, {kind: doctype, name: ["in", gone]})
		frappe.db.delete("__global_search", {"doctype": doctype, "name": ["in", gone]})
		frappe.db.delete(doctype, {"name": ["in", gone]})
