"""Count the duration of tasks in working days, keep forecasts of milestones that people have entered, and number
and measure the plans that are under way."""

import frappe
from frappe.query_builder import DocType
from frappe.utils import cint, getdate

from sales_crm_pm.loop import calendar, scheduling
from sales_crm_pm.loop.figures import ACTIVE
from sales_crm_pm.rules.workdays import working_days_between


def execute():
	"""Safe to run twice: no date moves."""
	task, milestone = DocType("SPM Task"), DocType("SPM Milestone")
	days = calendar.working_days()
	spans = (
		frappe.qb.from_(task)
		.select(task.planned_start_date, task.planned_end_date, task.duration_days)
		.where(task.planned_start_date.isnotnull() & task.planned_end_date.isnotnull())
		.distinct()
		.run()
	)
	for start, end, stored in spans:
		found = max(1, working_days_between(getdate(start), getdate(end), days)) if end >= start else 0
		if found != cint(stored):
			(
				frappe.qb.update(task)
				.set(task.duration_days, found)
				.where((task.planned_start_date == start) & (task.planned_end_date == end))
				.where((task.duration_days == stored) & (task.is_milestone == 0))
				.run()
			)
	# Until now, every forecast was entered by hand.
	(
		frappe.qb.update(milestone)
		.set(milestone.forecast_by_hand, 1)
		.where(milestone.forecast_date.isnotnull())
		.run()
	)
	for project in frappe.get_all("SPM Project", {"status": ["in", ACTIVE]}, pluck="name", order_by="name"):
		scheduling.refresh(project)
