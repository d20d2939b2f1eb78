"""What counts as somebody's work: one entry per kind. A new kind of work joins by adding its entry here.

insight/work.py turns the entries into one list with one order, narrowed to what the reader may see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CUSTOMER, LEAD, OPPORTUNITY = "SPM Customer", "SPM Lead", "SPM Opportunity"
PROJECT, MILESTONE, TASK = "SPM Project", "SPM Milestone", "SPM Task"
TALK = "SPM Interaction"


@dataclass(frozen=True)
class Work:
	"""One kind of work; columns are those of `doctype`."""

	kind: str
	"""Short word for filters, counts and quick actions."""
	doctype: str
	due: str
	"""Date by which it should be done; without one it comes last."""
	title: tuple[str, ...]
	"""Columns with what is to be done, the first that is filled counts."""
	people: tuple[str, ...]
	"""Columns that name who has to do it, any of them."""
	where: Mapping[str, Any] = field(default_factory=dict)
	"""Further conditions: column → value, or a tuple of values."""
	needs_due: bool = True
	"""Whether it is work only once it has a date."""
	about: tuple[tuple[str, str, str], ...] = ()
	"""(link column, record type, its title column) of what it belongs to, the first that is filled counts."""
	priority: str = ""
	status: str = "status"
	unless_open_talk: str = ""
	"""Column of SPM Interaction naming this record: an open follow-up of the same day stands for it."""
	label: str = ""
	"""Heading of the kind, in English; the record type's own label when empty."""
	icon: str = "file"
	actions: tuple[str, ...] = ()
	"""Quick actions: done, postpone, log."""


WORK: tuple[Work, ...] = (
	Work(
		kind="follow_up",
		doctype=TALK,
		due="next_date",
		title=("next_step", "subject"),
		people=("follow_up_by",),
		where={"follow_up_status": "Open"},
		about=(
			("opportunity", OPPORTUNITY, "title"),
			("project", PROJECT, "project_name"),
			("customer", CUSTOMER, "customer_name"),
			("lead", LEAD, "lead_name"),
		),
		status="follow_up_status",
		label="Follow-up",
		icon="message-circle",
		actions=("done", "postpone", "log"),
	),
	Work(
		kind="lead",
		doctype=LEAD,
		due="next_followup_on",
		title=("lead_name", "organisation"),
		people=("lead_owner",),
		where={"status": ("New", "Contacted", "Nurture", "Qualified")},
		about=(("name", LEAD, "organisation"),),
		unless_open_talk="lead",
		icon="funnel",
		actions=("postpone", "log"),
	),
	Work(
		kind="opportunity",
		doctype=OPPORTUNITY,
		due="next_step_date",
		title=("next_step", "title"),
		people=("opportunity_owner",),
		where={"status": "Open"},
		about=(("name", OPPORTUNITY, "title"),),
		unless_open_talk="opportunity",
		icon="target",
		actions=("postpone", "log"),
	),
	Work(
		kind="task",
		doctype=TASK,
		due="planned_end_date",
		title=("subject",),
		people=("assigned_to",),
		where={"status": ("Open", "Working", "Pending Review", "Blocked")},
		needs_due=False,
		about=(
			("project", PROJECT, "project_name"),
			("opportunity", OPPORTUNITY, "title"),
			("customer", CUSTOMER, "customer_name"),
		),
		priority="priority",
		icon="check-square",
		actions=("done", "postpone"),
	),
	Work(
		kind="milestone",
		doctype=MILESTONE,
		due="planned_date",
		title=("title",),
		people=("milestone_owner",),
		where={"status": ("Planned", "In Progress", "Rejected")},
		needs_due=False,
		about=(("project", PROJECT, "project_name"),),
		icon="milestone",
	),
	Work(
		kind="issue",
		doctype="SPM Issue",
		due="due_date",
		title=("title",),
		people=("issue_owner",),
		where={"status": ("Open", "In Progress")},
		needs_due=False,
		about=(("project", PROJECT, "project_name"), ("opportunity", OPPORTUNITY, "title")),
		icon="circle-alert",
	),
	Work(
		kind="risk",
		doctype="SPM Risk",
		due="review_date",
		title=("title",),
		people=("risk_owner",),
		where={"status": ("Identified", "Assessed", "Treating")},
		about=(("project", PROJECT, "project_name"), ("opportunity", OPPORTUNITY, "title")),
		label="Risk Review",
		icon="triangle-alert",
	),
	Work(
		kind="payment",
		doctype="SPM Payment",
		due="due_date",
		title=("title",),
		people=("account_manager",),
		where={"status": ("Due", "Invoiced", "Partly Paid", "Overdue")},
		about=(("contract", "SPM Contract", "title"), ("customer", CUSTOMER, "customer_name")),
		icon="banknote",
	),
	*(
		Work(
			kind="change",
			doctype="SPM Change Request",
			due="decide_by_date",
			title=("title",),
			people=(person,),
			where={"status": ("Submitted", "Assessed", "Approved"), waits: 1},
			needs_due=False,
			about=(("project", PROJECT, "project_name"),),
			priority="priority",
			icon="git-pull-request",
		)
		for person, waits in (("project_manager", "waits_for_delivery"), ("account_manager", "waits_for_sales"))
	),
)
"""Every kind of work but decisions, which the active workflows tell."""
