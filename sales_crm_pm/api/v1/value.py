"""The money of projects: earned value, profit and loss. Only for people who may see cost."""

from typing import Any

import frappe

from sales_crm_pm.insight import project_value
from sales_crm_pm.loop import snapshots, value


@frappe.whitelist(methods=["GET"])
def project(project: str) -> dict[str, Any]:
	"""Return profit and loss, earned value and S-curve of a project.

	Args:
	        project: name of the project.

	Refuses people who may not see cost.
	"""
	frappe.has_permission("SPM Project", "read", doc=project, throw=True)
	return project_value.of_project(project)


@frappe.whitelist(methods=["POST"])
def snapshot(project: str) -> dict[str, Any]:
	"""Remember how a project stands today, for its S-curve; a second time on one day replaces the first.

	Args:
	        project: name of the project.
	"""
	frappe.has_permission("SPM Project", "write", doc=project, throw=True)
	value.check_may_see_cost()
	snapshots.take([project])
	return {"project": project, "taken_on": frappe.utils.today()}
