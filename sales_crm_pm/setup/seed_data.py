"""The content of a new site, as data."""

WORKFLOW_STATES: dict[str, tuple[str, str]] = {
	"Draft": ("", "edit"),
	"Pending Approval": ("Warning", "time"),
	"In Progress": ("Primary", "play"),
	"On Hold": ("Warning", "pause"),
	"Delivered": ("Info", "gift"),
	"Accepted": ("Success", "ok-sign"),
	"Closed": ("Success", "lock"),
	"Cancelled": ("Danger", "remove"),
	"Planned": ("", "calendar"),
	"Submitted": ("Warning", "share"),
	# Approved and Rejected come with the framework.
}

WORKFLOW_ACTIONS: tuple[str, ...] = (
	"Submit for Approval",
	"Send Back",
	"Start",
	"Put on Hold",
	"Resume",
	"Deliver",
	"Reopen",
	"Record Acceptance",
	"Close",
	"Cancel",
	"Submit for Acceptance",
	"Complete",
	"Accept",
	"Rework",
)

SIMPLE_MASTERS: tuple[tuple[str, str, tuple], ...] = (
	(
		"SPM Source",
		"source_name",
		("Website", "Referral", "Trade Fair", "Cold Call", "Advertisement", "Partner", "Existing Customer", "Import"),
	),
	(
		"SPM Industry",
		"industry_name",
		(
			"Technology",
			"Software",
			"Finance",
			"Manufacturing",
			"Medical",
			"Retail",
			"Telecommunications",
			"Marketing",
			"Entertainment",
			"Services",
			"Employment",
			"Government",
			"Education",
			"Energy",
		),
	),
	("SPM Territory", "territory_name", ("Domestic", "International")),
	(
		"SPM Loss Reason",
		"reason",
		(
			{"reason": "Price Too High", "category": "Price"},
			{"reason": "Product Does Not Fit", "category": "Product"},
			{"reason": "Chose a Competitor", "category": "Competitor"},
			{"reason": "No Budget", "category": "Price"},
			{"reason": "Project Postponed", "category": "Timing"},
			{"reason": "No Decision", "category": "No Decision"},
			{"reason": "Lost Contact", "category": "Relationship"},
			{"reason": "Not Stated", "category": "Other"},
		),
	),
)


def _stage(name, kind, probability, color, forecast="Pipeline", max_days=0, required=(), checklist=()):
	return {
		"stage_name": name,
		"stage_type": kind,
		"probability": probability,
		"color": color,
		"forecast_category": forecast,
		"max_days": max_days,
		"required_fields": [{"fieldname": f, "label": label} for f, label in required],
		"exit_checklist": [{"item": item, "is_mandatory": 1} for item in checklist],
	}


PIPELINES: tuple[tuple[dict, tuple[dict, ...]], ...] = (
	(
		{
			"pipeline_name": "Project Sales",
			"is_default": 1,
			"description": "Long-cycle deals that end in a project: every stage leaves evidence.",
		},
		(
			_stage("First Contact", "Open", 10, "Gray", max_days=14),
			_stage(
				"Requirement Clear",
				"Ongoing",
				25,
				"Light Blue",
				max_days=30,
				required=(("requirement", "Requirement"), ("expected_close_date", "Expected Close")),
				checklist=("Decision maker known", "Budget confirmed"),
			),
			_stage(
				"Solution and Demo", "Ongoing", 40, "Blue", max_days=30, required=(("amount", "Amount"),)
			),
			_stage("Quotation or Tender", "Ongoing", 60, "Cyan", "Best Case", 30),
			_stage("Negotiation", "Ongoing", 80, "Yellow", "Commit", 21),
			_stage(
				"Contract Signed",
				"Won",
				100,
				"Green",
				"Closed",
				required=(("contract_no", "Contract or Order No."), ("contract_signed_date", "Contract Signed On")),
			),
			_stage("Lost", "Lost", 0, "Red", "Omitted"),
			_stage("On Hold", "On Hold", 5, "Orange", "Omitted"),
		),
	),
	(
		{
			"pipeline_name": "Direct Sales",
			"is_default": 0,
			"description": "Short deals without a project and without stage gates; also the home of imported history.",
		},
		(
			_stage("Prospecting", "Open", 10, "Gray", max_days=30),
			_stage("Engaging", "Ongoing", 40, "Blue", "Best Case", 60),
			_stage("Won", "Won", 100, "Green", "Closed"),
			_stage("Lost", "Lost", 0, "Red", "Omitted"),
			_stage("On Hold", "On Hold", 5, "Orange", "Omitted"),
		),
	),
)

PHASES = ("Project Start", "Resource Allocation", "Progress Management", "Delivery")


def _milestone(title, phase, offset, weight, kind="Delivery", criteria="", deliverables=(), survey=0, accept=1, visible=1):
	return {
		"title": title,
		"phase": phase,
		"offset_days": offset,
		"weight": weight,
		"milestone_type": kind,
		"acceptance_criteria": criteria,
		"deliverables": "\n".join(deliverables),
		"survey_on_accept": survey,
		"acceptance_required": accept,
		"visible_to_customer": visible,
	}


