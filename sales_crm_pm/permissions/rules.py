"""Who may see and change which records: one declaration per DocType, denied unless a reason is listed.

What a role may do at all (read, create, delete, export …) is in the DocTypes' own permissions, where admins
change it. Here is which ROWS that right reaches. `read` opens a record, `write` lets it be changed; `links`
are the fields whose records must be visible to whoever makes a record or points it elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from sales_crm_pm.permissions.grants import (
	Both,
	Filled,
	Grant,
	HoldsRole,
	Led,
	LinkedTo,
	Listing,
	NamedBy,
	NotLinkedTo,
	OpenTo,
	People,
	Roles,
	Team,
	Through,
	While,
)

SALES_USER = "SPM Sales User"
SALES_MANAGER = "SPM Sales Manager"
PROJECT_MANAGER = "SPM Project Manager"
DELIVERY_MEMBER = "SPM Delivery Member"
SERVICE_AGENT = "SPM Service Agent"
MARKETING_USER = "SPM Marketing User"
EXECUTIVE = "SPM Executive"
CONFIGURATOR = "SPM Configurator"
PORTAL_USER = "SPM Customer User"
SYSTEM_MANAGER = "System Manager"

DESK_ROLES = frozenset(
	{
		SALES_USER,
		SALES_MANAGER,
		PROJECT_MANAGER,
		DELIVERY_MEMBER,
		SERVICE_AGENT,
		MARKETING_USER,
		EXECUTIVE,
		CONFIGURATOR,
	}
)

CUSTOMER, LEAD, OPPORTUNITY = "SPM Customer", "SPM Lead", "SPM Opportunity"
PROJECT, MILESTONE, TASK = "SPM Project", "SPM Milestone", "SPM Task"
CONTRACT, PAYMENT = "SPM Contract", "SPM Payment"
QUOTATION = "SPM Quotation"
RISK, ISSUE = "SPM Risk", "SPM Issue"
TIMESHEET, TIMESHEET_LINE, COST_ENTRY = "SPM Timesheet", "SPM Timesheet Line", "SPM Cost Entry"
CHANGE_REQUEST = "SPM Change Request"


@dataclass(frozen=True)
class Rule:
	"""Rows of one DocType that a right reaches."""

	read: tuple[Grant, ...]
	write: tuple[Grant, ...]
	links: tuple[tuple[str, str], ...] = ()
	"""(link field, DocType it names): must be visible to the person who sets it."""


EVERYONE_ABOVE = Roles(SYSTEM_MANAGER, EXECUTIVE)
ADMINS = Roles(SYSTEM_MANAGER)
ADMINS_ONLY = (ADMINS,)

# The people of a record, without the detours. Rules that reach another record use these and not its whole
# read rule, so that seeing one thing does not spread from record to record without end.
CUSTOMER_TEAM = (
	People("account_manager", "service_owner", "owner"),
	Team(CUSTOMER, "SPM Customer Member"),
)
OPPORTUNITY_TEAM = (
	People("opportunity_owner", "owner"),
	Team(OPPORTUNITY, "SPM Opportunity Member"),
)
PROJECT_TEAM = (People("project_manager", "owner"), Team(PROJECT, "SPM Project Member"))

CUSTOMER_READ = (
	EVERYONE_ABOVE,
	Roles(SALES_MANAGER, SERVICE_AGENT, MARKETING_USER),
	*CUSTOMER_TEAM,
	Led("account_manager"),
	NamedBy(OPPORTUNITY, "customer", (*OPPORTUNITY_TEAM, Led("opportunity_owner"))),
	NamedBy(PROJECT, "customer", PROJECT_TEAM),
)
CUSTOMER_WRITE = (ADMINS, Roles(SALES_MANAGER, SERVICE_AGENT, MARKETING_USER), *CUSTOMER_TEAM)

# A lead in the pool belongs to nobody, not even to the salesperson who once wrote it down: they see its masked
# row (SPM Pool Lead) like everybody else, until somebody claims it.
LEAD_PEOPLE = (People("lead_owner"), Both(People("owner"), Filled("lead_owner")))
LEAD_READ = (
	EVERYONE_ABOVE,
	Roles(SALES_MANAGER, MARKETING_USER),
	*LEAD_PEOPLE,
	Led("lead_owner"),
	# What a customer or deal has grown from is open to those who look after it.
	Through("customer", CUSTOMER, CUSTOMER_TEAM),
	Through("opportunity", OPPORTUNITY, OPPORTUNITY_TEAM),
)
LEAD_WRITE = (ADMINS, Roles(SALES_MANAGER, MARKETING_USER), *LEAD_PEOPLE)

POOL_LEAD = (
	EVERYONE_ABOVE,
	Roles(SALES_MANAGER, MARKETING_USER),
	OpenTo("pool", "SPM Lead Pool Claimer", frozenset({SALES_USER})),
)
LEAD_MOVE = (EVERYONE_ABOVE, People("from_user", "to_user"), Through("lead", LEAD, LEAD_READ))
ABSENCE = (ADMINS, Roles(SALES_MANAGER, PROJECT_MANAGER), People("user", "owner"))

OPPORTUNITY_READ = (
	EVERYONE_ABOVE,
	Roles(SALES_MANAGER),
	*OPPORTUNITY_TEAM,
	Led("opportunity_owner"),
	Through("customer", CUSTOMER, (People("account_manager"),)),
	# By the project's own link: most deals have no project, and an index over mostly empty links is of no use.
	NamedBy(PROJECT, "opportunity", (People("project_manager"),)),
)
OPPORTUNITY_WRITE = (ADMINS, Roles(SALES_MANAGER), *OPPORTUNITY_TEAM)

# A quotation is part of its deal; whoever is asked to approve it sees and decides it while it waits.
QUOTATION_APPROVERS = (
	HoldsRole("approver_role", "status", ("Pending Approval",)),
	While("status", ("Pending Approval",), frozenset({EXECUTIVE})),
)
QUOTATION_READ = (Through("opportunity", OPPORTUNITY, OPPORTUNITY_READ), *QUOTATION_APPROVERS)
QUOTATION_WRITE = (Through("opportunity", OPPORTUNITY, OPPORTUNITY_WRITE), *QUOTATION_APPROVERS)

PROJECT_READ = (
	EVERYONE_ABOVE,
	Roles(SALES_MANAGER, SERVICE_AGENT),
	*PROJECT_TEAM,
	People("account_manager"),
	Through("customer", CUSTOMER, (People("account_manager"),)),
	Through("opportunity", OPPORTUNITY, (People("opportunity_owner"),)),
)
PROJECT_RUNNERS = (ADMINS, *PROJECT_TEAM)
PROJECT_WRITE = (
	*PROJECT_RUNNERS,
	# Approval is decided by people outside the project.
	While("status", ("Pending Approval",), frozenset({SALES_MANAGER, EXECUTIVE})),
)

MILESTONE_READ = (
	EVERYONE_ABOVE,
	Roles(SALES_MANAGER, SERVICE_AGENT),
	People("milestone_owner", "accountable"),
	Through("project", PROJECT, PROJECT_READ),
)
# Whoever runs the project writes its milestones; a delivery member only those they own.
MILESTONE_WRITE = (
	ADMINS,
	People("milestone_owner"),
	Through("project", PROJECT, PROJECT_RUNNERS, roles=frozenset({PROJECT_MANAGER})),
)

TASK_READ = (
	EVERYONE_ABOVE,
	People("assigned_to", "owner", "accountable"),
	Through("project", PROJECT, PROJECT_READ),
	Through("opportunity", OPPORTUNITY, OPPORTUNITY_READ),
	# A visit or call that hangs on the customer alone.
	Through("customer", CUSTOMER, CUSTOMER_READ, unless=("project", "opportunity")),
)
TASK_WRITE = (
	ADMINS,
	People("assigned_to", "owner"),
	Through("project", PROJECT, PROJECT_RUNNERS, roles=frozenset({PROJECT_MANAGER})),
	# Sales runs the tasks of a bid; once there is a project, delivery runs them.
	Through(
		"opportunity",
		OPPORTUNITY,
		OPPORTUNITY_WRITE,
		roles=frozenset({SALES_USER, SALES_MANAGER}),
		unless=("project",),
	),
	Through(
		"customer",
		CUSTOMER,
		(Roles(SALES_MANAGER, SERVICE_AGENT), *CUSTOMER_TEAM),
		roles=frozenset({SALES_USER, SALES_MANAGER, SERVICE_AGENT}),
		unless=("project", "opportunity"),
	),
)

# A baseline is what was agreed about a project: whoever sees the project sees it, nobody changes it.
BASELINE_READ = (EVERYONE_ABOVE, Through("project", PROJECT, PROJECT_READ))
# A week of hours is open to its person, to whoever approves it and to the managers of the projects in it; which of
# its lines those see is in permissions/timesheets.py.
MANAGES_A_PROJECT_IN_IT = Listing(TIMESHEET, TIMESHEET_LINE, "project", PROJECT, (People("project_manager"),))
TIMESHEET_READ = (EVERYONE_ABOVE, People("user", "approver"), MANAGES_A_PROJECT_IN_IT)
TIMESHEET_WRITE = (
	ADMINS,
	People("user"),
	While("status", ("Submitted", "Approved"), frozenset({EXECUTIVE})),
	Both(While("status", ("Submitted",), DESK_ROLES), People("approver")),
	Both(While("status", ("Submitted",), frozenset({PROJECT_MANAGER})), MANAGES_A_PROJECT_IN_IT),
)
# What a project costs is for whoever manages it. Others whose role an admin gives the record type see their own.
COST_ENTRY_GRANTS = (
	EVERYONE_ABOVE,
	People("owner"),
	Through("project", PROJECT, (People("project_manager"),)),
)

# A risk or issue is as open as what it threatens; whoever owns it sees and keeps it.
RISK_READ = (
	EVERYONE_ABOVE,
	People("risk_owner", "owner"),
	Through("project", PROJECT, PROJECT_READ),
	# Once there is a project, the project decides who sees what threatens it.
	Through("opportunity", OPPORTUNITY, OPPORTUNITY_READ, unless=("project",)),
)
RISK_WRITE = (
	ADMINS,
	People("risk_owner", "owner"),
	Through("project", PROJECT, PROJECT_RUNNERS, roles=frozenset({PROJECT_MANAGER})),
	# Sales runs the risks of a bid; once there is a project, delivery runs them.
	Through(
		"opportunity",
		OPPORTUNITY,
		OPPORTUNITY_WRITE,
		roles=frozenset({SALES_USER, SALES_MANAGER}),
		unless=("project",),
	),
)
ISSUE_READ = (People("issue_owner", "owner"), *(g for g in RISK_READ if not isinstance(g, People)))
ISSUE_WRITE = (People("issue_owner", "owner"), *(g for g in RISK_WRITE if not isinstance(g, People)))
# What was learned is for everybody who plans a project, whoever's project it was.
LESSON_READ = (
	EVERYONE_ABOVE,
	Roles(PROJECT_MANAGER, DELIVERY_MEMBER, SALES_MANAGER),
	People("owner"),
	Through("project", PROJECT, PROJECT_READ),
)
LESSON_WRITE = (
	ADMINS,
	People("owner"),
	Through("project", PROJECT, PROJECT_RUNNERS, roles=frozenset({PROJECT_MANAGER})),
)

SEGMENT_READ = (
	EVERYONE_ABOVE,
	Roles(SALES_MANAGER, MARKETING_USER),
	People("owner"),
	While("visibility", ("Everyone",), DESK_ROLES),
)
SEGMENT_WRITE = (ADMINS, Roles(SALES_MANAGER, MARKETING_USER), People("owner"))
SEQUENCE_READ = SEGMENT_READ
SEQUENCE_WRITE = SEGMENT_WRITE
# Who gets what is as visible as the customer; who looks after the customer may end it.
ENROLMENT_READ = (
	EVERYONE_ABOVE,
	Roles(SALES_MANAGER, MARKETING_USER),
	Through("customer", CUSTOMER, CUSTOMER_READ),
)
ENROLMENT_WRITE = (
	ADMINS,
	Roles(SALES_MANAGER, MARKETING_USER),
	Through("customer", CUSTOMER, CUSTOMER_TEAM),
)
REFERRAL_READ = (
	EVERYONE_ABOVE,
	Roles(SALES_MANAGER, MARKETING_USER),
	People("owner", "referral_owner"),
	Through("referring_customer", CUSTOMER, CUSTOMER_READ),
	Through("customer", CUSTOMER, CUSTOMER_TEAM),
)
REFERRAL_WRITE = (
	ADMINS,
	Roles(SALES_MANAGER, MARKETING_USER),
	People("owner", "referral_owner"),
	Through("referring_customer", CUSTOMER, CUSTOMER_TEAM),
)
SEGMENT_MEMBER = (EVERYONE_ABOVE, Through("customer", CUSTOMER, CUSTOMER_READ))

INTERACTION_READ = (
	EVERYONE_ABOVE,
	# Whoever took part or has to follow up.
	People("owner", "follow_up_by"),
	Team("SPM Interaction", "SPM Interaction Participant", "participants"),
	# What was said about a deal or a project is as secret as that deal or project.
	Through("customer", CUSTOMER, CUSTOMER_READ, unless=("opportunity", "project")),
	Through("lead", LEAD, LEAD_READ, unless=("opportunity", "project")),
	Through("opportunity", OPPORTUNITY, OPPORTUNITY_READ),
	Through("project", PROJECT, PROJECT_READ),
)
INTERACTION_WRITE = (ADMINS, Roles(SALES_MANAGER), People("owner"))

SURVEY_READ = (EVERYONE_ABOVE, Roles(SERVICE_AGENT), Through("customer", CUSTOMER, CUSTOMER_READ))
SURVEY_WRITE = (ADMINS, Roles(SERVICE_AGENT))

# Whoever sees the deal sees its contract. Who runs a project sees what pays for it, but changes nothing there.
CONTRACT_READ = (
	EVERYONE_ABOVE,
	Roles(SALES_MANAGER),
	People("contract_owner", "owner"),
	Through("opportunity", OPPORTUNITY, OPPORTUNITY_READ),
	Through("customer", CUSTOMER, (People("account_manager"),)),
	Listing(CONTRACT, "SPM Contract Project", "project", PROJECT, (People("project_manager"),)),
)
CONTRACT_WRITE = (
	ADMINS,
	Roles(SALES_MANAGER),
	People("contract_owner", "owner"),
	Through("opportunity", OPPORTUNITY, OPPORTUNITY_TEAM),
	Through("customer", CUSTOMER, (People("account_manager"),)),
)
# Other members of a project see its payments when an admin gives their role the record type.
PAYMENT_READ = (
	EVERYONE_ABOVE,
	Roles(SALES_MANAGER),
	Through("contract", CONTRACT, CONTRACT_READ),
	Through("project", PROJECT, PROJECT_TEAM),
	Through(
		"contract",
		CONTRACT,
		(Listing(CONTRACT, "SPM Contract Project", "project", PROJECT, PROJECT_TEAM),),
	),
)
PAYMENT_WRITE = (ADMINS, Roles(SALES_MANAGER), Through("contract", CONTRACT, CONTRACT_WRITE))
# A change request concerns both halves: who runs the project and who answers for the deal both write it; who
# only asks for a change writes while it is a draft.
CHANGE_READ = (
	EVERYONE_ABOVE,
	Roles(SALES_MANAGER, SERVICE_AGENT),
	People("owner", "requested_user"),
	Through("project", PROJECT, PROJECT_READ),
)
CHANGE_WRITE = (
	ADMINS,
	Roles(SALES_MANAGER),
	Both(People("owner"), While("status", ("Draft",), DESK_ROLES)),
	Through("project", PROJECT, PROJECT_RUNNERS, roles=frozenset({PROJECT_MANAGER})),
	Through("project", PROJECT, (People("account_manager"),), roles=frozenset({SALES_USER})),
	Through("opportunity", OPPORTUNITY, OPPORTUNITY_TEAM, roles=frozenset({SALES_USER})),
	# Management agrees or refuses from outside the project.
	While("status", ("Assessed", "Approved"), frozenset({EXECUTIVE})),
)
# Lifecycle and tier moves: written by rules only, read by whoever may read the customer.
CUSTOMER_HISTORY_READ = (EVERYONE_ABOVE, Through("customer", CUSTOMER, CUSTOMER_READ))

IMPORT_RUN = (ADMINS, People("owner"))
IMPORT_RECORD = (ADMINS, Through("import_run", "SPM Import Run", (People("owner"),)))

# Who plans people has to see what everybody is booked for. A member sees the own bookings and those of the own
# projects, a salesperson what is planned for the own deals until there is a project.
ALLOCATION_READ = (
	EVERYONE_ABOVE,
	Roles(SALES_MANAGER, PROJECT_MANAGER),
	People("user"),
	Through("project", PROJECT, PROJECT_TEAM),
	Through("opportunity", OPPORTUNITY, OPPORTUNITY_TEAM, unless=("project",)),
)
ALLOCATION_WRITE = (
	ADMINS,
	Roles(SALES_MANAGER),
	Through("project", PROJECT, PROJECT_RUNNERS, roles=frozenset({PROJECT_MANAGER})),
	Through(
		"opportunity",
		OPPORTUNITY,
		OPPORTUNITY_WRITE,
		roles=frozenset({SALES_USER, SALES_MANAGER, PROJECT_MANAGER}),
		unless=("project",),
	),
)
PEOPLE_READ = (EVERYONE_ABOVE, Roles(SALES_MANAGER, PROJECT_MANAGER), People("user"))
PEOPLE_WRITE = (ADMINS, Roles(SALES_MANAGER, PROJECT_MANAGER))
RESPONSIBILITY_READ = (
	EVERYONE_ABOVE,
	Roles(SALES_MANAGER, SERVICE_AGENT),
	Through("project", PROJECT, PROJECT_READ),
)
RESPONSIBILITY_WRITE = (
	ADMINS,
	Through("project", PROJECT, PROJECT_RUNNERS, roles=frozenset({PROJECT_MANAGER})),
)

# A log of a merge holds whole records, so it is for those who see all customers and for whoever did it.
MERGE_LOG_READ = (EVERYONE_ABOVE, Roles(SALES_MANAGER, MARKETING_USER), People("owner"))


def core_party(doctype: str) -> Rule:
	"""Rule for core's Contact or Address, for people with a role of ours (others keep core's behaviour)."""
	grants = (
		EVERYONE_ABOVE,
		LinkedTo(doctype, CUSTOMER, CUSTOMER_READ),
		LinkedTo(doctype, LEAD, LEAD_READ),
		NotLinkedTo(doctype, (CUSTOMER, LEAD)),
	)
	return Rule(read=grants, write=grants)


RULES: dict[str, Rule] = {
	CUSTOMER: Rule(CUSTOMER_READ, CUSTOMER_WRITE, links=(("parent_customer", CUSTOMER),)),
	LEAD: Rule(LEAD_READ, LEAD_WRITE),
	"SPM Pool Lead": Rule(POOL_LEAD, ADMINS_ONLY),
	"SPM Lead Move": Rule(LEAD_MOVE, ADMINS_ONLY, links=(("lead", LEAD),)),
	"SPM Absence": Rule((EVERYONE_ABOVE, *ABSENCE), ABSENCE),
	OPPORTUNITY: Rule(
		OPPORTUNITY_READ,
		OPPORTUNITY_WRITE,
		links=(("customer", CUSTOMER), ("project", PROJECT), ("previous_opportunity", OPPORTUNITY)),
	),
	QUOTATION: Rule(QUOTATION_READ, QUOTATION_WRITE, links=(("opportunity", OPPORTUNITY),)),
	PROJECT: Rule(
		PROJECT_READ,
		PROJECT_WRITE,
		links=(("customer", CUSTOMER), ("opportunity", OPPORTUNITY), ("parent_project", PROJECT)),
	),
	MILESTONE: Rule(MILESTONE_READ, MILESTONE_WRITE, links=(("project", PROJECT),)),
	TASK: Rule(
		TASK_READ,
		TASK_WRITE,
		links=(
			("project", PROJECT),
			("opportunity", OPPORTUNITY),
			("customer", CUSTOMER),
			("risk", RISK),
			("issue", ISSUE),
		),
	),
	RISK: Rule(
		RISK_READ,
		RISK_WRITE,
		links=(("project", PROJECT), ("opportunity", OPPORTUNITY)),
	),
	ISSUE: Rule(
		ISSUE_READ,
		ISSUE_WRITE,
		links=(("project", PROJECT), ("opportunity", OPPORTUNITY)),
	),
	"SPM Lesson": Rule(
		LESSON_READ,
		LESSON_WRITE,
		links=(("project", PROJECT), ("from_risk", RISK), ("from_issue", ISSUE)),
	),
	"SPM Baseline": Rule(BASELINE_READ, ADMINS_ONLY, links=(("project", PROJECT),)),
	"SPM Baseline Row": Rule(BASELINE_READ, ADMINS_ONLY, links=(("project", PROJECT),)),
	"SPM Interaction": Rule(
		INTERACTION_READ,
		INTERACTION_WRITE,
		links=(
			("customer", CUSTOMER),
			("lead", LEAD),
			("opportunity", OPPORTUNITY),
			("project", PROJECT),
		),
	),
	"SPM Survey": Rule(SURVEY_READ, SURVEY_WRITE, links=(("customer", CUSTOMER),)),
	CONTRACT: Rule(
		CONTRACT_READ,
		CONTRACT_WRITE,
		links=(("customer", CUSTOMER), ("opportunity", OPPORTUNITY), ("previous_contract", CONTRACT)),
	),
	PAYMENT: Rule(
		PAYMENT_READ,
		PAYMENT_WRITE,
		links=(("contract", CONTRACT), ("project", PROJECT), ("milestone", MILESTONE)),
	),
	TIMESHEET: Rule(TIMESHEET_READ, TIMESHEET_WRITE),
	COST_ENTRY: Rule(
		COST_ENTRY_GRANTS,
		COST_ENTRY_GRANTS,
		links=(("project", PROJECT), ("task", TASK), ("milestone", MILESTONE), ("commitment", COST_ENTRY)),
	),
	CHANGE_REQUEST: Rule(CHANGE_READ, CHANGE_WRITE, links=(("project", PROJECT), ("contract", CONTRACT))),
	"SPM Sequence": Rule(SEQUENCE_READ, SEQUENCE_WRITE),
	"SPM Sequence Enrolment": Rule(ENROLMENT_READ, ENROLMENT_WRITE),
	"SPM Sequence Delivery": Rule(ENROLMENT_READ, (ADMINS,)),
	"SPM Referral": Rule(
		REFERRAL_READ,
		REFERRAL_WRITE,
		links=(
			("referring_customer", CUSTOMER),
			("customer", CUSTOMER),
			("lead", LEAD),
			("opportunity", OPPORTUNITY),
		),
	),
	"SPM Segment": Rule(SEGMENT_READ, SEGMENT_WRITE),
	"SPM Segment Member": Rule(SEGMENT_MEMBER, (ADMINS,), links=(("customer", CUSTOMER),)),
	"SPM Lifecycle Log": Rule(CUSTOMER_HISTORY_READ, (ADMINS,), links=(("customer", CUSTOMER),)),
	"SPM Tier Change": Rule(CUSTOMER_HISTORY_READ, (ADMINS,), links=(("customer", CUSTOMER),)),
	"SPM Forecast Entry": Rule(
		(EVERYONE_ABOVE, Through("opportunity", OPPORTUNITY, OPPORTUNITY_READ)), (ADMINS,)
	),
	# How a project stood on a day is as secret as the project; only jobs write it.
	"SPM Progress Snapshot": Rule((EVERYONE_ABOVE, Through("project", PROJECT, PROJECT_READ)), ADMINS_ONLY),
	"SPM Import Run": Rule(IMPORT_RUN, IMPORT_RUN),
	"SPM Import Record": Rule(IMPORT_RECORD, IMPORT_RECORD),
	"SPM Merge Log": Rule(MERGE_LOG_READ, (ADMINS,)),
	"SPM Duplicate Exception": Rule(MERGE_LOG_READ, (ADMINS, Roles(SALES_MANAGER), People("owner"))),
	"SPM Allocation": Rule(
		ALLOCATION_READ, ALLOCATION_WRITE, links=(("project", PROJECT), ("opportunity", OPPORTUNITY))
	),
	"SPM Person Capacity": Rule(PEOPLE_READ, PEOPLE_WRITE),
	"SPM Person Skill": Rule(PEOPLE_READ, (*PEOPLE_WRITE, People("user"))),
	"SPM Responsibility": Rule(
		RESPONSIBILITY_READ, RESPONSIBILITY_WRITE, links=(("project", PROJECT), ("milestone", MILESTONE))
	),
	"Contact": core_party("Contact"),
	"Address": core_party("Address"),
}
"""The rule of every DocType with rows to tell apart. Masters have none: their roles decide alone."""

CHILD_TABLES: dict[str, tuple[str, ...]] = {
	"SPM Merge Log Count": ("SPM Merge Log",),
	"SPM Sequence Step": ("SPM Sequence",),
	"SPM Customer Member": (CUSTOMER,),
	"SPM Customer Portal User": (CUSTOMER,),
	"SPM Opportunity Product": (OPPORTUNITY,),
	"SPM Opportunity Contact": (OPPORTUNITY,),
	"SPM Opportunity Member": (OPPORTUNITY,),
	"SPM Opportunity Competitor": (OPPORTUNITY,),
	"SPM Opportunity Checklist": (OPPORTUNITY,),
	"SPM Opportunity Stage Log": (OPPORTUNITY,),
	"SPM Opportunity Loss Reason": (OPPORTUNITY,),
	"SPM Quotation Item": (QUOTATION,),
	"SPM Quotation Tax": (QUOTATION,),
	"SPM Project Member": (PROJECT,),
	"SPM Project Contact": (PROJECT,),
	"SPM Project Phase": (PROJECT,),
	"SPM Estimate Line": (PROJECT,),
	"SPM Milestone Deliverable": (MILESTONE,),
	"SPM Milestone Criterion": (MILESTONE,),
	"SPM Task Dependency": (TASK,),
	"SPM Task Checklist Item": (TASK,),
	"SPM Risk Assessment": (RISK,),
	"SPM Interaction Participant": ("SPM Interaction",),
	"SPM Interaction Attachment": ("SPM Interaction",),
	"SPM Contract Line": (CONTRACT,),
	"SPM Contract Project": (CONTRACT,),
	"SPM Contract Obligation": (CONTRACT,),
	"SPM Contract Change": (CONTRACT,),
	"SPM Payment Receipt": (PAYMENT,),
	"SPM Change Line": (CHANGE_REQUEST,),
	"SPM Change Approval": (CHANGE_REQUEST,),
}
"""Child tables whose rows are as secret as their parents."""

CORE_DOCTYPES = frozenset({"Contact", "Address"})
