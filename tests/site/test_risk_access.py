"""Who sees and changes which risks, issues and lessons, by every way: lists, documents, map, reports, portal, page."""

from __future__ import annotations

from types import SimpleNamespace

import frappe
import pytest
from frappe.utils import add_days, today

from sales_crm_pm.api.v1 import risk as api
from sales_crm_pm.api.v1.customer import overview
from sales_crm_pm.insight import risks, work
from sales_crm_pm.loop import risk_register, transitions
from sales_crm_pm.portal import views
from sales_crm_pm.sales_crm_pm.report.spm_issue_log import spm_issue_log
from sales_crm_pm.sales_crm_pm.report.spm_risk_register import spm_risk_register
from tests.factories import make, make_customer, make_opportunity, make_user
from tests.factories_delivery import make_project
from tests.factories_risk import make_issue, make_lesson, make_risk


@pytest.fixture
def house(site):
	"""Two customers with a project each; seller, manager and member belong to the first one only."""
	h = SimpleNamespace(
		pm=make_user("SPM Project Manager"),
		other_pm=make_user("SPM Project Manager"),
		member=make_user("SPM Delivery Member"),
		seller=make_user("SPM Sales User"),
		rival=make_user("SPM Sales User"),
		executive=make_user("SPM Executive"),
		configurator=make_user("SPM Configurator"),
		guest=make_user("SPM Customer User", user_type="Website User"),
	)
	h.customer = make_customer(
		account_manager=h.seller,
		portal_users=[{"user": h.guest}],
	).name
	h.project = make_project(
		customer=h.customer, project_manager=h.pm, account_manager=h.seller, team=[{"user": h.member}]
	).name
	h.hidden = make_project(
		customer=make_customer(account_manager=h.rival).name,
		project_manager=h.other_pm,
		account_manager=h.rival,
	).name
	h.risk = make_risk(h.project, risk_owner=h.pm, cost_impact=50_000, probability=2).name
	h.own = make_risk(h.project, risk_owner=h.member).name
	h.secret = make_risk(h.hidden, risk_owner=h.other_pm, cost_impact=70_000).name
	h.issue = make_issue(h.project, issue_owner=h.member, cost_impact=400).name
	h.hidden_issue = make_issue(h.hidden, issue_owner=h.other_pm).name
	return h


def listed(doctype: str, names: list[str]) -> set[str]:
	if not frappe.has_permission(doctype, "read"):
		return set()
	return set(frappe.get_list(doctype, {"name": ["in", names]}, pluck="name"))


@pytest.mark.parametrize(
	("who", "sees"),
	[
		("pm", "risk own"),
		("member", "risk own"),
		("seller", "risk own"),
		("other_pm", "secret"),
		("rival", "secret"),
		("executive", "risk own secret"),
		("configurator", ""),
		("guest", ""),
	],
)
def test_risks_are_as_open_as_their_project(house, as_user, who, sees):
	names = {getattr(house, key): key for key in ("risk", "own", "secret")}
	with as_user(getattr(house, who)):
		found = {names[name] for name in listed("SPM Risk", list(names))}
		assert found == set(sees.split())
		for name, key in names.items():
			assert frappe.get_doc("SPM Risk", name).has_permission("read") == (key in found)
		if frappe.has_permission("SPM Risk", "read"):
			assert {row["name"] for row in risks.register({"status": "All"})} & set(names) == {
				name for name, key in names.items() if key in found
			}


@pytest.mark.parametrize(
	("who", "sees"), [("pm", True), ("executive", True), ("seller", False), ("member", False)]
)
def test_cost_and_expected_value_are_for_those_who_see_cost(house, as_user, who, sees):
	with as_user(getattr(house, who)):
		row = frappe.get_list("SPM Risk", {"name": house.risk}, ["*"])[0]
		assert (row.get("emv") == 15_000) == sees
		assert ("emv" in frappe.get_doc("SPM Risk", house.risk).as_dict()) == sees
		shown = api.panel(house.project)
		assert ("emv" in shown["risks"][0]) == sees == ("expected" in shown["totals"])
		assert ("cost_impact" in shown["issues"][0]) == sees
		columns, rows, _message, _chart, summary = spm_risk_register.execute({"project": house.project})
		assert ("emv" in {c["fieldname"] for c in columns}) == sees == ("emv" in rows[0])
		assert any(card["datatype"] == "Currency" for card in summary) == sees
		columns, rows, *_rest = spm_issue_log.execute({"project": house.project})
		assert ("cost_impact" in {c["fieldname"] for c in columns}) == sees == ("cost_impact" in rows[0])
		assert "15,000" not in frappe.as_json(overview(house.customer)) and "15000" not in frappe.as_json(
			overview(house.customer)
		)


