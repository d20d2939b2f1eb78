"""A small company with two customers, and who of it sees what: the table the permission tests check against.

Seller S looks after customer A, rival seller R after customer B. R also has a deal (A2) with S's customer A.
Project PA of deal A1 is run by P with delivery member D; project PB of deal B1 by somebody else, but D owns one
of its milestones. One lead belongs to S, one to R, one to nobody.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field

import frappe

from sales_crm_pm.loop.customer_tree import HISTORY
from tests.factories import (
	PASSWORD,
	make,
	make_contact,
	make_customer,
	make_interaction,
	make_lead,
	make_opportunity,
	make_pipeline,
	make_user,
	unique,
)

ROLES = {
	"seller": ("SPM Sales User",),
	"rival": ("SPM Sales User",),
	"manager": ("SPM Sales Manager",),
	"pm": ("SPM Project Manager",),
	"other_pm": ("SPM Project Manager",),
	"member": ("SPM Delivery Member",),
	"agent": ("SPM Service Agent",),
	"marketing": ("SPM Marketing User",),
	"executive": ("SPM Executive",),
	"configurator": ("SPM Configurator",),
	"outsider": (),
	"portal": ("SPM Customer User",),
}

CUSTOMER, LEAD, DEAL = "SPM Customer", "SPM Lead", "SPM Opportunity"
PROJECT, MILESTONE, TASK = "SPM Project", "SPM Milestone", "SPM Task"
TALK, SURVEY, CONTACT = "SPM Interaction", "SPM Survey", "Contact"
DOCTYPES = (CUSTOMER, LEAD, DEAL, PROJECT, MILESTONE, TASK, TALK, SURVEY, CONTACT)

EVERYTHING = {
	CUSTOMER: {"A", "B"},
	LEAD: {"LA", "LB", "LP"},
	DEAL: {"A1", "A2", "B1"},
	PROJECT: {"PA", "PB"},
	MILESTONE: {"MA", "MB", "MD"},
	TASK: {"TA", "TU", "TB", "TO"},
	TALK: {"IA", "IB", "IL"},
	SURVEY: {"SA", "SB"},
	CONTACT: {"CA", "CB", "CX"},
}

READS: dict[str, dict[str, set[str]]] = {
	"seller": {
		CUSTOMER: {"A"},
		LEAD: {"LA"},
		DEAL: {"A1", "A2"},
		PROJECT: {"PA"},
		MILESTONE: {"MA"},
		TASK: {"TA", "TU", "TO"},
		TALK: {"IA"},
		SURVEY: {"SA"},
		CONTACT: {"CA", "CX"},
	},
	"rival": {
		CUSTOMER: {"A", "B"},
		LEAD: {"LB"},
		DEAL: {"A2", "B1"},
		PROJECT: {"PB"},
		MILESTONE: {"MB", "MD"},
		TASK: {"TB"},
		TALK: {"IA", "IB", "IL"},
		SURVEY: {"SA", "SB"},
		CONTACT: {"CA", "CB", "CX"},
	},
	"manager": EVERYTHING,
	"pm": {
		CUSTOMER: {"A"},
		DEAL: {"A1"},
		PROJECT: {"PA"},
		MILESTONE: {"MA"},
		TASK: {"TA", "TU", "TO"},
		TALK: {"IA"},
		SURVEY: {"SA"},
		CONTACT: {"CA", "CX"},
	},
	"other_pm": {
		CUSTOMER: {"B"},
		DEAL: {"B1"},
		PROJECT: {"PB"},
		MILESTONE: {"MB", "MD"},
		TASK: {"TB"},
		TALK: {"IB"},
		SURVEY: {"SB"},
		CONTACT: {"CB", "CX"},
	},
	"member": {
		CUSTOMER: {"A"},
		PROJECT: {"PA"},
		MILESTONE: {"MA", "MD"},
		TASK: {"TA", "TU"},
		TALK: {"IA"},
		CONTACT: {"CA", "CX"},
	},
	"agent": {
		CUSTOMER: {"A", "B"},
		PROJECT: {"PA", "PB"},
		MILESTONE: {"MA", "MB", "MD"},
		TASK: {"TA", "TU", "TB"},
		TALK: {"IA", "IB"},
		SURVEY: {"SA", "SB"},
		CONTACT: {"CA", "CB", "CX"},
	},
	"marketing": {
		CUSTOMER: {"A", "B"},
		LEAD: {"LA", "LB", "LP"},
		DEAL: set(),
		TALK: {"IA", "IB", "IL"},
		CONTACT: {"CA", "CB", "CX"},
	},
	"executive": EVERYTHING,
	# Core lets everybody list the contacts they made themselves; these three made none.
	"configurator": {CONTACT: set()},
	"outsider": {CONTACT: set()},
	"portal": {CONTACT: set()},
}
"""Records each user may read; a record type that is missing is closed to the user's roles altogether."""

