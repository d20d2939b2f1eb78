"""Baselines: kept as the plan was, measured against, compared; cost only for who may see it."""

import frappe
import pytest

from sales_crm_pm.api.v1 import baseline as api
from sales_crm_pm.api.v1 import schedule as schedule_api
from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import baselines
from sales_crm_pm.sales_crm_pm.report.spm_baseline_comparison import spm_baseline_comparison as comparison
from sales_crm_pm.sales_crm_pm.report.spm_critical_path import spm_critical_path as critical
from tests.factories import make_user
from tests.factories_delivery import make_manager, make_milestone
from tests.factories_plan import day, make_big_plan, make_plan, make_plan_project

CHAIN = (("A", 0, 3, ()), ("B", None, 2, ("A",)), ("C", None, 4, ("B",)), ("Aside", 0, 1, ()))


@pytest.fixture
def agreed():
	"""A project with a budget, a plan and a baseline: (project, tasks, milestone, baseline)."""
	project = make_plan_project(budget_cost=1000).name
	_p, names = make_plan(*CHAIN, project=project)
	for name, hours in ((names["A"], 30), (names["B"], 10), (names["C"], 20)):
		frappe.db.set_value("SPM Task", name, "estimate_hours", hours)
	milestone = make_milestone(project, planned_date=day(8)).name
	return project, names, milestone, baselines.take(project, "Agreed", "Approved")


def rows_of(baseline):
	return {
		r.subject: r
		for r in frappe.get_all("SPM Baseline Row", {"baseline": baseline}, ["*"], limit_page_length=0)
	}


class TestTaking:
	def test_it_keeps_the_plan_as_it_was(self, agreed):
		_project, names, milestone, baseline = agreed
		doc = frappe.get_doc("SPM Baseline", baseline)
		assert (doc.number, doc.title, doc.reason, doc.current, doc.hours) == (1, "Agreed", "Approved", 1, 60)
		assert (doc.start_date, doc.end_date, doc.budget) == (day(0), day(60), 1000)
		task = frappe.get_doc("SPM Task", names["A"])
		task.duration_days = 6
		task.save()
		rows = rows_of(baseline)
		assert (rows["C"].start_date, rows["C"].end_date, rows["C"].hours) == (day(5), day(8), 20)
		assert frappe.db.get_value("SPM Milestone", milestone, "baseline_date") == day(8)
		assert round(sum(r.planned_cost for r in rows.values() if r.row_type == "Task"), 2) == 1000
		assert [rows[n].planned_cost for n in ("A", "B", "C", "Aside")] == [500, 166.67, 333.33, 0]

	def test_the_new_one_is_current_and_measured_against(self, agreed):
		project, _names, milestone, first = agreed
		frappe.db.set_value("SPM Milestone", milestone, "planned_date", day(12))
		frappe.db.set_value("SPM Project", project, "planned_end_date", day(70))
		second = baselines.take(project, None, "The customer agreed", change_request=None)
		assert [(b.name, b.number, b.current) for b in api.list(project)] == [(second, 2, 1), (first, 1, 0)]
		assert frappe.db.get_value("SPM Milestone", milestone, "baseline_date") == day(12)
		assert frappe.db.get_value("SPM Project", project, "baseline_end_date") == day(70)
		assert baselines.current(project) == second
		assert schedule_api.plan(project)["baseline"]["name"] == second
		bars = schedule_api.plan(project, first)["baseline"]["rows"]
		assert bars[milestone]["end"] == day(8)

	@pytest.mark.parametrize("size", [20, 300])
	def test_statements_do_not_grow(self, size, assert_query_count):
		project, _tasks = make_big_plan(size)
		baselines.take(project)
		with assert_query_count(24):
			baselines.take(project)

	def test_shares_add_up_to_the_cent(self):
		assert baselines.shares(100, [1, 1, 1]) == [33.33, 33.34, 33.33]
		assert baselines.shares(10, [0, 0]) == [5, 5]
		assert baselines.shares(10, []) == []

	def test_deleting_the_project_takes_its_baselines_along(self, agreed):
		project, names, milestone, baseline = agreed
		for doctype, name in (
			("SPM Milestone", milestone),
			*(("SPM Task", names[n]) for n in ("C", "B", "A", "Aside")),
		):
			frappe.delete_doc(doctype, name, force=True)
		frappe.delete_doc("SPM Project", project)
		assert not frappe.db.exists("SPM Baseline", baseline)
		assert not frappe.db.count("SPM Baseline Row", {"baseline": baseline})


