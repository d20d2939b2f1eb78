"""Reports about the money and the health of projects: their numbers, and who is shown which columns."""

from __future__ import annotations

import frappe
import pytest
from frappe.desk import query_report
from frappe.utils import add_days, getdate

from sales_crm_pm.loop import snapshots
from tests.factories import make_user
from tests.factories_delivery import make_project, make_task, move_to
from tests.factories_time import make_cost

MONEY = ("SPM Project Profit and Loss", "SPM Earned Value")
COST_COLUMNS = {"cpi", "budget_used_percent", "forecast_margin"}


@pytest.fixture
def project():
	"""A running project: 40 % done, half planned, 55 000 spent of 100 000."""
	doc = make_project(
		budget_cost=100_000,
		price=160_000,
		completion_method="Task Weight",
		planned_start_date=add_days(getdate(), -30),
	)
	make_task(doc.name, weight=5, progress=80, planned_end_date=add_days(getdate(), -1))
	make_task(doc.name, weight=5, planned_end_date=add_days(getdate(), 30))
	move_to(doc, "In Progress")
	make_cost(doc.name, amount=55_000)
	return doc


def run(report: str, **filters):
	found = query_report.run(report, filters=filters, ignore_prepared_report=True)
	return found["columns"], [frappe._dict(row) for row in found["result"] if isinstance(row, dict)]


def test_profit_and_loss(project):
	_columns, (row,) = run("SPM Project Profit and Loss", project=project.name)
	assert (row.income, row.actual_cost, row.estimate_at_completion) == (160_000, 55_000, 137_500)
	assert (row.planned_margin, row.planned_percent) == (60_000, 37.5)
	assert (row.forecast_margin, row.forecast_percent) == (22_500, 14.1)


def test_earned_value_as_it_stands_and_by_month(project, freeze):
	_columns, (row,) = run("SPM Earned Value", project=project.name)
	assert (row.planned_value, row.earned_value, row.actual_cost) == (50_000, 40_000, 55_000)
	assert (row.spi, row.cpi, row.variance_at_completion) == (0.8, 0.7273, -37_500)
	frappe.db.delete("SPM Progress Snapshot", {"project": project.name})
	snapshots.take([project.name])
	make_cost(project.name, amount=5_000)
	with freeze(f"{add_days(getdate(), 40)} 09:00:00"):
		snapshots.take([project.name])
		columns, months = run("SPM Earned Value", project=project.name, by="Month")
	assert [m.actual_cost for m in months] == [55_000, 60_000]
	assert [m.cpi for m in months] == [0.7273, 0.6667]
	assert months[0].month < months[1].month
	assert "spi_t" not in {c["fieldname"] for c in columns}


@pytest.mark.parametrize("role", ["SPM Sales User", "SPM Sales Manager", "SPM Service Agent"])
def test_cost_is_not_for_everybody(project, as_user, role):
	with as_user(make_user(role)):
		for report in MONEY:
			with pytest.raises(frappe.PermissionError):
				run(report, project=project.name)
		columns, rows = run("SPM Portfolio Health", project=project.name)
	assert not COST_COLUMNS & {c["fieldname"] for c in columns}
	assert all(not COST_COLUMNS & set(row) for row in rows)
	assert len(rows) == (role != "SPM Sales User")


def test_the_portfolio_puts_trouble_first(project, as_user):
	manager = make_user("SPM Project Manager")
	good = make_project("In Progress", project_manager=manager)
	frappe.db.set_value("SPM Project", project.name, "project_manager", manager)
	with as_user(manager):
		columns, rows = run("SPM Portfolio Health", project_manager=manager)
	assert COST_COLUMNS <= {c["fieldname"] for c in columns}
	assert [(row.project, row.health) for row in rows] == [(project.name, "Red"), (good.name, "Green")]
	assert rows[0].cpi == 0.7273 and "cost more than was planned" in rows[0].reasons
	# What is none is empty, not zero.
	assert rows[1].cpi is None


def test_three_statements_for_any_number_of_projects(project, as_user, assert_query_count):
	run("SPM Portfolio Health", project=project.name)
	from sales_crm_pm.sales_crm_pm.report.spm_portfolio_health.spm_portfolio_health import execute

	for _n in range(3):
		make_project("In Progress", customer=project.customer)
	with assert_query_count(3):
		execute({"customer": project.customer})
