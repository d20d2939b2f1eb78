"""Projects: their way through the workflow, progress shown upwards, hand-over, deletion."""

import frappe
import pytest
from frappe.utils import add_days, getdate

from sales_crm_pm.api.v1 import project as api
from sales_crm_pm.exceptions import HandoverError, NotWonError, SPMError, TransitionError
from sales_crm_pm.loop import progress, transitions
from tests.factories import make, make_customer, make_opportunity, make_user, make_won_opportunity
from tests.factories_delivery import (
	accept,
	make_manager,
	make_milestone,
	make_project,
	make_running_project,
	make_task,
	move_to,
)


def stored(doctype, name, *fields):
	return frappe.db.get_value(doctype, name, list(fields), as_dict=True)


class TestWorkflow:
	def test_a_new_project_is_a_draft_of_the_flow(self):
		doc = make_project()
		assert (doc.status, doc.workflow_state) == ("Draft", "Draft")

	def test_a_new_project_cannot_begin_further_on(self):
		customer = make_customer().name
		with pytest.raises(TransitionError):
			make("SPM Project", project_name="x", status="Approved", customer=customer)

	def test_the_ordinary_way_takes_the_workflow_state_along(self):
		doc = make_project("In Progress")
		doc.reload()
		assert (doc.status, doc.workflow_state) == ("In Progress", "In Progress")
		assert doc.actual_start_date == getdate()

	def test_a_jump_is_refused_and_names_what_is_possible(self):
		doc = make_project()
		doc.status = "Delivered"
		with pytest.raises(TransitionError, match="Pending Approval"):
			doc.save()

	def test_setting_the_state_alone_takes_the_status_along(self):
		doc = make_project()
		doc.workflow_state = "Pending Approval"
		doc.save()
		assert doc.status == "Pending Approval"

	def test_setting_a_forbidden_state_is_refused(self):
		doc = make_project()
		doc.workflow_state = "Closed"
		with pytest.raises(TransitionError):
			doc.save()

	def test_nobody_approves_what_they_made(self, as_user):
		manager = make_user("SPM Project Manager", "SPM Sales Manager")
		with as_user(manager):
			doc = make_project("Pending Approval", project_manager=manager)
			with pytest.raises(TransitionError, match="somebody else"):
				transitions.move(doc, "Approved")

	def test_a_sales_manager_approves_and_may_do_no_more(self, as_user):
		manager, approver = make_manager(), make_user("SPM Sales Manager")
		with as_user(manager):
			doc = make_project("Pending Approval", project_manager=manager)
		with as_user(approver):
			doc = transitions.move(frappe.get_doc("SPM Project", doc.name), "Approved")
			assert doc.status == "Approved"
			with pytest.raises((TransitionError, frappe.PermissionError)):
				transitions.move(frappe.get_doc("SPM Project", doc.name), "In Progress")

	def test_without_an_active_workflow_the_built_in_table_decides(self):
		frappe.db.set_value("Workflow", "SPM Project Flow", "is_active", 0)
		frappe.clear_cache(doctype="SPM Project")
		frappe.cache.delete_value("workflow")
		try:
			doc = make_project()
			doc = transitions.move(doc, "Pending Approval")
			assert doc.status == "Pending Approval"
			with pytest.raises(TransitionError):
				transitions.move(doc, "Closed")
		finally:
			frappe.db.set_value("Workflow", "SPM Project Flow", "is_active", 1)
			frappe.cache.delete_value("workflow")
			frappe.clear_cache(doctype="SPM Project")

	def test_moving_twice_moves_once(self):
		doc = make_project("In Progress")
		comments = frappe.db.count("Comment", {"reference_name": doc.name})
		assert transitions.move(doc, "In Progress") is doc
		assert frappe.db.count("Comment", {"reference_name": doc.name}) == comments


class TestBaseline:
	def test_approval_fixes_the_promise(self):
		doc = make_project()
		milestone = make_milestone(doc.name, planned_date=add_days(getdate(), 20))
		move_to(doc, "Approved")
		assert getdate(doc.baseline_end_date) == getdate(doc.planned_end_date)
		assert stored("SPM Milestone", milestone.name, "baseline_date").baseline_date == add_days(
			getdate(), 20
		)

	def test_a_project_without_dates_takes_them_from_its_milestones(self):
		doc = make_project(planned_end_date=None)
		make_milestone(doc.name, planned_date=add_days(getdate(), 20))
		move_to(doc, "Approved")
		assert getdate(doc.baseline_end_date) == add_days(getdate(), 20)

	def test_a_later_milestone_is_promised_for_its_plan_date(self):
		doc = make_project("Approved")
		assert getdate(make_milestone(doc.name).baseline_date) == add_days(getdate(), 10)


