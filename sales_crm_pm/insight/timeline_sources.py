"""What a timeline is made of: one entry per kind of event. A new record type joins by adding its entry here.

An entry names the table, its date and its words; insight/timeline.py does the rest: the slice of a customer,
a deal, a project, a lead or a contact, permissions, paging, counting, searching and the index that keeps all
this fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CUSTOMER, LEAD, OPPORTUNITY = "SPM Customer", "SPM Lead", "SPM Opportunity"
PROJECT, MILESTONE, TASK = "SPM Project", "SPM Milestone", "SPM Task"
CONTACT = "Contact"


@dataclass(frozen=True)
class Source:
	"""One kind of event.

	The columns are those of `doctype`, or of its child table when `child` is given; then each row of the
	child is an event of its parent, and `about` tells which parent.
	"""

	kind: str
	"""Short word for filters and links; several entries may share one."""
	doctype: str
	"""Record that a row opens; its permission rule decides who sees the row."""
	on: str
	"""Date or datetime column; rows without a date have not happened and are left out."""
	title: str
	"""Column shown first: what happened."""
	links: Mapping[str, str]
	"""Record type whose timeline shows the event → column of `doctype` that names it ("name": itself)."""
	text: str = ""
	"""Column shown below the title; may hold HTML."""
	user: str = "owner"
	"""Column with the person who did it."""
	where: Mapping[str, Any] = field(default_factory=dict)
	"""Further conditions: column → value, or a tuple of values."""
	child: str = ""
	"""Child table of `doctype` that holds the events."""
	about: str = ""
	"""Column of `doctype` with its title, for events that do not carry it themselves."""
	participants: tuple[str, str] = ()
	"""(child table, column) that names the contacts of a record beside its own column."""
	title_of: tuple[str, str] = ()
	"""(master, its column with the words), where `title` holds the name of a master."""
	title_is_word: bool = False
	"""Whether the title is one of a few words that are translated (options of a Select, seeded masters)."""
	title_pattern: str = "{0}"
	"""How the title is written out, as in "{0} / 5"."""
	label: str = ""
	"""Heading of the kind, in English; the record type's own label when empty."""
	icon: str = "file"
	"""Icon of the desk."""
	color: str = "gray"
	"""Colour of the icon: green, blue, orange, red, purple, gray …"""