def _task(subject, milestone, phase, start, days, hours, weight=1, after="", role="", visible=0):
	return {
		"subject": subject,
		"milestone_title": milestone,
		"phase": phase,
		"start_offset_days": start,
		"duration_days": days,
		"estimate_hours": hours,
		"weight": weight,
		"depends_on": after,
		"project_role": role,
		"visible_to_customer": visible,
	}


PROJECT_TEMPLATES: tuple[dict, ...] = (
	{
		"template_name": "Standard Delivery",
		"is_default": 1,
		"in_working_days": 1,
		"completion_method": "Milestone Weight",
		"description": "Four phases from the kick-off to the acceptance.",
		"phases": [{"phase_name": p} for p in PHASES],
		"milestones": [
			_milestone("Kick-off held", PHASES[0], 3, 1, "Decision", "Minutes signed by both sides", ("Kick-off minutes",)),
			_milestone("Team and plan confirmed", PHASES[1], 8, 1, "Internal", "Every task has an owner and a date", ("Project plan",), accept=0, visible=0),
			_milestone("First version delivered", PHASES[2], 25, 4, "Delivery", "Agreed scope runs in the test environment", ("Release notes", "Test report")),
			_milestone("Final acceptance", PHASES[3], 43, 4, "Delivery", "Acceptance certificate signed", ("Acceptance certificate", "Handbook"), survey=0),
		],
		"tasks": [
			_task("Read the hand-over and clear open questions", "Kick-off held", PHASES[0], 0, 2, 8, role="Project Manager"),
			_task("Hold the kick-off meeting", "Kick-off held", PHASES[0], 2, 2, 6, after="1", role="Project Manager", visible=1),
			_task("Write the plan and name the team", "Team and plan confirmed", PHASES[1], 4, 5, 16, after="2", role="Project Manager"),
			_task("Detailed requirements", "First version delivered", PHASES[2], 9, 4, 40, 2, "3", "Business Analyst", 1),
			_task("Build and configure", "First version delivered", PHASES[2], 13, 10, 120, 4, "4", "Engineer"),
			_task("Internal test", "First version delivered", PHASES[2], 23, 3, 32, 2, "5", "Engineer"),
			_task("Customer test and corrections", "Final acceptance", PHASES[3], 26, 10, 60, 3, "6", "Engineer", 1),
			_task("Training", "Final acceptance", PHASES[3], 34, 4, 24, 1, "7", "Business Analyst", 1),
			_task("Go-live and acceptance", "Final acceptance", PHASES[3], 39, 5, 24, 2, "7,8", "Project Manager", 1),
		],
	},
)

PROJECT_TYPES: tuple[dict, ...] = (
	{"type_name": "Large Deal", "default_template": "Standard Delivery"},
	{"type_name": "Custom Requirement", "default_template": "Standard Delivery"},
	{"type_name": "Long-term Agreement", "default_template": "Standard Delivery"},
)

# One click for the admin: a person gets a profile, not nine check boxes.
ROLE_PROFILES: dict[str, tuple[str, ...]] = {
	"Salesperson (SPM)": ("SPM Sales User",),
	"Sales Director (SPM)": ("SPM Sales User", "SPM Sales Manager"),
	"Project Manager (SPM)": ("SPM Project Manager",),
	"Delivery Member (SPM)": ("SPM Delivery Member",),
	"Customer Service (SPM)": ("SPM Service Agent",),
	"Marketing (SPM)": ("SPM Marketing User",),
	"Executive (SPM)": ("SPM Executive",),
	"Configurator (SPM)": ("SPM Configurator",),
}

EMAIL_TEMPLATES: dict[str, dict] = {
	"SPM Survey Invitation (en)": {
		"subject": "How did we do with {{ project_title }}?",
		"use_html": 1,
		"response_html": "<p>Dear {{ contact_name }},</p>\n"
		"<p>we have delivered <b>{{ project_title }}</b>. Two taps tell us how we did:</p>\n"
		'<p><a href="{{ survey_link }}">Answer now</a></p>\n'
		"<p>The link is valid until {{ expires_on }}. Thank you!</p>\n",
	},
	"SPM Survey Invitation (zh)": {
		"subject": "{{ project_title }} 满意度回访",
		"use_html": 1,
		"response_html": "<p>{{ contact_name }}，您好！</p>\n"
		"<p>项目 <b>{{ project_title }}</b> 已经交付。请用两次点击告诉我们您的感受：</p>\n"
		'<p><a href="{{ survey_link }}">立即评价</a></p>\n'
		"<p>链接有效期至 {{ expires_on }}。感谢您的支持！</p>\n",
	},
}

# Boards of the desk; the column of a deal moves it through the same gates as the form.
KANBAN_BOARDS: dict[str, dict] = {
	"Opportunities (SPM)": {
		"reference_doctype": "SPM Opportunity",
		"field_name": "status",
		"fields": ["customer_name", "amount", "expected_close_date", "next_step"],
		"columns": [("Open", "Blue"), ("On Hold", "Orange"), ("Won", "Green"), ("Lost", "Red")],
	},
	"Tasks (SPM)": {
		"reference_doctype": "SPM Task",
		"field_name": "status",
		"fields": ["project", "planned_end_date", "priority"],
		"columns": [
			("Open", "Gray"),
			("Working", "Blue"),
			("Pending Review", "Purple"),
			("Blocked", "Red"),
			("Completed", "Green"),
			("Cancelled", "Gray"),
		],
	},
}