class TestProgress:
	def test_accepting_moves_project_opportunity_and_customer(self):
		deal = make_won_opportunity()
		project, milestones = make_running_project((1, 3), customer=deal.customer, opportunity=deal.name)
		accept(milestones[0].name)
		assert stored("SPM Project", project.name, "percent_complete").percent_complete == 25
		shown = stored(
			"SPM Opportunity",
			deal.name,
			"project",
			"project_percent_complete",
			"project_status",
			"next_milestone",
		)
		assert shown == {
			"project": project.name,
			"project_percent_complete": 25,
			"project_status": "In Progress",
			"next_milestone": milestones[1].name,
		}
		customer = stored("SPM Customer", deal.customer, "active_projects", "projects_percent_complete")
		assert customer == {"active_projects": 1, "projects_percent_complete": 25}

	def test_the_customer_shows_the_mean_of_its_running_projects(self):
		first, milestones = make_running_project((1,))
		make_running_project((1,), customer=first.customer)
		accept(milestones[0].name)
		shown = stored(
			"SPM Customer", first.customer, "active_projects", "projects_percent_complete", "late_projects"
		)
		assert shown == {"active_projects": 2, "projects_percent_complete": 50, "late_projects": 0}

	def test_a_late_project_is_red_with_its_reason_and_counts_as_late(self, freeze):
		project, milestones = make_running_project((1,))
		with freeze(f"{add_days(getdate(), 70)} 09:00:00"):
			progress.refresh_dated_figures()
			status = api.status(project.name)
			assert status["health"] == "Red"
			assert status["health_reasons"][0] == f"Milestone {milestones[0].title} is 60 days late."
			assert status["forecast_end_date"] == str(getdate())
			assert stored("SPM Customer", project.customer, "late_projects").late_projects == 1
			assert stored("SPM Project", project.name, "health").health == "Red"
			assert stored("SPM Customer", project.customer, "health").health == "Red"

	def test_reasons_are_in_the_readers_language(self, freeze):
		project, milestones = make_running_project((1,))
		with freeze(f"{add_days(getdate(), 15)} 09:00:00"):
			frappe.local.lang = "zh"
			assert api.status(project.name)["health_reasons"] == [
				"项目只完成了截至今天计划量的 0 %。",
				f"里程碑“{milestones[0].title}”已延期 5 天。",
			]

	def test_status_has_the_promised_shape(self):
		project, milestones = make_running_project((1, 3))
		status = api.status(project.name)
		assert list(status) == [
			"project",
			"customer",
			"status",
			"percent_complete",
			"percent_planned",
			"health",
			"health_reasons",
			"next_milestone",
			"forecast_end_date",
			"baseline_end_date",
			"spi",
			"cpi",
			"as_of",
		]
		assert status["next_milestone"] == {
			"name": milestones[0].name,
			"title": milestones[0].title,
			"date": str(add_days(getdate(), 10)),
		}
		assert status["spi"] is None
		assert status["cpi"] is None

	def test_an_override_needs_its_reason(self):
		doc = make_project("In Progress")
		doc.health_override = "Red"
		with pytest.raises((SPMError, frappe.MandatoryError)):
			doc.save()
		doc.reload()
		doc.health_override = "Red"
		doc.health_override_reason = "The sponsor has left"
		doc.save()
		assert doc.health == "Red"
		assert doc.health_reasons == "Set by hand: The sponsor has left"

	def test_a_draft_has_no_health(self):
		assert make_project().health == ""

	def test_a_form_that_was_open_meanwhile_does_not_bring_old_figures_back(self):
		project, milestones = make_running_project((1, 3))
		form = frappe.get_doc("SPM Project", project.name)
		open_milestone = frappe.get_doc("SPM Milestone", milestones[1].name)
		make_task(project.name, milestone=open_milestone.name, status="Completed")
		accept(milestones[0].name)
		form.scope = "Forty cranes"
		form.survey_state = "Answered"
		form.save()
		open_milestone.baseline_date = None
		open_milestone.save()
		assert stored("SPM Project", project.name, "percent_complete", "survey_state") == {
			"percent_complete": 100,
			"survey_state": None,
		}
		assert stored("SPM Milestone", open_milestone.name, "progress").progress == 100
		assert open_milestone.baseline_date

	def test_deleting_the_next_milestone_moves_on_to_the_other(self):
		deal = make_won_opportunity()
		project, milestones = make_running_project((1, 3), customer=deal.customer, opportunity=deal.name)
		frappe.delete_doc("SPM Milestone", milestones[0].name)
		assert stored("SPM Project", project.name, "next_milestone").next_milestone == milestones[1].name
		assert stored("SPM Opportunity", deal.name, "next_milestone").next_milestone == milestones[1].name

	def test_moving_a_project_to_another_customer_recounts_both(self):
		project, _milestones = make_running_project((1,))
		other = make_project().customer
		first = project.customer
		project.reload()
		project.customer = other
		project.save()
		assert stored("SPM Customer", first, "active_projects").active_projects == 0
		assert stored("SPM Customer", other, "active_projects").active_projects == 1