SOURCES: tuple[Source, ...] = (
	Source(
		kind="interaction",
		doctype="SPM Interaction",
		on="happened_on",
		title="subject",
		text="content",
		links={
			CUSTOMER: "customer",
			OPPORTUNITY: "opportunity",
			PROJECT: "project",
			LEAD: "lead",
			CONTACT: "contact",
		},
		participants=("SPM Interaction Participant", "contact"),
		icon="message",
		color="blue",
	),
	Source(
		kind="stage",
		doctype=OPPORTUNITY,
		child="SPM Opportunity Stage Log",
		on="entered_on",
		title="to_stage",
		title_of=("SPM Stage", "stage_name"),
		title_is_word=True,
		text="reason",
		user="changed_by",
		about="title",
		links={CUSTOMER: "customer", OPPORTUNITY: "name", PROJECT: "project", LEAD: "lead"},
		label="Stage",
		icon="arrow-right",
		color="purple",
	),
	Source(
		kind="milestone",
		doctype=MILESTONE,
		on="accepted_on",
		title="title",
		text="acceptance_criteria",
		user="milestone_owner",
		links={CUSTOMER: "customer", PROJECT: "project"},
		icon="milestone",
		color="green",
	),
	Source(
		kind="task",
		doctype=TASK,
		on="completed_on",
		title="subject",
		user="completed_by",
		links={CUSTOMER: "customer", PROJECT: "project", OPPORTUNITY: "opportunity"},
		icon="check",
		color="green",
	),
	Source(
		kind="project",
		doctype=PROJECT,
		on="creation",
		title="project_name",
		text="scope",
		links={CUSTOMER: "customer", OPPORTUNITY: "opportunity", PROJECT: "name"},
		icon="folder-normal",
		color="blue",
	),
	Source(
		kind="risk",
		doctype="SPM Risk",
		on="identified_on",
		title="title",
		text="description",
		links={CUSTOMER: "customer", PROJECT: "project", OPPORTUNITY: "opportunity"},
		icon="triangle-alert",
		color="orange",
	),
	Source(
		kind="issue",
		doctype="SPM Issue",
		on="raised_on",
		title="title",
		text="description",
		user="raised_by",
		links={CUSTOMER: "customer", PROJECT: "project", OPPORTUNITY: "opportunity"},
		icon="circle-alert",
		color="red",
	),
	Source(
		kind="issue_solved",
		doctype="SPM Issue",
		on="resolved_on",
		title="title",
		text="resolution",
		user="resolved_by",
		links={CUSTOMER: "customer", PROJECT: "project", OPPORTUNITY: "opportunity"},
		label="Issue Solved",
		icon="check",
		color="green",
	),
	Source(
		kind="lifecycle",
		doctype="SPM Lifecycle Log",
		on="moved_on",
		title="to_stage",
		title_is_word=True,
		text="reason",
		user="moved_by",
		links={CUSTOMER: "customer"},
		icon="milestone",
		color="blue",
	),
	Source(
		kind="tier",
		doctype="SPM Tier Change",
		on="changed_on",
		title="to_tier",
		text="reason",
		user="changed_by",
		links={CUSTOMER: "customer"},
		icon="star",
		color="orange",
	),
	Source(
		kind="survey",
		doctype="SPM Survey",
		on="answered_on",
		title="csat",
		title_pattern="{0} / 5",
		text="comment",
		user="",
		links={CUSTOMER: "customer", PROJECT: "project", OPPORTUNITY: "opportunity", CONTACT: "contact"},
		icon="star",
		color="orange",
	),
	Source(
		kind="lead",
		doctype=LEAD,
		on="creation",
		title="lead_name",
		text="need",
		links={CUSTOMER: "customer", OPPORTUNITY: "opportunity", LEAD: "name", CONTACT: "contact"},
		icon="funnel",
		color="orange",
	),
	Source(
		kind="lead_move",
		doctype="SPM Lead Move",
		on="moved_on",
		title="action",
		title_is_word=True,
		text="reason",
		user="moved_by",
		links={CUSTOMER: "customer", OPPORTUNITY: "opportunity", LEAD: "lead"},
		icon="users",
		color="purple",
	),
	Source(
		kind="quotation_sent",
		doctype="SPM Quotation",
		on="sent_on",
		title="title",
		text="sent_to",
		user="salesperson",
		links={CUSTOMER: "customer", OPPORTUNITY: "opportunity", CONTACT: "contact"},
		label="Quotation Sent",
		icon="mail",
		color="blue",
	),
	Source(
		kind="quotation_accepted",
		doctype="SPM Quotation",
		on="accepted_on",
		title="title",
		text="accepted_by",
		user="",
		links={CUSTOMER: "customer", OPPORTUNITY: "opportunity", CONTACT: "contact"},
		label="Quotation Accepted",
		icon="check",
		color="green",
	),
	Source(
		kind="quotation_declined",
		doctype="SPM Quotation",
		on="rejected_on",
		title="title",
		text="reject_reason",
		user="",
		links={CUSTOMER: "customer", OPPORTUNITY: "opportunity", CONTACT: "contact"},
		label="Quotation Declined",
		icon="close",
		color="red",
	),
	Source(
		kind="contract",
		doctype="SPM Contract",
		on="signed_date",
		title="title",
		text="contract_no",
		user="contract_owner",
		where={"status": ("Active", "Expired", "Terminated")},
		links={CUSTOMER: "customer", OPPORTUNITY: "opportunity"},
		icon="file",
		color="green",
	),
	Source(
		kind="contract",
		doctype="SPM Contract",
		child="SPM Contract Change",
		on="changed_on",
		title="reason",
		user="changed_by",
		about="title",
		links={CUSTOMER: "customer", OPPORTUNITY: "opportunity"},
		icon="file",
		color="orange",
	),
	Source(
		kind="payment",
		doctype="SPM Payment",
		child="SPM Payment Receipt",
		on="received_date",
		title="reference",
		text="note",
		about="title",
		links={CUSTOMER: "customer", OPPORTUNITY: "opportunity", PROJECT: "project"},
		label="Money Received",
		icon="income",
		color="green",
	),
	Source(
		kind="change",
		doctype="SPM Change Request",
		on="submitted_on",
		title="title",
		text="description",
		links={CUSTOMER: "customer", OPPORTUNITY: "opportunity", PROJECT: "project"},
		label="Change Requested",
		icon="edit",
		color="orange",
	),
	Source(
		kind="change_done",
		doctype="SPM Change Request",
		on="implemented_on",
		title="title",
		text="impacted_milestones",
		user="implemented_by",
		links={CUSTOMER: "customer", OPPORTUNITY: "opportunity", PROJECT: "project"},
		label="Change Carried Out",
		icon="check",
		color="green",
	),
)
"""Every kind of event but remarks and mails, which hang on records instead of naming a customer."""

REMARKED: Mapping[str, Mapping[str, str]] = {
	CUSTOMER: {CUSTOMER: "name"},
	OPPORTUNITY: {CUSTOMER: "customer", OPPORTUNITY: "name", PROJECT: "project", LEAD: "lead"},
	PROJECT: {CUSTOMER: "customer", PROJECT: "name", OPPORTUNITY: "opportunity"},
	MILESTONE: {CUSTOMER: "customer", PROJECT: "project"},
	TASK: {CUSTOMER: "customer", PROJECT: "project", OPPORTUNITY: "opportunity"},
	LEAD: {CUSTOMER: "customer", OPPORTUNITY: "opportunity", LEAD: "name"},
	"SPM Contract": {CUSTOMER: "customer", OPPORTUNITY: "opportunity"},
	"SPM Quotation": {CUSTOMER: "customer", OPPORTUNITY: "opportunity"},
	"SPM Change Request": {CUSTOMER: "customer", OPPORTUNITY: "opportunity", PROJECT: "project"},
}
"""Record types whose comments and mails belong into a timeline, with the columns that say into which.

Talks are not among them: a customer has thousands, and what is said about a talk stands on the talk.
"""
