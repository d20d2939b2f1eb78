"""The risk register: figures, assessments, reviews, workflow, what projects show, issues out of risks, reminders."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, getdate, today

from sales_crm_pm.exceptions import SPMError, TransitionError
from sales_crm_pm.loop import calendar, initiation, risk, risk_register, transitions
from tests.factories import make_opportunity, make_user, make_won_opportunity
from tests.factories_delivery import make_project, make_running_project
from tests.factories_risk import make_issue, make_risk


def shown(project: str) -> tuple:
	row = frappe.db.get_value("SPM Project", project, ["open_risks", "open_issues", "worst_risk_band"])
	return row


def notes(user: str, doctype: str, name: str | None = None) -> list[str]:
	return frappe.get_all(
		"Notification Log",
		{"for_user": user, "document_type": doctype, **({"document_name": name} if name else {})},
		pluck="subject",
	)


# Figures and the log of assessments
# ------------------


def test_three_times_four_is_high_and_thirty_percent_of_fifty_thousand_is_fifteen_thousand():
	doc = make_risk(probability=3, impact=4, cost_impact=50_000, schedule_impact_days=10)
	assert (doc.score, doc.band, doc.probability_percent) == (12, "High Risk", 50)
	doc.probability = 2
	doc.save()
	assert (doc.probability_percent, doc.emv, doc.expected_delay_days) == (30, 15_000, 3)
	assert (doc.score, doc.band, doc.trend) == (8, "Medium Risk", "Down")


def test_every_judgement_is_logged_and_gives_the_trend():
	doc = make_risk(probability=2, impact=3)
	doc.title = "Another title"
	doc.save()
	assert [row.score for row in doc.assessments] == [6] and doc.trend == ""
	doc = risk_register.review(doc, note="Supplier is silent", probability=4)
	assert [(row.score, row.note) for row in doc.assessments] == [(6, None), (12, "Supplier is silent")]
	assert doc.trend == "Up"
	doc = risk_register.review(doc, note="Nothing new")
	assert len(doc.assessments) == 3 and doc.trend == "Flat"
	assert {row.assessed_by for row in doc.assessments} == {"Administrator"}


def test_the_log_and_the_figures_cannot_be_sent_along():
	doc = make_risk(
		score=25,
		emv=1,
		became_issue=None,
		assessments=[{"score": 25, "note": "forged"}],
	)
	assert [row.score for row in doc.assessments] == [12]
	doc.assessments[0].note = "forged"
	doc.assessments[0].score = 1
	doc.append("assessments", {"score": 25})
	doc.score = 1
	doc.save()
	doc.reload()
	assert [(row.score, row.note) for row in doc.assessments] == [(12, None)]
	assert doc.score == 12


@pytest.mark.parametrize("field", ["probability", "impact", "residual_probability", "residual_impact"])
def test_judgements_lie_between_one_and_five(field):
	with pytest.raises(SPMError):
		make_risk(**{field: 6})


def test_a_risk_belongs_to_something_and_takes_customer_and_chain():
	with pytest.raises(SPMError):
		frappe.get_doc(
			{
				"doctype": "SPM Risk",
				"title": "x",
				"risk_owner": "Administrator",
				"probability": 1,
				"impact": 1,
			}
		).insert()
	project = make_project()
	doc = make_risk(project.name)
	assert (doc.customer, doc.deal_chain) == (project.customer, project.deal_chain)
	other = make_project()
	doc.project = other.name
	doc.save()
	assert doc.customer == other.customer
	assert shown(project.name) == (0, 0, None)
	assert shown(other.name) == (1, 0, "High Risk")


def test_strategies_fit_threats_and_chances():
	with pytest.raises(SPMError, match="Avoid"):
		make_risk(response_strategy="Exploit")
	assert make_risk(kind="Chance", response_strategy="Exploit").response_strategy == "Exploit"
	assert make_risk(kind="Chance", response_strategy="Accept").score == 12


def test_the_residual_judgement_has_its_own_band():
	doc = make_risk(residual_probability=2, residual_impact=2)
	assert (doc.residual_score, doc.residual_band, doc.band) == (4, "Low Risk", "High Risk")


# Flow
# ------------------


def test_the_flow_goes_step_by_step_and_treating_wants_a_strategy():
	doc = make_risk()
	with pytest.raises(TransitionError):
		transitions.move(doc, "Treating")
	doc = transitions.move(doc, "Assessed")
	with pytest.raises(SPMError, match="strategy"):
		transitions.move(doc, "Treating")
	doc.reload()
	doc.response_strategy = "Mitigate"
	doc.save()
	doc = transitions.move(doc, "Treating")
	doc = transitions.move(doc, "Closed", {"close_note": "The supplier delivered."})
	assert doc.closed_on and doc.close_note == "The supplier delivered."
	with pytest.raises(SPMError):
		risk_register.review(doc)
	doc.reload()
	doc = transitions.move(doc, "Assessed")
	assert doc.closed_on is None


def test_a_card_dragged_on_the_board_passes_the_flow():
	doc = make_risk()
	doc.status = "Treating"
	with pytest.raises(TransitionError):
		doc.save()


# A risk that happens
# ------------------


def test_a_risk_that_happens_becomes_one_issue_that_knows_where_it_came_from():
	project = make_project()
	doc = make_risk(
		project.name,
		impact=5,
		contingency="Take the second supplier",
		cost_impact=9_000,
		schedule_impact_days=4,
	)
	name = risk_register.happened(doc, due_date=add_days(today(), 5))
	issue = frappe.get_doc("SPM Issue", name)
	doc.reload()
	assert (doc.status, doc.became_issue, issue.from_risk) == ("Occurred", name, doc.name)
	assert (issue.severity, issue.cost_impact, issue.schedule_impact_days) == ("Critical", 9_000, 4)
	assert issue.description == "Take the second supplier" and issue.due_date == getdate(add_days(today(), 5))
	assert shown(project.name) == (0, 1, None)
	# Asked again, by button, by an old form, or by saving once more, there is still one.
	assert risk_register.happened(frappe.get_doc("SPM Risk", doc.name)) == name
	doc.title = "Renamed"
	doc.save()
	assert frappe.db.count("SPM Issue", {"from_risk": doc.name}) == 1


def test_the_button_of_the_flow_makes_the_issue_as_well():
	doc = transitions.move(make_risk(), "Occurred")
	assert frappe.db.get_value("SPM Issue", {"from_risk": doc.name}) == doc.became_issue


def test_nobody_claims_a_risk_for_an_issue_by_hand():
	doc = make_risk()
	assert make_issue(doc.project, from_risk=doc.name).from_risk is None
	issue = frappe.get_doc("SPM Issue", risk_register.happened(doc))
	issue.from_risk = None
	issue.save()
	assert issue.from_risk == doc.name


def test_deleting_the_issue_frees_the_risk():
	doc = make_risk()
	frappe.delete_doc("SPM Issue", risk_register.happened(doc))
	assert frappe.db.get_value("SPM Risk", doc.name, "became_issue") is None
	assert shown(doc.project) == (0, 0, None)


def test_tasks_come_from_risks_and_issues():
	doc = make_risk(response_plan="Order early", response_strategy="Mitigate")
	due = calendar.working_days().on_or_after(getdate(add_days(today(), 3)))
	task = frappe.get_doc("SPM Task", risk_register.create_task(doc, due_date=due))
	assert (task.risk, task.project, task.subject, task.assigned_to) == (
		doc.name,
		doc.project,
		doc.title,
		"Administrator",
	)
	assert task.planned_end_date == due and "Order early" in task.description
	issue = make_issue(doc.project, severity="High")
	task = frappe.get_doc("SPM Task", risk_register.create_task(issue, "Call the supplier"))
	assert (task.issue, task.risk, task.subject, task.priority) == (
		issue.name,
		None,
		"Call the supplier",
		"High",
	)


# What projects show
# ------------------


def test_projects_show_open_threats_and_the_worst_band():
	project = make_project().name
	low = make_risk(project, probability=1, impact=2)
	high = make_risk(project)
	make_risk(project, kind="Chance", probability=5, impact=5)
	make_issue(project)
	assert shown(project) == (2, 1, "High Risk")
	transitions.move(high, "Closed")
	assert shown(project) == (1, 1, "Low Risk")
	frappe.delete_doc("SPM Risk", low.name)
	assert shown(project) == (0, 1, None)
	assert risk.open_risks([project, "nowhere"]) == {project: (0, None), "nowhere": (0, None)}


def test_open_risks_of_many_projects_take_two_statements(assert_query_count):
	projects = [make_project().name for _n in range(3)]
	for number, project in enumerate(projects):
		for _m in range(number):
			make_risk(project, probability=number + 1)
	with assert_query_count(1):
		found = risk.open_risks(projects)
	assert found == {projects[0]: (0, None), projects[1]: (1, "Medium Risk"), projects[2]: (2, "High Risk")}
	with assert_query_count(1):
		risk.write(projects)


def test_a_saved_project_keeps_what_it_shows():
	project = make_project()
	make_risk(project.name)
	project.reload()
	project.update({"open_risks": 9, "worst_risk_band": None, "goals": "On time"})
	project.save()
	assert shown(project.name) == (1, 0, "High Risk")


def test_saving_a_risk_costs_the_same_in_a_small_and_in_a_large_register(assert_query_count):
	project, _milestones = make_running_project()
	doc = make_risk(project.name)
	for _n in range(12):
		make_risk(project.name, probability=1, impact=1)
	doc.reload()
	doc.probability = 4
	with assert_query_count(30):
		doc.save()


def test_recomputing_from_nothing_gives_what_is_stored():
	project = make_project().name
	docs = [
		make_risk(project, probability=p, impact=i, cost_impact=c, schedule_impact_days=d, residual_probability=1, residual_impact=i)
		for p, i, c, d in ((1, 1, 0, 0), (2, 5, 33_333, 7), (5, 5, 120_000, 30), (3, 3, 12.5, 1))
	]  # fmt: skip
	fields = ["name", "score", "band", "residual_score", "residual_band", "probability_percent", "emv", "expected_delay_days"]  # fmt: skip
	names = {"name": ["in", [doc.name for doc in docs]]}
	before = frappe.get_all("SPM Risk", names, fields, order_by="name")
	assert all(row.score for row in before)
	frappe.db.set_value("SPM Risk", names, {"score": 3, "band": None, "emv": 1, "probability_percent": 7})
	frappe.db.set_value("SPM Project", project, {"open_risks": 99, "worst_risk_band": None})
	risk_register.recompute()
	assert frappe.get_all("SPM Risk", names, fields, order_by="name") == before
	assert shown(project) == (4, 0, "Critical Risk")


def test_risks_of_a_bid_go_over_to_the_project():
	deal = make_won_opportunity()
	doc = make_risk(opportunity=deal.name, probability=4, impact=4)
	issue = make_issue(opportunity=deal.name)
	assert doc.customer == deal.customer
	project, _created = initiation.initiate(deal.name, project_manager="Administrator")
	assert frappe.db.get_value("SPM Risk", doc.name, ["project", "opportunity"]) == (project, deal.name)
	assert frappe.db.get_value("SPM Issue", issue.name, "project") == project
	assert shown(project) == (1, 1, "Critical Risk")


# Bands, scale and other settings
# ------------------


def test_moving_a_band_moves_its_risks_and_what_projects_show():
	project = make_project().name
	doc = make_risk(project)
	band = frappe.get_doc("SPM Risk Band", "Critical Risk")
	band.from_score = 12
	band.save()
	doc.reload()
	assert doc.band == "Critical Risk" and shown(project) == (1, 0, "Critical Risk")
	assert frappe.db.get_value("SPM Risk Band", "High Risk", "to_score") == 11
	frappe.delete_doc("SPM Risk Band", "Critical Risk")
	doc.reload()
	assert doc.band == "High Risk" and shown(project) == (1, 0, "High Risk")
	assert frappe.db.get_value("SPM Risk Band", "High Risk", "to_score") == 25


def test_the_lowest_band_begins_at_one():
	band = frappe.get_doc("SPM Risk Band", "Low Risk")
	band.from_score = 3
	with pytest.raises(SPMError, match="begins at 1"):
		band.save()
	frappe.delete_doc("SPM Risk Band", "Low Risk")
	assert frappe.db.get_value("SPM Risk Band", "Medium Risk", ["from_score", "to_score"]) == (1, 9)


def test_another_scale_gives_other_expected_values():
	doc = make_risk(probability=2, cost_impact=50_000)
	settings = frappe.get_doc("SPM Settings")
	settings.risk_scale = "1, 2, 3"
	with pytest.raises(SPMError, match="five percentages"):
		settings.save()
	settings.reload()
	settings.risk_scale = "5, 20, 50, 70, 95"
	settings.save()
	doc.reload()
	assert (doc.probability_percent, doc.emv) == (20, 10_000)


# Reviews and reminders
# ------------------


def test_the_next_review_is_never_later_than_the_settings_allow():
	settings = frappe.get_doc("SPM Settings")
	settings.risk_review_days = 14
	settings.save()
	doc = make_risk()
	assert doc.review_date == getdate(add_days(today(), 14))
	doc.review_date = add_days(today(), 90)
	doc.save()
	assert doc.review_date == getdate(add_days(today(), 14))
	doc = risk_register.review(doc, next_review=add_days(today(), 3))
	assert doc.review_date == getdate(add_days(today(), 3))


def test_owners_are_reminded_once_per_review():
	owner = make_user("SPM Delivery Member")
	doc = make_risk(risk_owner=owner, identified_on=add_days(today(), -40))
	quiet = make_risk(doc.project, risk_owner=owner)
	assert doc.review_date == getdate(add_days(today(), -10))
	before = len(notes(owner, "SPM Risk", doc.name))
	risk_register.remind_due()
	risk_register.remind_due()
	told = notes(owner, "SPM Risk", doc.name)
	assert len(told) == before + 1 and "waits for your review" in " ".join(told)
	assert frappe.db.get_value("SPM Risk", quiet.name, "reminded_for") is None
	# Reviewed, and left alone again: the next review is another one.
	doc.reload()
	doc = risk_register.review(doc)
	frappe.db.set_value(
		"SPM Risk",
		doc.name,
		{"review_date": add_days(today(), -1), "last_reviewed_on": add_days(today(), -35)},
	)
	risk_register.remind_due()
	assert len(notes(owner, "SPM Risk", doc.name)) == before + 2


def test_a_band_that_changes_is_told_to_both_managers_in_their_language():
	pm, seller = make_user("SPM Project Manager"), make_user("SPM Sales User")
	frappe.db.set_value("User", pm, "language", "zh")
	project = make_project(project_manager=pm, account_manager=seller)
	doc = make_risk(project.name, risk_owner=pm)
	doc.title = "Not a word about this"
	doc.save()
	assert not notes(seller, "SPM Risk", doc.name)
	doc.probability = 5
	doc.save()
	assert "High Risk" in notes(seller, "SPM Risk", doc.name)[0]
	assert "Critical Risk" in notes(seller, "SPM Risk", doc.name)[0]
	assert any("严重风险" in text for text in notes(pm, "SPM Risk", doc.name))


# Issues
# ------------------


def test_an_issue_is_not_solved_without_a_word():
	doc = make_issue()
	doc.status = "Resolved"
	with pytest.raises(SPMError, match="solved"):
		doc.save()
	doc.reload()
	doc.status = "Resolved"
	doc.resolution = "A second supplier delivers."
	doc.save()
	assert doc.resolved_by == "Administrator" and doc.resolved_on
	assert shown(doc.project) == (0, 0, None)
	doc.status = "Closed"
	doc.save()
	with pytest.raises(TransitionError):
		doc.status = "Resolved"
		doc.save()
	doc.reload()
	doc.status = "In Progress"
	doc.save()
	assert doc.resolved_on is None and shown(doc.project) == (0, 1, None)


def test_an_issue_is_due_after_it_was_raised():
	with pytest.raises(SPMError):
		make_issue(due_date=add_days(today(), -1))


def test_a_risk_of_an_open_deal_needs_no_project():
	deal = make_opportunity()
	assert make_risk(opportunity=deal.name).deal_chain == deal.deal_chain