class TestComparing:
	def test_with_the_plan_of_today(self, agreed):
		project, names, _milestone, baseline = agreed
		schedule_api.apply(
			project,
			{
				names["A"]: {"duration_days": 5},
				"add": [{"subject": "New", "duration_days": 2, "depends_on": [{"task": names["C"]}]}],
				"drop": [names["Aside"]],
			},
		)
		found = {r["subject"]: r for r in api.compare(project, baseline)["rows"]}
		assert {n: r["change"] for n, r in found.items() if r["row_type"] == "Task"} == {
			"A": "Changed", "B": "Changed", "C": "Changed", "New": "Added", "Aside": "Removed",
		}  # fmt: skip
		assert (found["A"]["start_shift"], found["A"]["end_shift"]) == (0, 2)
		assert (found["C"]["end_date_a"], found["C"]["end_date_b"], found["C"]["end_shift"]) == (
			day(8),
			day(10),
			2,
		)

	def test_two_baselines(self, agreed):
		project, names, _milestone, first = agreed
		schedule_api.apply(project, {names["A"]: {"duration_days": 1}})
		second = baselines.take(project)
		found = {r["subject"]: r for r in baselines.compare(project, first, second, with_cost=True)}
		assert found["B"]["start_shift"] == -2
		assert found["Aside"]["change"] == "Same"
		assert found["A"]["cost_difference"] == 0
		with pytest.raises(SPMError):
			baselines.compare(make_plan_project().name, first)

	def test_reports(self, agreed):
		project, names, _milestone, _baseline = agreed
		schedule_api.apply(project, {names["A"]: {"duration_days": 5}})
		columns, rows, _message, _chart, summary = comparison.execute({"project": project, "only_changes": 1})
		assert [r["subject"] for r in rows] == ["A", "B", "C"]
		assert {"planned_cost_a", "planned_cost_b"} <= {c["fieldname"] for c in columns}
		assert [s["value"] for s in summary[:3]] == [0, 0, 3]
		# Without a choice: from the first promise, whatever was agreed since.
		baselines.take(project)
		assert [r["subject"] for r in comparison.execute({"project": project, "only_changes": 1})[1]] == ["A", "B", "C"]
		_columns, rows = critical.execute({"project": project})
		assert [r.subject for r in rows] == ["A", "B", "C"]
		_columns, rows = critical.execute({"project": project, "float_days": 100})
		assert {r.subject for r in rows} == {"A", "B", "C", "Aside"}


class TestRights:
	def test_who_sees_what(self, agreed, as_user):
		project, _names, _milestone, baseline = agreed
		manager, member, seller, stranger = (
			make_manager(),
			make_user("SPM Delivery Member"),
			make_user("SPM Sales User"),
			make_manager(),
		)
		doc = frappe.get_doc("SPM Project", project)
		doc.update({"project_manager": manager, "account_manager": seller})
		doc.append("team", {"user": member, "project_role": "Engineer"})
		doc.save()
		with as_user(manager):
			assert "planned_cost_a" in api.compare(project, baseline)["rows"][0]
			assert frappe.get_doc("SPM Baseline", baseline).as_dict().get("budget") == 1000
			assert api.take(project, reason="Again")["number"] == 2
			with pytest.raises(frappe.PermissionError):
				frappe.get_doc("SPM Baseline", baseline).save()
		for user in (member, seller):
			with as_user(user):
				rows = api.compare(project, baseline)["rows"]
				assert rows and not any("cost" in key for row in rows for key in row)
				assert "budget" not in frappe.get_doc("SPM Baseline", baseline).as_dict()
				listed = frappe.get_list("SPM Baseline Row", {"baseline": baseline}, ["name", "planned_cost"])
				assert listed and not any(row.get("planned_cost") for row in listed)
				columns = comparison.execute({"project": project})[0]
				assert not any("cost" in c["fieldname"] for c in columns)
				with pytest.raises(frappe.PermissionError):
					api.take(project, reason="No right")
		with as_user(stranger):
			assert frappe.get_list("SPM Baseline", {"project": project}) == []
			for call in (
				lambda: api.compare(project, baseline),
				lambda: api.list(project),
				lambda: api.take(project),
			):
				with pytest.raises(frappe.PermissionError):
					call()
