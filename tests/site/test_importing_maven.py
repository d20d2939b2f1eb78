"""The public Maven files, 8,800 real-looking deals: everything in, figures right, everything out again."""

import csv

import frappe
import pytest

from sales_crm_pm.importing import undo
from sales_crm_pm.importing.preview import preview
from sales_crm_pm.sales_crm_pm.report.spm_sales_cycle import spm_sales_cycle
from sales_crm_pm.sales_crm_pm.report.spm_win_rate import spm_win_rate
from tests.factories import make, make_user, unique
from tests.support.importing import MAVEN, run_now, table_counts, upload

pytestmark = [
	pytest.mark.skipif(not MAVEN.exists(), reason="the Maven files are not on this machine"),
	pytest.mark.timeout(1200),
]

CREATE = {"create_missing": ["SPM Industry", "SPM Territory", "SPM Product"], "accept_suggestions": True}


def file(name: str) -> str:
	return upload((MAVEN / f"{name}.csv").read_bytes(), f"{name}.csv")


def won_and_lost(run: str) -> tuple[int, int, float]:
	"""Counted by hand-written SQL, past the report and the framework."""
	return frappe.db.sql(
		"""select sum(status = 'Won'), sum(status = 'Lost'), sum(if(status = 'Won', amount_base, 0))
		from `tabSPM Opportunity` where import_run = %s""",
		run,
	)[0]


def compare_with_sql(run: str) -> None:
	"""Win rate per agent, product and manager, cycle length and value by quarter: reports against SQL of its own."""
	managers = {}
	frappe.db.savepoint("teams")
	with open(MAVEN / "sales_teams.csv", encoding="utf-8") as handle:
		for row in csv.DictReader(handle):
			managers.setdefault(row["manager"], []).append(row["sales_agent"])
	for manager, agents in managers.items():
		make(
			"SPM Sales Team",
			team_name=unique(f"{manager} "),
			manager_name=manager,
			members=[{"person_name": agent} for agent in agents],
		)
	won_lost = "sum(o.status = 'Won'), sum(o.status = 'Lost'), sum(if(o.status = 'Won', o.amount_base, 0))"
	deals = "from `tabSPM Opportunity` o where o.import_run = %s and o.status in ('Won', 'Lost')"
	by_agent = frappe.db.sql(f"select o.source_owner, {won_lost} {deals} group by 1", run)
	by_product = frappe.db.sql(
		"""select p.product, sum(o.status = 'Won'), sum(o.status = 'Lost'), sum(if(o.status = 'Won', p.amount, 0))
		from `tabSPM Opportunity` o join `tabSPM Opportunity Product` p on p.parent = o.name
		where o.import_run = %s and o.status in ('Won', 'Lost') group by 1""",
		run,
	)
	by_quarter = frappe.db.sql(
		f"select concat(year(o.closed_on), ' Q', quarter(o.closed_on)), {won_lost} {deals} group by 1", run
	)
	agent_of = {agent: manager for manager, agents in managers.items() for agent in agents}
	by_manager: dict[str, list[float]] = {}
	for agent, *sums in by_agent:
		total = by_manager.setdefault(agent_of[agent], [0, 0, 0])
		for n, value in enumerate(sums):
			total[n] += value
	expected = {
		"Salesperson": by_agent,
		"Product": by_product,
		"Quarter": by_quarter,
		"Team Manager": [(manager, *sums) for manager, sums in by_manager.items()],
	}
	assert (len(by_agent), len(by_product), len(by_manager), len(by_quarter)) == (30, 7, 6, 4)
	for group_by, groups in expected.items():
		rows = spm_win_rate.execute({"group_by": group_by, "import_run": run})[1]
		shown = {
			row["label"]: (row["won"], row["lost"], row["rate"], round(row["won_value"])) for row in rows
		}
		assert shown == {
			label: (won, lost, round(float(100 * won / (won + lost)), 4), round(value))
			for label, won, lost, value in groups
		}
	days = frappe.db.sql(
		"""select o.source_owner, avg(datediff(o.closed_on, o.opened_on)), max(datediff(o.closed_on, o.opened_on))
		from `tabSPM Opportunity` o where o.import_run = %s and o.status = 'Won' group by 1""",
		run,
	)
	rows = spm_sales_cycle.execute({"group_by": "Salesperson", "import_run": run})[1]
	assert {row["label"]: (row["mean"], row["longest"]) for row in rows} == {
		agent: (pytest.approx(float(mean), abs=0.006), longest) for agent, mean, longest in days
	}
	medians = frappe.db.sql(
		"""select distinct o.source_owner, median(datediff(o.closed_on, o.opened_on)) over (partition by o.source_owner)
		from `tabSPM Opportunity` o where o.import_run = %s and o.status = 'Won'""",
		run,
	)
	assert {row["label"]: row["median"] for row in rows} == {
		agent: float(middle) for agent, middle in medians
	}
	frappe.db.rollback(save_point="teams")


