"""The public Maven files, 8,800 real-looking deals: everything in, figures right, everything out again."""

import frappe
import pytest

from sales_crm_pm.importing import undo
from sales_crm_pm.importing.preview import preview
from sales_crm_pm.sales_crm_pm.report.spm_win_rate import spm_win_rate
from tests.factories import make_user
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
