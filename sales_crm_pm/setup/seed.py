"""Create the masters a new site starts with: each only when it is missing.

Texts are written in English; the names that people see are translated where they are shown
(`translated_doctype`, translations/zh.csv), and template texts when a project is made from them.
"""

import frappe
from frappe.utils import cint

from sales_crm_pm.importing import presets
from sales_crm_pm.setup import (
	seed_board,
	seed_change,
	seed_contract,
	seed_customer,
	seed_dedupe,
	seed_keep,
	seed_lead,
	seed_people,
	seed_quotation,
	seed_risk,
	seed_start,
	seed_talk,
	seed_time,
	seed_value,
)
from sales_crm_pm.setup import seed_data as data

OWN_ROLE_PROFILES = tuple(data.ROLE_PROFILES)


def seed_workflow_masters() -> None:
	"""Workflow states and actions that the shipped flows name (shared with other apps, never changed)."""
	for state, (style, icon) in _all_states().items():
		_insert_missing("Workflow State", state, workflow_state_name=state, style=style, icon=icon)
	for action in (
		*data.WORKFLOW_ACTIONS,
		*seed_quotation.WORKFLOW_ACTIONS,
		*seed_risk.WORKFLOW_ACTIONS,
		*seed_time.WORKFLOW_ACTIONS,
		*seed_change.WORKFLOW_ACTIONS,
	):
		_insert_missing("Workflow Action Master", action, workflow_action_name=action)


def _all_states() -> dict[str, tuple[str, str]]:
	return {
		**data.WORKFLOW_STATES,
		**seed_quotation.WORKFLOW_STATES,
		**seed_risk.WORKFLOW_STATES,
		**seed_change.WORKFLOW_STATES,
	}


def seed_masters() -> None:
	"""Sources, industries, loss reasons, pipelines with stages, project types, templates, settings."""
	for doctype, field, values in data.SIMPLE_MASTERS:
		# Seeded once: a list the admin emptied or renamed stays as the admin left it.
		if frappe.db.count(doctype):
			continue
		for value in values:
			row = value if isinstance(value, dict) else {field: value}
			_insert_missing(doctype, row[field], **row)
	_seed_templates()
	_seed_pipelines()
	_seed_project_types()
	_seed_settings()
	for profile, roles in data.ROLE_PROFILES.items():
		_insert_missing("Role Profile", profile, role_profile=profile, roles=[{"role": r} for r in roles])
	_seed_kanban_boards()
	for name, template in data.EMAIL_TEMPLATES.items():
		_insert_missing("Email Template", name, **template)
	presets.seed()
	seed_contract.seed()
	seed_board.seed()
	seed_keep.seed()
	seed_lead.seed()
	seed_dedupe.seed()
	seed_quotation.seed()
	seed_customer.seed()
	seed_talk.seed()
	seed_people.seed()
	seed_risk.seed()
	seed_time.seed()
	seed_change.seed()
	seed_value.seed()
	seed_start.seed()


def _seed_templates() -> None:
	if frappe.db.count("SPM Project Template"):
		return
	for template in data.PROJECT_TEMPLATES:
		_insert_missing("SPM Project Template", template["template_name"], **template)


def _seed_pipelines() -> None:
	if frappe.db.count("SPM Pipeline"):
		return
	for pipeline, stages in data.PIPELINES:
		_insert_missing("SPM Pipeline", pipeline["pipeline_name"], **pipeline)
		for position, stage in enumerate(stages, 1):
			name = f"{pipeline['pipeline_name']} - {stage['stage_name']}"
			_insert_missing("SPM Stage", name, pipeline=pipeline["pipeline_name"], position=position, **stage)


def _seed_project_types() -> None:
	if frappe.db.count("SPM Project Type"):
		return
	for row in data.PROJECT_TYPES:
		_insert_missing("SPM Project Type", row["type_name"], **row)


def _seed_settings() -> None:
	"""Write the defaults of the settings page once; a Single has no row until it is saved."""
	if cint(frappe.db.get_single_value("SPM Settings", "spi_amber") or 0) or frappe.db.exists(
		"Singles", {"doctype": "SPM Settings", "field": "spi_amber"}
	):
		return
	settings = frappe.get_doc("SPM Settings")
	for field in settings.meta.fields:
		if field.default and not settings.get(field.fieldname):
			settings.set(field.fieldname, field.default)
	# Left open on a site whose setup is not finished yet: then the currency chosen there counts.
	settings.base_currency = frappe.db.get_default("currency")
	settings.default_pipeline = frappe.db.get_value("SPM Pipeline", {"is_default": 1})
	settings.default_project_template = frappe.db.get_value("SPM Project Template", {"is_default": 1})
	settings.flags.ignore_permissions = True
	settings.save()


def _seed_kanban_boards() -> None:
	for name, board in data.KANBAN_BOARDS.items():
		_insert_missing(
			"Kanban Board",
			name,
			kanban_board_name=name,
			reference_doctype=board["reference_doctype"],
			field_name=board["field_name"],
			private=0,
			show_labels=0,
			fields=frappe.as_json(board["fields"]),
			columns=[
				{"column_name": column, "indicator": color, "status": "Active"}
				for column, color in board["columns"]
			],
		)


def _insert_missing(doctype: str, name: str, **values) -> None:
	if frappe.db.exists(doctype, name):
		return
	doc = frappe.get_doc({"doctype": doctype, **values})
	doc.name = name  # some types (Email Template) are named by the person who makes them
	doc.insert(ignore_permissions=True, ignore_links=True, ignore_if_duplicate=True)
