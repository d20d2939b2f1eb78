"""Milestones: handing in, accepting, rejecting, slipping."""

import frappe
import pytest
from frappe.utils import add_days, getdate

from sales_crm_pm.api.v1 import milestone as api
from sales_crm_pm.exceptions import SPMError, TransitionError
from tests.factories import make_contact
from tests.factories_delivery import (
	accept,
	make_manager,
	make_milestone,
	make_project,
	make_running_project,
	make_task,
)


def test_submit_and_accept_answer_with_the_projects_figures(as_user):
	manager = make_manager()
	with as_user(manager):
		project = make_project(project_manager=manager)
		milestone = make_milestone(project.name, weight=2)
		make_milestone(project.name, weight=2)
		result = api.submit(milestone.name)
		assert (result["milestone"], result["status"]) == (milestone.name, "Submitted")
		assert result["project"]["percent_complete"] == 0
		contact = make_contact(project.customer)
		result = api.accept(milestone.name, accepted_by=contact.name)
	assert result["status"] == "Accepted"
	assert result["project"]["percent_complete"] == 50
	stored = frappe.get_doc("SPM Milestone", milestone.name)
	assert stored.progress == 100
	assert stored.accepted_by == contact.name
	assert getdate(stored.accepted_on) == stored.actual_date == getdate()
	assert stored.slip_days == -10


def test_accepting_twice_accepts_once():
	_project, milestones = make_running_project((1,))
	api.submit(milestones[0].name)
	first = api.accept(milestones[0].name)
	modified = frappe.db.get_value("SPM Milestone", milestones[0].name, "modified")
	assert api.accept(milestones[0].name)["status"] == first["status"]
	assert frappe.db.get_value("SPM Milestone", milestones[0].name, "modified") == modified


def test_acceptance_on_an_earlier_day_but_not_on_a_later_one():
	_project, milestones = make_running_project((1,))
	api.submit(milestones[0].name)
	with pytest.raises(SPMError):
		api.accept(milestones[0].name, on=add_days(getdate(), 1))
	api.accept(milestones[0].name, on=add_days(getdate(), -3))
	assert frappe.db.get_value("SPM Milestone", milestones[0].name, "slip_days") == -13


def test_what_needs_acceptance_cannot_be_accepted_before_it_is_submitted():
	_project, milestones = make_running_project((1,))
	with pytest.raises(TransitionError, match="Submitted"):
		api.accept(milestones[0].name)
	internal = make_milestone(milestones[0].project, acceptance_required=0)
	assert api.accept(internal.name)["status"] == "Accepted"


def test_rejection_needs_a_reason_counts_and_can_be_reworked():
	_project, milestones = make_running_project((1,))
	name = milestones[0].name
	api.submit(name)
	with pytest.raises(SPMError):
		api.reject(name, reason="  ")
	for number in (1, 2):
		result = api.reject(name, reason="Colours are wrong")
		assert result["status"] == "Rejected"
		doc = frappe.get_doc("SPM Milestone", name)
		assert (doc.rejection_count, doc.rejection_reason) == (number, "Colours are wrong")
		doc.status = "In Progress"
		doc.save()
		api.submit(name)
	assert api.accept(name)["status"] == "Accepted"


def test_a_member_submits_their_own_but_cannot_accept(as_user):
	from tests.factories import make_user

	member = make_user("SPM Delivery Member")
	project = make_project(team=[{"user": member}])
	own, other = make_milestone(project.name, milestone_owner=member), make_milestone(project.name)
	with as_user(member):
		assert api.submit(own.name)["status"] == "Submitted"
		with pytest.raises(TransitionError):
			api.accept(own.name)
		with pytest.raises(frappe.PermissionError):
			api.submit(other.name)


def test_progress_comes_from_the_tasks():
	project, milestones = make_running_project((1, 3))
	make_task(project.name, milestone=milestones[0].name, weight=1, status="Completed")
	make_task(project.name, milestone=milestones[0].name, weight=3, progress=50)
	make_task(project.name, milestone=milestones[0].name, weight=9, status="Cancelled")
	assert frappe.db.get_value("SPM Milestone", milestones[0].name, "progress") == 62.5
	assert frappe.db.get_value("SPM Project", project.name, "percent_complete") == 15.6


def test_a_moved_forecast_shows_as_slip_and_as_the_end_of_the_project():
	project, milestones = make_running_project((1,))
	doc = frappe.get_doc("SPM Milestone", milestones[0].name)
	doc.forecast_date = add_days(getdate(), 90)
	doc.delay_reason = "Supplier"
	doc.save()
	assert doc.slip_days == 80
	assert frappe.db.get_value("SPM Project", project.name, "forecast_end_date") == add_days(getdate(), 90)
	assert frappe.db.get_value("SPM Customer", project.customer, "late_projects") == 1


def test_a_closed_project_takes_no_more_milestones():
	project, milestones = make_running_project((1,), service_owner="Administrator", next_touch_date=getdate())
	accept(milestones[0].name)
	from tests.factories_delivery import move_to

	move_to(project, "Closed")
	with pytest.raises(SPMError):
		make_milestone(project.name)


def test_customer_and_chain_come_from_the_project():
	project = make_project()
	milestone = make_milestone(project.name)
	assert (milestone.customer, milestone.deal_chain) == (project.customer, project.deal_chain)