def test_the_owner_keeps_a_risk_up_to_date_and_others_do_not(house, as_user):
	with as_user(house.member):
		assert api.review(house.own, note="Better now", probability=1)["trend"] == "Down"
		with pytest.raises(frappe.PermissionError):
			api.review(house.risk, note="Not mine")
		with pytest.raises(frappe.PermissionError):
			api.happened(house.risk)
	with as_user(house.seller), pytest.raises(frappe.PermissionError):
		api.review(house.risk)
	with as_user(house.pm):
		api.review(house.own, note="As manager")
		doc = frappe.get_doc("SPM Risk", house.own)
		doc = transitions.move(doc, "Assessed")
		assert api.happened(house.own) == api.happened(house.own)
		assert api.create_task("SPM Risk", house.own, subject="Do it")["task"]
		with pytest.raises(frappe.DoesNotExistError):
			api.create_task("SPM Project", house.project)


def test_a_member_writes_down_a_risk_of_their_project_and_of_no_other(house, as_user):
	values = {"doctype": "SPM Risk", "title": "Late data", "probability": 2, "impact": 2}
	with as_user(house.member):
		doc = frappe.get_doc({**values, "project": house.project, "risk_owner": house.pm}).insert()
		assert doc.customer == house.customer
		with pytest.raises(frappe.PermissionError):
			frappe.get_doc({**values, "project": house.hidden, "risk_owner": house.member}).insert()
		# Pointing one's own risk at a stranger's project would open it, too.
		doc.project = house.hidden
		with pytest.raises(frappe.PermissionError):
			doc.save()


def test_sales_runs_the_risks_of_a_bid(house, as_user):
	with as_user(house.seller):
		deal = make_opportunity(customer=house.customer, opportunity_owner=house.seller)
		doc = frappe.get_doc(
			{
				"doctype": "SPM Risk",
				"title": "Peak season",
				"opportunity": deal.name,
				"risk_owner": house.seller,
				"probability": 3,
				"impact": 3,
				"cost_impact": 9_999,
			}
		).insert()
		api.review(doc.name, probability=4)
	doc.reload()
	assert doc.score == 12 and doc.cost_impact == 0, "a salesperson cannot set cost either"
	with as_user(house.rival):
		assert not listed("SPM Risk", [doc.name])


def test_an_endpoint_refuses_who_may_not_see_the_project(house, as_user):
	with as_user(house.rival):
		with pytest.raises(frappe.PermissionError):
			api.panel(house.project)
		assert house.risk not in {row["name"] for row in api.heat_map()["risks"]}
	with as_user(house.guest), pytest.raises(frappe.PermissionError):
		api.heat_map()


# Portal
# ------------------


def test_the_portal_shows_only_what_is_shared_and_only_words_for_the_customer(house, as_user):
	frappe.db.set_value("SPM Project", house.project, "status", "In Progress")
	shared = frappe.get_doc("SPM Risk", house.risk)
	shared.update(
		{
			"visible_to_customer": 1,
			"customer_text": "Please send data",
			"response_plan": "Secret plan",
			"cost_impact": 77,
		}
	)
	shared.save()
	gone = make_risk(house.project, visible_to_customer=1)
	transitions.move(gone, "Closed")
	issue = frappe.get_doc("SPM Issue", house.issue)
	issue.update({"visible_to_customer": 1, "cause": "Secret cause"})
	issue.save()
	with as_user(house.guest):
		view = views.project(house.project)
		assert [(row["kind"], row["title"], row["text"]) for row in view["risks"]] == [
			("Issue", issue.title, None),
			("Risk", shared.title, "Please send data"),
		]
		assert all(set(row) == {"kind", "title", "text", "since"} for row in view["risks"])
		told = frappe.as_json(view)
		assert "Secret" not in told and frappe.db.get_value("SPM Risk", house.own, "title") not in told
		assert not frappe.has_permission("SPM Risk", "read")


# What others show of risks
# ------------------


def test_the_customer_page_names_top_risks_to_those_who_see_the_project(house, as_user):
	with as_user(house.pm):
		rows = overview(house.customer)["risks"]
		assert [row["name"] for row in rows] == [house.own, house.risk]
		assert all("emv" not in row and "cost_impact" not in row for row in rows)
	agent = make_user("SPM Marketing User")
	with as_user(agent):
		assert overview(house.customer)["risks"] == []


def test_timeline_and_work_know_risks_and_issues(house, as_user):
	frappe.db.set_value("SPM Risk", house.own, "review_date", add_days(today(), -2))
	with as_user(house.member):
		kinds = {row["kind"]: row for row in work.page(house.member)["rows"]}
		assert kinds["risk"]["name"] == house.own and kinds["risk"]["days"] == -2
		assert kinds["issue"]["name"] == house.issue
		events = overview(house.customer)["timeline"]
		told = (
			{(row["kind"], row["name"]) for row in events["rows"]}
			if isinstance(events, dict)
			else {(row["kind"], row["name"]) for row in events}
		)
		assert {("risk", house.risk), ("issue", house.issue)} <= told
	with as_user(house.rival):
		assert house.own not in {row["name"] for row in work.page(house.member)["rows"]}


