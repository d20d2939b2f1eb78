"""Scores with reasons: on change, after talks, nightly in bulk, and what a rule would change."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, now_datetime

from sales_crm_pm.api.v1 import lead as api
from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import lead_config, lead_scoring
from tests.factories import make_interaction, make_lead, make_user
from tests.factories_lead import make_pool, make_pool_lead, make_scoring, no_rules


@pytest.fixture(autouse=True)
def quiet(site):
	no_rules()


def shown(lead):
	lead.reload()
	return api.reasons(lead.name)


class TestScore:
	def test_fit_with_reasons_that_add_up(self):
		budget = make_scoring([("budget", ">", "1000")], points=30)
		boss = make_scoring([("job_title", "contains", "Director, 总监")], points=20)
		lead = make_lead(budget=5000, job_title="销售总监")
		assert (lead.score, lead.rating) == (50, "Warm")
		assert {r["reason"]: r["points"] for r in shown(lead)["reasons"]} == {
			budget.name: 30,
			boss.name: 20,
		}
		lead.budget = 0
		lead.save()
		assert (lead.score, lead.rating) == (20, "Cold")

	def test_talks_count_and_fade(self):
		rule = make_scoring(kind="Engagement", activity="Incoming Talk", points=40, half_life_days=10)
		lead = make_lead()
		make_interaction(lead=lead.name, direction="Incoming")
		assert shown(lead)["score"] == 40
		make_interaction(lead=lead.name, direction="Incoming", happened_on=add_days(now_datetime(), -10))
		found = shown(lead)
		assert found["score"] == 60 == sum(r["points"] for r in found["reasons"])
		assert found["reasons"][0]["reason"] == rule.name and found["rating"] == "Hot"

	def test_nobody_writes_their_own_score(self, as_user):
		seller = make_user("SPM Sales User")
		with as_user(seller):
			lead = frappe.get_doc(
				{"doctype": "SPM Lead", "lead_name": "x", "score": 99, "rating": "Hot"}
			).insert()
		assert not lead.score and not lead.rating

	def test_reasons_are_for_those_who_see_the_lead(self, as_user):
		lead = make_lead()
		with as_user(make_user("SPM Sales User")), pytest.raises(frappe.PermissionError):
			api.reasons(lead.name)

	def test_reasons_speak_the_reader_s_language(self):
		make_scoring([("budget", ">", "0")], rule_name="Budget is known!", points=15)
		lead = make_lead(budget=5)
		frappe.local.lang = "zh"
		assert shown(lead)["reasons"] == [{"reason": "Budget is known!", "points": 15}]
		lead.db_set("score_detail", '[["Budget is known",15]]')
		assert shown(lead)["reasons"] == [{"reason": "预算已知", "points": 15}]

	def test_a_rule_needs_a_condition_or_an_activity(self):
		with pytest.raises(SPMError, match="add a condition"):
			make_scoring()
		with pytest.raises(SPMError, match="Choose the activity"):
			make_scoring(kind="Engagement")


class TestNightly:
	def test_all_open_leads_are_scored_in_few_statements(self, assert_query_count):
		make_pool()
		leads = [make_lead(budget=10 * n) for n in range(8)]
		pooled = make_pool_lead(budget=60)
		make_scoring([("budget", ">=", "50")], points=35)
		lead_config.config()
		with assert_query_count(6):
			lead_scoring.rescore([lead.name for lead in (*leads, pooled)])
		for lead in (*leads, pooled):
			lead.reload()
			assert lead.score == (35 if lead.budget >= 50 else 0), lead.budget
			assert lead.score == sum(r["points"] for r in lead_scoring.reasons(lead))
		assert frappe.db.get_value("SPM Pool Lead", {"lead": pooled.name}, ["score", "rating"]) == (
			35,
			"Warm",
		)
		assert lead_scoring.rescore([lead.name for lead in (*leads, pooled)]) == 0

	def test_nightly_equals_saving(self):
		make_scoring([("budget", ">=", "50")], points=35)
		make_scoring(kind="Engagement", activity="Visit", points=20, half_life_days=30)
		lead = make_lead(budget=80)
		make_interaction(lead=lead.name, interaction_type="Visit", happened_on=add_days(now_datetime(), -30))
		saved = shown(lead)
		lead.db_set({"score": 0, "score_detail": ""})
		lead_scoring.rescore_all()
		assert shown(lead) == saved and saved["score"] == 45


class TestPreview:
	def test_the_preview_equals_what_saving_does(self, as_user):
		leads = [make_lead(budget=10 * n) for n in range(6)]
		rule = make_scoring([("budget", ">=", "30")], points=35)
		lead_scoring.rescore_all()
		with as_user(make_user("SPM Sales Manager")):
			values = {**rule.as_dict(), "points": 70}
			told = api.preview_rule(frappe.parse_json(frappe.as_json(values)), rule.name)
		before = {lead.name: frappe.db.get_value("SPM Lead", lead.name, "score") for lead in leads}
		rule.points = 70
		rule.save()
		lead_scoring.rescore_all()
		mine = {row["lead"]: row for row in told["rows"] if row["lead"] in before}
		for lead in leads:
			after = frappe.db.get_value("SPM Lead", lead.name, "score")
			if after != before[lead.name]:
				assert (mine[lead.name]["before"], mine[lead.name]["after"]) == (before[lead.name], after)
			else:
				assert lead.name not in mine
		assert told["changed"] == len(told["rows"]) >= 3

	def test_who_sets_up_rules_but_sees_no_leads_gets_counts(self, as_user):
		make_lead(budget=50)
		rule = {"rule_name": "new", "kind": "Fit", "points": 10}
		rule["conditions"] = [{"fieldname": "budget", "operator": ">", "value": "1"}]
		with as_user(make_user("SPM Configurator")):
			told = api.preview_rule(rule)
		assert told["changed"] >= 1 and told["rows"] == []
		with as_user(make_user("SPM Sales User")), pytest.raises(frappe.PermissionError):
			api.preview_rule(rule)
