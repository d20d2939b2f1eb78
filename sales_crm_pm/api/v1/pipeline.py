"""REST: the shape of a pipeline."""

from typing import Any

import frappe

from sales_crm_pm.loop import pipeline as pipelines


@frappe.whitelist(methods=["POST"])
def reorder(pipeline: str, stages: list | str) -> dict[str, Any]:
	"""Put the stages of a pipeline into a new order.

	:param pipeline: name of the SPM Pipeline
	:param stages: names of all its stages, the first one first
	:return: pipeline, stages in their new order
	:raises frappe.PermissionError: no right to change pipelines
	"""
	frappe.get_doc("SPM Pipeline", pipeline).check_permission("write")
	frappe.has_permission("SPM Stage", "write", throw=True)
	pipelines.reorder(pipeline, frappe.parse_json(stages))
	return {"pipeline": pipeline, "stages": [stage.name for stage in pipelines.stages_of(pipeline, True)]}