class TestHandover:
	def test_delivery_names_what_is_not_accepted(self):
		project, milestones = make_running_project((1, 3))
		accept(milestones[0].name)
		with pytest.raises(HandoverError) as e:
			api.deliver(project.name)
		assert e.value.missing == [f"Milestone {milestones[1].title} is not accepted yet (Planned)."]
		assert frappe.local.response["missing"] == e.value.missing

	def test_the_desks_own_workflow_button_meets_the_same_gate(self):
		project, _milestones = make_running_project((1,))
		project.reload()
		with pytest.raises(HandoverError):
			frappe.model.workflow.apply_workflow(project, "Deliver")

	def test_internal_and_unaccepted_kinds_do_not_hold_a_delivery(self):
		project, milestones = make_running_project((1,))
		make_milestone(project.name, milestone_type="Internal")
		make_milestone(project.name, acceptance_required=0)
		accept(milestones[0].name)
		assert api.deliver(project.name)["status"] == "Delivered"

	def test_closing_names_what_service_needs(self):
		project, milestones = make_running_project((1,))
		accept(milestones[0].name)
		api.deliver(project.name)
		with pytest.raises(HandoverError) as e:
			api.close(project.name)
		assert len(e.value.missing) == 2
		project.reload()
		project.update({"service_owner": "Administrator", "next_touch_date": add_days(getdate(), 30)})
		project.save()
		result = api.close(project.name)
		assert result["status"] == "Closed"
		closed = stored("SPM Project", project.name, "actual_end_date", "closed_on", "delivered_on")
		assert closed.actual_end_date == getdate()
		assert closed.closed_on and closed.delivered_on
		assert api.close(project.name)["status"] == "Closed"
		assert stored("SPM Customer", project.customer, "active_projects").active_projects == 0

	def test_a_project_in_progress_cannot_be_closed(self):
		project = make_project("In Progress", service_owner="Administrator", next_touch_date=getdate())
		with pytest.raises(TransitionError):
			api.close(project.name)


class TestLinks:
	def test_a_project_by_hand_needs_a_won_opportunity_of_the_same_customer(self):
		with pytest.raises(NotWonError):
			deal = make_opportunity()
			make_project(customer=deal.customer, opportunity=deal.name)
		deal = make_won_opportunity()
		with pytest.raises(SPMError, match="another customer"):
			make_project(opportunity=deal.name)

	def test_both_ends_of_the_link_and_the_chain(self):
		deal = make_won_opportunity()
		project = make_project(customer=deal.customer, opportunity=deal.name)
		assert stored("SPM Opportunity", deal.name, "project").project == project.name
		assert project.deal_chain == deal.deal_chain
		project.opportunity = None
		with pytest.raises(SPMError):
			project.save()

	def test_deleting_a_project_frees_its_opportunity(self):
		deal = make_won_opportunity()
		project = make_project(customer=deal.customer, opportunity=deal.name)
		frappe.delete_doc("SPM Project", project.name)
		freed = stored("SPM Opportunity", deal.name, "project", "project_status", "next_milestone")
		assert freed == {"project": None, "project_status": None, "next_milestone": None}

	def test_money(self):
		doc = make_project(price=1000, currency="EUR", exchange_rate=1.1, budget_cost=600)
		assert doc.base_currency != "EUR"
		assert doc.price_base == 1100
		assert doc.planned_margin == 500

	def test_dates_and_phases_are_checked(self):
		with pytest.raises(SPMError):
			make_project(planned_end_date=add_days(getdate(), -1))
		with pytest.raises(SPMError):
			make_project(phases=[{"phase_name": "A"}, {"phase_name": "A"}])
