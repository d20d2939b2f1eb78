"""What install and migrate do: everything once, and never over an admin's edit."""

import json
from pathlib import Path

import frappe
import pytest

import sales_crm_pm
from sales_crm_pm.setup import install, seed_data
from sales_crm_pm.setup.core_access import CORE_ACCESS, grant_core_access, revoke_core_access

APP = Path(sales_crm_pm.__file__).parent
SEEDED = (
	"SPM Source",
	"SPM Industry",
	"SPM Loss Reason",
	"SPM Pipeline",
	"SPM Stage",
	"SPM Project Template",
	"SPM Project Type",
	"Workflow",
	"Workflow State",
	"Kanban Board",
	"Email Template",
	"Role Profile",
	"Custom DocPerm",
)


def counts():
	return {doctype: frappe.db.count(doctype) for doctype in SEEDED}


def test_a_second_migrate_adds_nothing():
	before = counts()
	install.after_migrate()
	assert counts() == before


def test_an_admins_flow_survives_migrate():
	flow = frappe.get_doc("Workflow", "SPM Project Flow")
	flow.transitions[0].allow_self_approval = 0
	kept = flow.transitions[0].action
	flow.remove(flow.transitions[-1])
	flow.save()
	left = len(flow.transitions)
	install.after_migrate()
	again = frappe.get_doc("Workflow", "SPM Project Flow")
	assert (again.transitions[0].action, again.transitions[0].allow_self_approval) == (kept, 0)
	assert len(again.transitions) == left
	assert again.is_active


def test_an_admins_own_flow_stays_the_active_one():
	own = frappe.copy_doc(frappe.get_doc("Workflow", "SPM Milestone Flow"))
	own.workflow_name = own.name = "Our Milestone Flow"
	own.insert()
	install.after_migrate()
	assert frappe.db.get_value("Workflow", "Our Milestone Flow", "is_active")
	assert not frappe.db.get_value("Workflow", "SPM Milestone Flow", "is_active")


def test_deleted_and_renamed_masters_stay_deleted_and_renamed():
	frappe.delete_doc("SPM Loss Reason", "Not Stated")
	stage = "Project Sales - Negotiation"
	frappe.db.set_value("SPM Stage", stage, {"stage_name": "Haggling", "probability": 70})
	install.after_migrate()
	assert not frappe.db.exists("SPM Loss Reason", "Not Stated")
	assert frappe.db.get_value("SPM Stage", stage, ["stage_name", "probability"]) == ("Haggling", 70)


def test_both_pipelines_are_there_with_a_won_and_a_lost_stage():
	for pipeline, stages in seed_data.PIPELINES:
		name = pipeline["pipeline_name"]
		types = frappe.get_all("SPM Stage", filters={"pipeline": name}, pluck="stage_type")
		assert len(types) == len(stages)
		assert {"Open", "Won", "Lost", "On Hold"} <= set(types)
	assert frappe.get_all("SPM Pipeline", filters={"is_default": 1}, pluck="name") == ["Project Sales"]


def test_every_flow_state_sets_a_status_the_field_knows():
	for flow in ("SPM Project Flow", "SPM Milestone Flow"):
		doc = frappe.get_doc("Workflow", flow)
		options = frappe.get_meta(doc.document_type).get_field("status").options.split("\n")
		assert {state.update_value for state in doc.states} == set(options)
		reached = {t.next_state for t in doc.transitions}
		assert {state.state for state in doc.states[1:]} <= reached, "a state nobody can reach"


@pytest.mark.parametrize("role", [role for role, _rights in CORE_ACCESS["Contact"].items()])
def test_our_roles_may_read_contacts(role):
	assert frappe.db.exists("Custom DocPerm", {"parent": "Contact", "role": role, "read": 1})


def test_revoking_core_access_leaves_the_cores_own_rules():
	revoke_core_access()
	for doctype in CORE_ACCESS:
		assert not frappe.db.count("Custom DocPerm", {"parent": doctype, "role": ["like", "SPM %"]})
		roles = {p.role for p in frappe.get_meta(doctype, cached=False).permissions}
		assert "System Manager" in roles
	grant_core_access()


def test_the_portal_role_has_no_desk():
	assert not frappe.db.get_value("Role", "SPM Customer User", "desk_access")


def test_settings_hold_their_defaults():
	settings = frappe.get_doc("SPM Settings")
	assert settings.spi_amber == pytest.approx(0.95)
	assert settings.spi_red == pytest.approx(0.80)
	assert settings.default_pipeline == "Project Sales"
	assert settings.default_project_template == "Standard Delivery"
	assert settings.base_currency


def test_every_shipped_record_says_when_it_was_modified():
	"""A file without `modified` would be imported at every migrate, over the admin's edits."""
	files = [p for p in APP.rglob("*.json") if "doctype" in p.read_text()[:20000] and p.parent.name != "fixtures"]
	assert len(files) > 50
	for path in files:
		content = json.loads(path.read_text())
		if isinstance(content, dict) and content.get("doctype"):
			assert content.get("modified"), path


def test_every_patch_can_be_found():
	for line in (APP / "patches.txt").read_text().splitlines():
		line = line.split("#")[0].strip()
		if line and not line.startswith("["):
			assert callable(frappe.get_attr(f"{line.split()[0]}.execute"))