WRITES: dict[str, dict[str, set[str]]] = {
	"seller": {CUSTOMER: {"A"}, LEAD: {"LA"}, DEAL: {"A1"}, TASK: {"TO"}},
	"rival": {CUSTOMER: {"B"}, LEAD: {"LB"}, DEAL: {"A2", "B1"}},
	"manager": {
		CUSTOMER: {"A", "B"},
		LEAD: {"LA", "LB", "LP"},
		DEAL: {"A1", "A2", "B1"},
		TASK: {"TO"},
		TALK: {"IA", "IB", "IL"},
	},
	"pm": {PROJECT: {"PA"}, MILESTONE: {"MA"}, TASK: {"TA", "TU"}},
	"other_pm": {PROJECT: {"PB"}, MILESTONE: {"MB", "MD"}, TASK: {"TB"}},
	"member": {MILESTONE: {"MD"}, TASK: {"TA"}},
	"agent": {CUSTOMER: {"A", "B"}, SURVEY: {"SA", "SB"}},
	"marketing": {CUSTOMER: {"A", "B"}, LEAD: {"LA", "LB", "LP"}},
	"executive": {},
	"configurator": {},
	"outsider": {},
	"portal": {},
}
"""Records each user may change. Contacts are left out: whoever sees one keeps it current."""

EXPORTS = {"manager", "pm", "other_pm", "agent", "marketing", "executive"}
"""Users whose roles may export at least some of the types (agents surveys, marketing leads)."""


@dataclass
class World:
	"""The users and records by their short names."""

	users: dict[str, str] = field(default_factory=dict)
	records: dict[str, tuple[str, str]] = field(default_factory=dict)
	token: str = ""

	def name(self, short: str) -> str:
		"""The record's real name."""
		return self.records[short][1]

	def names(self, doctype: str) -> dict[str, str]:
		"""Short names of this type's records by their real names."""
		return {real: short for short, (kind, real) in self.records.items() if kind == doctype}


@contextmanager
def standing():
	"""The world, committed once for a whole module (making twelve users takes seconds) and removed at the end."""
	frappe.set_user("Administrator")
	world = build()
	frappe.db.commit()
	try:
		yield world
	finally:
		frappe.db.rollback()
		frappe.set_user("Administrator")
		for log in HISTORY:
			frappe.db.delete(log, {"customer": ["in", [world.name("A"), world.name("B")]]})
		for doctype, name in [
			*reversed(world.records.values()),
			*(("User", u) for u in world.users.values()),
		]:
			frappe.delete_doc(
				doctype,
				name,
				force=True,
				ignore_permissions=True,
				ignore_on_trash=True,
				ignore_missing=True,
				delete_permanently=True,
			)
		frappe.db.commit()


