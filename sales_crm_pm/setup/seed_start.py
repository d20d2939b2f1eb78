"""Templates, approval rules and what each type of project needs, as data and seed. Each only once."""

from __future__ import annotations

import frappe
from frappe.utils import cint

from sales_crm_pm.setup.defaults import fill_settings
from sales_crm_pm.setup.seed_data import _milestone, _task

SETTINGS = (
	"approval_needs_raci",
	"default_contingency",
	"delay_reason_required",
	"delay_tolerance_days",
)

BEFORE, SOLUTION, CONTRACT = "Pre-sales", "Solution Design", "Contract"
BUILD, OPERATION = "Implementation and Delivery", "Operation and Maintenance"


def _bid(subject, phase, start, days, hours=0, after="", milestone=0):
	return {
		"subject": subject,
		"phase": phase,
		"start_offset_days": start,
		"duration_days": days,
		"estimate_hours": hours,
		"depends_on": after,
		"is_milestone": milestone,
	}


# Before winning: planned on the opportunity, and phases one to three of the project that follows (L-08).
BID_TEMPLATES: tuple[dict, ...] = (
	{
		"template_name": "Custom Development Bid",
		"description": "From the first talk over the solution to the signed contract; the project goes on from there.",
		"rows": [
			_bid("Understand the business and its systems", BEFORE, 0, 5, 24),
			_bid("Requirements agreed with the departments", BEFORE, 6, 1, after="1", milestone=1),
			_bid("Outline of the solution", SOLUTION, 7, 7, 40, "2"),
			_bid("Demonstration or proof of concept", SOLUTION, 14, 7, 48, "3"),
			_bid("Effort and cost estimated", SOLUTION, 14, 4, 16, "3"),
			_bid("Solution approved by the customer", SOLUTION, 22, 1, after="4,5", milestone=1),
			_bid("Offer and terms negotiated", CONTRACT, 23, 10, 20, "6"),
			_bid("Contract signed", CONTRACT, 34, 1, after="7", milestone=1),
		],
	},
)


def _part(parent, row, checklist=()):
	return {**row, "parent_row": parent, "checklist": "\n".join(checklist)}


ROLES = (
	{"project_role": "Project Manager", "raci": "Accountable", "is_manager": 1, "allocation_percent": 50},
	{"project_role": "Solution Architect", "raci": "Responsible", "allocation_percent": 40},
	{"project_role": "Business Analyst", "raci": "Responsible", "allocation_percent": 60},
	{"project_role": "Engineer", "raci": "Responsible", "allocation_percent": 100},
	{"project_role": "Tester", "raci": "Responsible", "allocation_percent": 60},
	{"project_role": "Trainer", "raci": "Consulted", "allocation_percent": 20},
)
PM, ARCHITECT, ANALYST, ENGINEER, TESTER, TRAINER = (role["project_role"] for role in ROLES)