def test_the_whole_set_goes_in_and_out(as_user):
	outsider = make_user("SPM Sales User")
	before = table_counts()
	stages_before = dict(
		frappe.get_all("SPM Customer", fields=["name", "lifecycle_stage"], as_list=True, limit_page_length=0)
	)
	products = run_now(file("products"))
	accounts = run_now(file("accounts"), options=CREATE)
	assert (products.rows_created, accounts.rows_created, accounts.rows_failed) == (7, 85, 0)
	assert (
		frappe.db.count("SPM Customer", {"import_run": accounts.name, "parent_customer": ["is", "set"]}) == 15
	)

	pipeline = file("sales_pipeline")
	seen = preview(pipeline)
	offered = {v["raw"]: v["suggestion"] for v in seen["values"] if v["fieldname"] == "product"}
	assert offered == {"GTXPro": "GTX Pro"}
	decision = next(d for d in seen["decisions"] if d["key"] == "missing_customer")
	assert (decision["count"], len(set(decision["rows"])), seen["ready"]) == (1425, 1425, False)
	assert decision["rows"][0] == 11

	chosen = {"values": {"product": {"GTXPro": "GTX Pro"}}}
	ready = preview(pipeline, mapping=chosen, options={"missing_customer": "placeholder"})
	assert ready["counts"]["SPM Opportunity"] == {"create": 8800, "update": 0, "skip": 0, "fail": 0}
	run = run_now(pipeline, chosen, {"missing_customer": "placeholder"})
	assert (run.status, run.rows_created, run.rows_failed) == ("Completed", 8800, 0)

	won, lost, value = won_and_lost(run.name)
	assert (won, lost, round(value)) == (4238, 2473, 10_005_534)
	assert round(100 * won / (won + lost), 2) == 63.15
	for group_by in ("Salesperson", "Product", "Customer", "Quarter"):
		_columns, rows, _message, _chart, summary = spm_win_rate.execute(
			{"group_by": group_by, "import_run": run.name}
		)
		shown = {entry["label"]: entry["value"] for entry in summary}
		assert round(shown["Win Rate by Count"], 2) == 63.15
		assert shown["Won Value"] == 10_005_534
		assert sum(row["won"] for row in rows) == 4238 and sum(row["won_value"] for row in rows) == 10_005_534
	totals = frappe.db.sql(
		"select sum(won_count), sum(won_amount_base) from `tabSPM Customer` c where exists "
		"(select 1 from `tabSPM Opportunity` o where o.customer = c.name and o.import_run = %s)",
		run.name,
	)[0]
	assert totals == (4238, 10_005_534)
	compare_with_sql(run.name)
	with as_user(outsider):
		assert spm_win_rate.execute({"import_run": run.name})[1] == []

	# The same file again finds everything and makes nothing.
	again = preview(pipeline, mapping=chosen, options={"missing_customer": "placeholder"})
	assert again["counts"]["SPM Opportunity"]["create"] == 0

	for done in (run, accounts, products):
		undo.undo(done.name)
	assert table_counts() == before
	assert stages_before == dict(
		frappe.get_all("SPM Customer", fields=["name", "lifecycle_stage"], as_list=True, limit_page_length=0)
	)