def build() -> World:
	"""Make the users and records in the running transaction."""
	world = World(token=unique("zq"))
	for short, roles in ROLES.items():
		kind = "Website User" if short == "portal" else "System User"
		world.users[short] = make_user(
			*roles, email=f"{short}-{world.token}@example.com", user_type=kind, new_password=PASSWORD
		)
	u, t = world.users, world.token

	def add(short: str, doc) -> str:
		world.records[short] = (doc.doctype, doc.name)
		return doc.name

	a = add("A", make_customer(customer_name=f"{t} Alpha", account_manager=u["seller"]))
	b = add("B", make_customer(customer_name=f"{t} Beta", account_manager=u["rival"]))
	pipeline, stages = make_pipeline()
	pipeline = pipeline.name
	world.records["pipeline"] = ("SPM Pipeline", pipeline)
	for short, stage in stages.items():
		world.records[short] = ("SPM Stage", stage.name)
	deal = {"pipeline": pipeline, "status": "Won", "estimated_cost": 400}
	a1 = add("A1", make_opportunity(title=f"{t} A1", customer=a, opportunity_owner=u["seller"], **deal))
	add("A2", make_opportunity(title=f"{t} A2", customer=a, opportunity_owner=u["rival"], pipeline=pipeline))
	b1 = add("B1", make_opportunity(title=f"{t} B1", customer=b, opportunity_owner=u["rival"], **deal))
	add("LA", make_lead(lead_name=f"{t} LA", lead_owner=u["seller"]))
	add("LB", make_lead(lead_name=f"{t} LB", lead_owner=u["rival"]))
	add("LP", make_lead(lead_name=f"{t} LP"))
	frappe.db.set_value(LEAD, world.name("LP"), "lead_owner", None, update_modified=False)

	project = {
		"planned_start_date": "2026-01-01",
		"planned_end_date": "2026-12-31",
		"budget_cost": 400,
		"price": 900,
	}
	pa = add(
		"PA",
		make(
			PROJECT,
			project_name=f"{t} PA",
			customer=a,
			opportunity=a1,
			project_manager=u["pm"],
			team=[{"user": u["member"]}],
			**project,
		),
	)
	pb = add(
		"PB",
		make(
			PROJECT,
			project_name=f"{t} PB",
			customer=b,
			opportunity=b1,
			project_manager=u["other_pm"],
			**project,
		),
	)
	for deal_name, project_name in ((a1, pa), (b1, pb)):
		frappe.db.set_value(DEAL, deal_name, "project", project_name, update_modified=False)
	due = {"planned_date": "2026-06-01"}
	add("MA", make(MILESTONE, title=f"{t} MA", project=pa, **due))
	add("MB", make(MILESTONE, title=f"{t} MB", project=pb, **due))
	add("MD", make(MILESTONE, title=f"{t} MD", project=pb, milestone_owner=u["member"], **due))
	add("TA", make(TASK, subject=f"{t} TA", project=pa, assigned_to=u["member"]))
	add("TU", make(TASK, subject=f"{t} TU", project=pa))
	add("TB", make(TASK, subject=f"{t} TB", project=pb))
	add("TO", make(TASK, subject=f"{t} TO", opportunity=a1))
	add("IA", make_interaction(customer=a, subject=f"{t} IA"))
	add("IB", make_interaction(customer=b, subject=f"{t} IB"))
	add("IL", make_interaction(lead=world.name("LB"), subject=f"{t} IL"))
	ca = add("CA", make_contact(a, first_name=f"{t} CA"))
	cb = add("CB", make_contact(b, first_name=f"{t} CB"))
	add("CX", make_contact(first_name=f"{t} CX"))
	add("SA", make(SURVEY, customer=a, project=pa, contact=ca))
	add("SB", make(SURVEY, customer=b, project=pb, contact=cb))
	return world


def form(**params):
	"""Put parameters where the desk's list functions look for them."""
	frappe.local.form_dict = frappe._dict(
		{k: v if isinstance(v, str) else json.dumps(v) for k, v in params.items()}
	)
