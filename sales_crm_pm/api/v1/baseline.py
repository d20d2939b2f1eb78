"""Baselines: keep a plan, list what was kept, compare."""

from typing import Any

import frappe

from sales_crm_pm.loop import baselines, scheduling


@frappe.whitelist(methods=["POST"])
def take(project: str, title: str | None = None, reason: str | None = None) -> dict[str, Any]:
	"""Keep the plan as it is now and measure against it from now on. For the project's managers.

	Returns the name, number and title of the baseline.
	"""
	scheduling.check_may_schedule(project)
	name = baselines.take(project, title, reason)
	return frappe.db.get_value("SPM Baseline", name, ["name", "number", "title", "end_date"], as_dict=True)


@frappe.whitelist(methods=["GET", "POST"])
def compare(project: str, a: str, b: str | None = None) -> dict[str, Any]:
	"""Hold two baselines against each other, or one against the plan of today.

	Planned cost is in the rows only for who may see cost.
	"""
	frappe.has_permission("SPM Project", "read", doc=project, throw=True)
	return {"rows": baselines.compare(project, a, b, with_cost=may_see_cost())}


def may_see_cost() -> bool:
	"""Whether the session's user may read the planned cost of baselines."""
	if frappe.session.user == "Administrator":
		return True
	return 1 in frappe.get_meta("SPM Baseline Row").get_permlevel_access("read")


@frappe.whitelist(methods=["GET", "POST"])
def list(project: str) -> list[dict[str, Any]]:
	"""Give the baselines of a project, the latest first."""
	frappe.has_permission("SPM Project", "read", doc=project, throw=True)
	return baselines.of_project(project)