# Reports
# ------------------


def test_the_register_sums_expected_values_and_knows_what_waits(house):
	project = make_project().name
	make_risk(project, probability=2, cost_impact=50_000)
	make_risk(project, probability=3, cost_impact=100_000, identified_on=add_days(today(), -40))
	transitions.move(make_risk(project), "Closed")
	_columns, rows, _message, chart, summary = spm_risk_register.execute({"project": project})
	assert [row.emv for row in rows] == [50_000, 15_000]
	values = {card["label"]: card["value"] for card in summary}
	assert values["Open Risks"] == 2 and values["Review is due"] == 1
	assert values["Expected Value"] == 65_000 and values["If All of Them Happen"] == 150_000
	assert values["With 80 % Certainty at Most"] == pytest.approx(100_000, rel=0.002)
	assert sum(chart["data"]["datasets"][0]["values"]) == 2
	assert len(spm_risk_register.execute({"project": project, "status": "All"})[1]) == 3
	assert [row.emv for row in spm_risk_register.execute({"project": project, "stale": 1})[1]] == [50_000]
	empty = spm_risk_register.execute({"project": make_project().name})
	assert empty[1] == [] and empty[3] is None


def test_a_chance_lowers_what_threats_may_cost(house):
	project = make_project().name
	make_risk(project, probability=2, cost_impact=50_000)
	make_risk(project, kind="Chance", probability=3, cost_impact=10_000)
	assert api.heat_map(project=project)["totals"]["expected"] == 10_000
	assert api.heat_map(project=project, kind="Threat")["totals"]["expected"] == 15_000


def test_the_issue_log_tells_age_lateness_and_mean_days_to_resolve(house):
	project = make_project().name
	late = make_issue(
		project, severity="Low", raised_on=add_days(today(), -9), due_date=add_days(today(), -1)
	)
	make_issue(project, severity="Critical")
	for days, took in ((20, 6), (10, 3)):
		doc = make_issue(project, raised_on=add_days(today(), -days), status="Resolved", resolution="Done")
		frappe.db.set_value("SPM Issue", doc.name, "resolved_on", add_days(today(), took - days))
	_columns, rows, _message, chart, summary = spm_issue_log.execute({"project": project, "status": "All"})
	assert [row.severity for row in rows[:2]] == ["Critical", "Low"], (
		"open ones first, severe ones before others"
	)
	assert next(row for row in rows if row.name == late.name).age_days == 9
	values = {card["label"]: card["value"] for card in summary}
	assert (values["Open Issues"], values["Overdue"], values["Oldest Open (Days)"]) == (2, 1, 9)
	assert values["Mean Days to Resolve"] == 4.5
	assert chart["data"]["datasets"][0]["values"] == [1, 0, 0, 1]
	assert len(spm_issue_log.execute({"project": project})[1]) == 2


# Lessons
# ------------------


def test_lessons_of_the_same_type_are_offered_when_a_project_starts(house, as_user):
	kind = make("SPM Project Type", type_name=frappe.generate_hash(length=8)).name
	done = make_project(project_type=kind, project_manager=house.other_pm)
	lesson = make_lesson(project=done.name)
	assert lesson.project_type == kind, "taken from its project"
	other = make_lesson(project_type=make("SPM Project Type", type_name=frappe.generate_hash(length=8)).name)
	old = make_lesson(project_type=kind, disabled=1)
	new = make_project(project_type=kind, project_manager=house.pm)
	with as_user(house.pm):
		offered = [row["name"] for row in api.panel(new.name)["lessons"]]
		assert offered[0] == lesson.name
		assert not {other.name, old.name} & set(offered)
		assert frappe.get_doc("SPM Lesson", lesson.name).has_permission("read")
		assert not frappe.get_doc("SPM Lesson", lesson.name).has_permission("write")
	with as_user(house.other_pm):
		assert lesson.name not in [row["name"] for row in api.panel(done.name)["lessons"]]
	with as_user(house.seller):
		assert lesson.name not in listed("SPM Lesson", [lesson.name])


def test_a_critical_risk_turns_its_project_red_with_the_reason(house):
	project = make_project()
	frappe.db.set_value("SPM Project", project.name, "status", "In Progress")
	doc = make_risk(project.name, probability=5, impact=5)
	row = frappe.db.get_value("SPM Project", project.name, ["health", "health_reasons"], as_dict=True)
	assert row.health == "Red" and row.health_reasons
	risk_register.review(doc, probability=1)
	assert frappe.db.get_value("SPM Project", project.name, "health") == "Green"


def test_the_panel_takes_as_many_statements_for_many_risks_as_for_few(house, assert_query_count):
	for _n in range(6):
		make_risk(house.project)
		make_issue(house.project)
	with assert_query_count(12):
		api.panel(house.project)