# Days are working days.
TEMPLATES: tuple[dict, ...] = (
	{
		"template_name": "Custom Development",
		"completion_method": "Milestone Weight",
		"in_working_days": 1,
		"bid_template": "Custom Development Bid",
		"description": "From pre-sales over the solution and the contract to implementation and operation.",
		"phases": [{"phase_name": p} for p in (BEFORE, SOLUTION, CONTRACT, BUILD, OPERATION)],
		"roles": list(ROLES),
		"milestones": [
			{
				**_milestone("Contract hand-over done", CONTRACT, 4, 1, "Internal", "Promises mapped to milestones", accept=0, visible=0),
				"criteria": "Scope and exclusions read by the team\nPromises of sales have an owner\nPayment plan fits the milestones",
			},
			{
				**_milestone("Detailed design approved", BUILD, 18, 2, "Decision", "Design document signed by the departments", ("Detailed design", "Interface list")),
				"project_role": ARCHITECT,
				"criteria": "Every requirement is covered\nInterfaces agreed with their owners\nSecurity reviewed",
			},
			{
				**_milestone("System delivered", BUILD, 62, 5, "Delivery", "Agreed test cases passed", ("Test report", "Source code", "Installation guide")),
				"project_role": ENGINEER,
				"criteria": "All test cases of priority one passed\nNo open fault that stops work\nInstalled in the customer's environment",
			},
			{
				**_milestone("Trial operation accepted", BUILD, 88, 3, "Delivery", "30 days without a blocking fault", ("Acceptance certificate", "Training record")),
				"criteria": "Trial run without a blocking fault\nUsers trained\nAcceptance certificate signed",
			},
			_milestone("Maintenance handed over", OPERATION, 95, 1, "Internal", "Service owner named", ("Service handbook",), accept=0),
		],
		"tasks": [
			_task("Take over from sales", "Contract hand-over done", CONTRACT, 0, 5, 0, 0, role=PM),
			_part(1, _task("Read contract, offer and talks", "Contract hand-over done", CONTRACT, 0, 2, 10, 1, role=PM)),
			_part(1, _task("Map promises and scope", "Contract hand-over done", CONTRACT, 2, 2, 12, 1, "2", PM)),
			_part(1, _task("Kick-off with the customer", "Contract hand-over done", CONTRACT, 4, 1, 8, 1, "3", PM, 1), ("Invitation sent", "Minutes signed")),
			_task("Detailed design", "Detailed design approved", BUILD, 5, 14, 0, 0, role=ARCHITECT),
			_part(5, _task("Workshops with the departments", "Detailed design approved", BUILD, 5, 6, 60, 2, "4", ANALYST, 1)),
			_part(5, _task("Data model and interfaces", "Detailed design approved", BUILD, 8, 6, 50, 2, "6SS+3", ARCHITECT)),
			_part(5, _task("Design document", "Detailed design approved", BUILD, 14, 5, 40, 2, "6,7", ARCHITECT)),
			_task("Development", "System delivered", BUILD, 19, 30, 0, 0, role=ENGINEER),
			_part(9, _task("Set up the environments", "System delivered", BUILD, 15, 3, 20, 1, "7", ENGINEER)),
			_part(9, _task("Core functions", "System delivered", BUILD, 19, 25, 280, 5, "8,10", ENGINEER)),
			_part(9, _task("Interfaces", "System delivered", BUILD, 24, 20, 160, 3, "11SS+5", ENGINEER)),
			_part(9, _task("Reports", "System delivered", BUILD, 34, 15, 80, 2, "11SS+15", ENGINEER)),
			_task("Integration and test", "System delivered", BUILD, 40, 22, 0, 0, role=TESTER),
			_part(14, _task("Test cases", "System delivered", BUILD, 30, 8, 48, 1, "8", TESTER)),
			_part(14, _task("Integration test", "System delivered", BUILD, 49, 8, 80, 2, "11,12,13,15", TESTER)),
			_part(14, _task("Load and security test", "System delivered", BUILD, 53, 6, 40, 1, "16SS+4", TESTER)),
			_part(14, _task("Installation at the customer", "System delivered", BUILD, 59, 3, 24, 1, "16,17", ENGINEER, 1)),
			_task("Trial operation", "Trial operation accepted", BUILD, 62, 26, 60, 2, "18", ENGINEER, 1),
			_task("Training", "Trial operation accepted", BUILD, 64, 6, 32, 1, "18FS+2", TRAINER, 1),
			_part(0, _task("Final acceptance", "Trial operation accepted", BUILD, 87, 2, 12, 1, "19,20", PM, 1), ("Open faults listed", "Certificate prepared")),
			_task("Hand over to service", "Maintenance handed over", OPERATION, 89, 7, 16, 1, "21", PM),
		],
	},
	{
		"template_name": "Long-term Agreement",
		"project_type": "Long-term Agreement",
		"completion_method": "Task Weight",
		"in_working_days": 1,
		"description": "A year of agreed services: a start, four quarters with a review each, and the renewal.",
		"phases": [{"phase_name": p} for p in ("Start", "Service", "Renewal")],
		"roles": [ROLES[0], ROLES[3], ROLES[2]],
		"milestones": [
			_milestone("Service started", "Start", 10, 1, "Decision", "Service levels and contacts agreed", ("Service handbook",)),
			*(
				{
					**_milestone(f"Quarter {n} reviewed", "Service", 10 + 62 * n, 2, "Delivery", "Service report accepted", ("Service report",)),
					"criteria": "Service levels met or explained\nOpen requests agreed\nNext quarter planned",
				}
				for n in (1, 2, 3, 4)
			),
			_milestone("Renewal decided", "Renewal", 240, 1, "Decision", "Renewed, changed or ended in writing", accept=0),
		],
		"tasks": [
			_task("Agree service levels and contacts", "Service started", "Start", 0, 6, 24, 1, role=PM, visible=1),
			_task("Set up monitoring and access", "Service started", "Start", 4, 6, 30, 1, "1SS+3", ENGINEER),
			*(
				_task(f"Services of quarter {n}", f"Quarter {n} reviewed", "Service", 11 + 62 * (n - 1), 58, 160, 4, str(2 * n), ENGINEER)
				if part == 0
				else _task(f"Review of quarter {n}", f"Quarter {n} reviewed", "Service", 69 + 62 * (n - 1), 3, 10, 1, str(2 * n + 1), PM, 1)
				for n in (1, 2, 3, 4)
				for part in (0, 1)
			),
			_task("Prepare the renewal", "Renewal decided", "Renewal", 220, 15, 16, 1, "8", PM),
		],
	},
)


def _field(fieldname, needed_at="Pending Approval", hint=""):
	return {"fieldname": fieldname, "needed_at": needed_at, "hint": hint}


TYPES: dict[str, dict] = {
	"Large Deal": {
		"needs_estimate": 1,
		"needs_handoff": 1,
		"needs_milestones": 1,
		"required_fields": [
			_field("goals"),
			_field("scope"),
			_field("acceptance_criteria"),
			_field("sponsor", hint="Who at the customer or here stands behind the project."),
			_field("contract_signed_date", "Approved"),
			_field("kick_off_date", "In Progress"),
		],
	},
	"Custom Requirement": {
		"needs_estimate": 1,
		"needs_milestones": 1,
		"required_fields": [
			_field("requirement", hint="What the customer wants to be built."),
			_field("scope"),
			_field("out_of_scope", hint="What is not built: the usual reason for quarrels."),
			_field("acceptance_criteria"),
		],
	},
	"Long-term Agreement": {
		"needs_handoff": 0,
		"needs_milestones": 1,
		"required_fields": [
			_field("goals"),
			_field("planned_end_date", hint="The day the agreement ends."),
			_field("contract_no", "Approved"),
			_field("contract_signed_date", "Approved"),
			_field("service_owner", "In Progress"),
		],
	},
}
DEFAULT_TEMPLATES = {"Long-term Agreement": "Long-term Agreement", "Custom Requirement": "Custom Development"}

RULES: tuple[dict, ...] = (
	{"title": "Every Project", "from_amount": 0, "approver_role": "SPM Sales Manager", "level": 1},
	{"title": "Projects from 5 Million", "from_amount": 5_000_000, "approver_role": "SPM Executive", "level": 2},
	{
		"title": "Long-term Agreements from 3 Million",
		"project_type": "Long-term Agreement",
		"from_amount": 3_000_000,
		"approver_role": "SPM Executive",
		"level": 2,
	},
)


def seed() -> None:
	"""Insert what is missing; what an admin has filled in already stays as it is."""
	for row in BID_TEMPLATES:
		_insert("SPM Bid Template", row["template_name"], row)
	for row in TEMPLATES:
		_insert("SPM Project Template", row["template_name"], row)
	_add_bid_plan()
	for name, values in TYPES.items():
		_complete_type(name, values)
	if not frappe.db.count("SPM Project Approval Rule"):
		for row in RULES:
			_insert("SPM Project Approval Rule", row["title"], row)
	fill_settings(SETTINGS)


def _add_bid_plan() -> None:
	"""Sites that had the shorter template of this name get what comes before winning."""
	name, bid = TEMPLATES[0]["template_name"], TEMPLATES[0]["bid_template"]
	if not frappe.db.get_value("SPM Project Template", name, "bid_template"):
		frappe.db.set_value("SPM Project Template", name, "bid_template", bid)


def _complete_type(name: str, values: dict) -> None:
	if not frappe.db.exists("SPM Project Type", name):
		return
	kind = frappe.get_doc("SPM Project Type", name)
	if kind.required_fields or cint(kind.needs_estimate) or cint(kind.needs_milestones):
		return
	kind.update(values)
	if name in DEFAULT_TEMPLATES and kind.default_template in (None, "", "Standard Delivery"):
		kind.default_template = DEFAULT_TEMPLATES[name]
	kind.flags.ignore_permissions = True
	kind.save()


def _insert(doctype: str, name: str, values: dict) -> None:
	if not frappe.db.exists(doctype, name):
		frappe.get_doc({"doctype": doctype, **values}).insert(
			ignore_permissions=True, ignore_links=True, ignore_if_duplicate=True
		)
