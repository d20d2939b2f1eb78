app_name = "sales_crm_pm"
app_title = "Sales CRM PM"
app_publisher = "Sales CRM PM contributors"
app_description = "Customers are won through opportunities, delivered through projects, and come back"
app_email = "sales-crm-pm@example.com"
app_license = "MIT"
app_logo_url = "/assets/sales_crm_pm/images/sales-crm-pm.svg"
app_home = "/desk/sales-crm-pm"

export_python_type_annotations = True
require_type_annotated_api_methods = True

# Apps
# ------------------

add_to_apps_screen = [
	{
		"name": "sales_crm_pm",
		"logo": "/assets/sales_crm_pm/images/sales-crm-pm.svg",
		"title": "Sales CRM PM",
		"route": "/desk/sales-crm-pm",
		"has_permission": "sales_crm_pm.permissions.app.has_app_permission",
	}
]

# Desk and website assets
# ------------------

app_include_js = ["sales_crm_pm.bundle.js"]
app_include_css = ["sales_crm_pm.bundle.css"]
web_include_css = ["sales_crm_pm_web.bundle.css"]

calendars = ["SPM Task", "SPM Milestone", "SPM Project", "SPM Payment", "SPM Allocation", "SPM Absence"]

# Portal
# ------------------

standard_portal_menu_items = [
	{
		"title": "My Projects",
		"route": "/my-projects",
		"reference_doctype": "SPM Project",
		"role": "SPM Customer User",
	}
]
get_website_user_home_page = "sales_crm_pm.portal.home.home_page"
website_route_rules = [
	{"from_route": "/my-projects/<name>", "to_route": "my-project"},
	{"from_route": "/survey/<token>", "to_route": "survey"},
	{"from_route": "/campaign/<code>", "to_route": "campaign"},
	{"from_route": "/quotation/<token>", "to_route": "quotation"},
	{"from_route": "/change/<token>", "to_route": "change"},
	{"from_route": "/mail-unsubscribe/<token>", "to_route": "mail-unsubscribe"},
]
has_website_permission = {
	"SPM Project": "sales_crm_pm.portal.access.has_website_permission",
	"SPM Milestone": "sales_crm_pm.portal.access.has_website_permission",
}

jinja = {
	"methods": [
		"sales_crm_pm.loop.quotation_sheet.quotation_sheet",
		"sales_crm_pm.loop.change_sheet.change_sheet",
	]
}

# Installation
# ------------------

before_install = "sales_crm_pm.setup.install.before_install"
after_install = "sales_crm_pm.setup.install.after_install"
after_migrate = ["sales_crm_pm.setup.install.after_migrate"]
before_uninstall = "sales_crm_pm.setup.uninstall.before_uninstall"
after_uninstall = "sales_crm_pm.setup.uninstall.after_uninstall"

# Records nobody edits. What an admin may edit is seeded once in setup/, because fixtures are
# deleted and inserted again at every migrate.
fixtures = [{"dt": "Role", "filters": [["role_name", "like", "SPM %"]]}]

# Permissions: one declarative rule per record type (permissions/rules.py) serves lists and documents alike
# ------------------

permission_query_conditions = {
	"SPM Customer": "sales_crm_pm.permissions.query.customer",
	"SPM Lead": "sales_crm_pm.permissions.query.lead",
	"SPM Pool Lead": "sales_crm_pm.permissions.query.pool_lead",
	"SPM Lead Move": "sales_crm_pm.permissions.query.lead_move",
	"SPM Absence": "sales_crm_pm.permissions.query.absence",
	"SPM Interaction": "sales_crm_pm.permissions.query.interaction",
	"SPM Opportunity": "sales_crm_pm.permissions.query.opportunity",
	"SPM Quotation": "sales_crm_pm.permissions.query.quotation",
	"SPM Project": "sales_crm_pm.permissions.query.project",
	"SPM Milestone": "sales_crm_pm.permissions.query.milestone",
	"SPM Task": "sales_crm_pm.permissions.query.task",
	"SPM Baseline": "sales_crm_pm.permissions.query.baseline",
	"SPM Baseline Row": "sales_crm_pm.permissions.query.baseline_row",
	"SPM Survey": "sales_crm_pm.permissions.query.survey",
	"SPM Risk": "sales_crm_pm.permissions.query.risk",
	"SPM Issue": "sales_crm_pm.permissions.query.issue",
	"SPM Lesson": "sales_crm_pm.permissions.query.lesson",
	"SPM Risk Assessment": "sales_crm_pm.permissions.query.child",
	"SPM Contract": "sales_crm_pm.permissions.query.contract",
	"SPM Payment": "sales_crm_pm.permissions.query.payment",
	"SPM Timesheet": "sales_crm_pm.permissions.query.timesheet",
	"SPM Timesheet Line": "sales_crm_pm.permissions.timesheets.line",
	"SPM Cost Entry": "sales_crm_pm.permissions.query.cost_entry",
	"SPM Change Request": "sales_crm_pm.permissions.query.change_request",
	"SPM Change Line": "sales_crm_pm.permissions.query.child",
	"SPM Change Approval": "sales_crm_pm.permissions.query.child",
	"SPM Segment": "sales_crm_pm.permissions.query.segment",
	"SPM Sequence": "sales_crm_pm.permissions.query.sequence",
	"SPM Sequence Enrolment": "sales_crm_pm.permissions.query.sequence_enrolment",
	"SPM Sequence Delivery": "sales_crm_pm.permissions.query.sequence_delivery",
	"SPM Sequence Step": "sales_crm_pm.permissions.query.child",
	"SPM Referral": "sales_crm_pm.permissions.query.referral",
	"SPM Segment Member": "sales_crm_pm.permissions.query.segment_member",
	"SPM Lifecycle Log": "sales_crm_pm.permissions.query.lifecycle_log",
	"SPM Tier Change": "sales_crm_pm.permissions.query.tier_change",
	"SPM Forecast Entry": "sales_crm_pm.permissions.query.forecast_entry",
	"SPM Progress Snapshot": "sales_crm_pm.permissions.query.progress_snapshot",
	"SPM Import Run": "sales_crm_pm.permissions.query.import_run",
	"SPM Import Record": "sales_crm_pm.permissions.query.import_record",
	"SPM Merge Log": "sales_crm_pm.permissions.query.merge_log",
	"SPM Merge Log Count": "sales_crm_pm.permissions.query.child",
	"SPM Duplicate Exception": "sales_crm_pm.permissions.query.duplicate_exception",
	"SPM Allocation": "sales_crm_pm.permissions.query.allocation",
	"SPM Person Capacity": "sales_crm_pm.permissions.query.person_capacity",
	"SPM Person Skill": "sales_crm_pm.permissions.query.person_skill",
	"SPM Responsibility": "sales_crm_pm.permissions.query.responsibility",
	"Contact": "sales_crm_pm.permissions.query.contact",
	"Address": "sales_crm_pm.permissions.query.address",
	"SPM Customer Member": "sales_crm_pm.permissions.query.child",
	"SPM Customer Portal User": "sales_crm_pm.permissions.query.child",
	"SPM Opportunity Product": "sales_crm_pm.permissions.query.child",
	"SPM Opportunity Contact": "sales_crm_pm.permissions.query.child",
	"SPM Opportunity Member": "sales_crm_pm.permissions.query.child",
	"SPM Opportunity Competitor": "sales_crm_pm.permissions.query.child",
	"SPM Opportunity Checklist": "sales_crm_pm.permissions.query.child",
	"SPM Opportunity Stage Log": "sales_crm_pm.permissions.query.child",
	"SPM Opportunity Loss Reason": "sales_crm_pm.permissions.query.child",
	"SPM Quotation Item": "sales_crm_pm.permissions.query.child",
	"SPM Quotation Tax": "sales_crm_pm.permissions.query.child",
	"SPM Project Member": "sales_crm_pm.permissions.query.child",
	"SPM Project Contact": "sales_crm_pm.permissions.query.child",
	"SPM Project Phase": "sales_crm_pm.permissions.query.child",
	"SPM Milestone Deliverable": "sales_crm_pm.permissions.query.child",
	"SPM Milestone Criterion": "sales_crm_pm.permissions.query.child",
	"SPM Estimate Line": "sales_crm_pm.permissions.query.child",
	"SPM Task Dependency": "sales_crm_pm.permissions.query.child",
	"SPM Task Checklist Item": "sales_crm_pm.permissions.query.child",
	"SPM Interaction Participant": "sales_crm_pm.permissions.query.child",
	"SPM Interaction Attachment": "sales_crm_pm.permissions.query.child",
	"SPM Contract Line": "sales_crm_pm.permissions.query.child",
	"SPM Contract Project": "sales_crm_pm.permissions.query.child",
	"SPM Contract Obligation": "sales_crm_pm.permissions.query.child",
	"SPM Contract Change": "sales_crm_pm.permissions.query.child",
	"SPM Payment Receipt": "sales_crm_pm.permissions.query.child",
}
has_permission = {
	"SPM Customer": "sales_crm_pm.permissions.document.has_permission",
	"SPM Lead": "sales_crm_pm.permissions.document.has_permission",
	"SPM Pool Lead": "sales_crm_pm.permissions.document.has_permission",
	"SPM Lead Move": "sales_crm_pm.permissions.document.has_permission",
	"SPM Absence": "sales_crm_pm.permissions.document.has_permission",
	"SPM Interaction": "sales_crm_pm.permissions.document.has_permission",
	"SPM Opportunity": "sales_crm_pm.permissions.document.has_permission",
	"SPM Quotation": "sales_crm_pm.permissions.document.has_permission",
	"SPM Project": "sales_crm_pm.permissions.document.has_permission",
	"SPM Milestone": "sales_crm_pm.permissions.document.has_permission",
	"SPM Task": "sales_crm_pm.permissions.document.has_permission",
	"SPM Baseline": "sales_crm_pm.permissions.document.has_permission",
	"SPM Baseline Row": "sales_crm_pm.permissions.document.has_permission",
	"SPM Survey": "sales_crm_pm.permissions.document.has_permission",
	"SPM Risk": "sales_crm_pm.permissions.document.has_permission",
	"SPM Issue": "sales_crm_pm.permissions.document.has_permission",
	"SPM Lesson": "sales_crm_pm.permissions.document.has_permission",
	"SPM Contract": "sales_crm_pm.permissions.document.has_permission",
	"SPM Payment": "sales_crm_pm.permissions.document.has_permission",
	"SPM Timesheet": "sales_crm_pm.permissions.document.has_permission",
	"SPM Cost Entry": "sales_crm_pm.permissions.document.has_permission",
	"SPM Change Request": "sales_crm_pm.permissions.document.has_permission",
	"SPM Segment": "sales_crm_pm.permissions.document.has_permission",
	"SPM Sequence": "sales_crm_pm.permissions.document.has_permission",
	"SPM Sequence Enrolment": "sales_crm_pm.permissions.document.has_permission",
	"SPM Sequence Delivery": "sales_crm_pm.permissions.document.has_permission",
	"SPM Referral": "sales_crm_pm.permissions.document.has_permission",
	"SPM Segment Member": "sales_crm_pm.permissions.document.has_permission",
	"SPM Lifecycle Log": "sales_crm_pm.permissions.document.has_permission",
	"SPM Tier Change": "sales_crm_pm.permissions.document.has_permission",
	"SPM Forecast Entry": "sales_crm_pm.permissions.document.has_permission",
	"SPM Progress Snapshot": "sales_crm_pm.permissions.document.has_permission",
	"SPM Import Run": "sales_crm_pm.permissions.document.has_permission",
	"SPM Import Record": "sales_crm_pm.permissions.document.has_permission",
	"SPM Merge Log": "sales_crm_pm.permissions.document.has_permission",
	"SPM Duplicate Exception": "sales_crm_pm.permissions.document.has_permission",
	"SPM Allocation": "sales_crm_pm.permissions.document.has_permission",
	"SPM Person Capacity": "sales_crm_pm.permissions.document.has_permission",
	"SPM Person Skill": "sales_crm_pm.permissions.document.has_permission",
	"SPM Responsibility": "sales_crm_pm.permissions.document.has_permission",
	"Contact": "sales_crm_pm.permissions.document.has_permission",
	"Address": "sales_crm_pm.permissions.document.has_permission",
}

# The framework answers these without asking for the row
override_whitelisted_methods = {
	"frappe.utils.global_search.search": "sales_crm_pm.insight.search.search",
	"frappe.desk.notifications.get_open_count": "sales_crm_pm.permissions.search.get_open_count",
	"frappe.desk.search.get_link_title": "sales_crm_pm.permissions.search.get_link_title",
}

# Core records
# ------------------

doc_events = {
	"Communication": {"after_insert": "sales_crm_pm.loop.lead_capture.follow_mail"},
	"ToDo": {"after_insert": "sales_crm_pm.loop.lead_pool.follow_assignment"},
	"User": {"on_update": "sales_crm_pm.loop.lead_recycling.leave_people"},
	"Contact": {
		"validate": [
			"sales_crm_pm.loop.buying_centre.check_reporting_line",
			"sales_crm_pm.loop.duplicates.check",
		],
		"on_update": [
			"sales_crm_pm.loop.search_keys.refresh",
			"sales_crm_pm.loop.duplicates.note",
		],
		"after_delete": "sales_crm_pm.loop.search_keys.forget_deleted",
		"after_rename": "sales_crm_pm.loop.search_keys.follow_rename",
	},
	"Email Queue": {"before_insert": "sales_crm_pm.loop.sequences.mail.add_list_unsubscribe"},
	"Version": {"before_insert": "sales_crm_pm.permissions.versions.file_restricted_changes_apart"},
}

# Notes about pairs and merges, which must not keep a record from being deleted
ignore_links_on_delete = ["SPM Duplicate Exception", "SPM Merge Log"]

# Scheduled work
# ------------------

scheduler_events = {
	"cron": {
		"*/5 * * * *": ["sales_crm_pm.loop.lead_response.watch"],
		"30 6 * * *": ["sales_crm_pm.insight.digest.send_digests"],
	},
	"hourly": ["sales_crm_pm.loop.survey.send_due"],
	"daily_long": [
		"sales_crm_pm.loop.lifecycle.fall_asleep",
		"sales_crm_pm.loop.customer_scores.run",
		"sales_crm_pm.loop.visits.run",
		"sales_crm_pm.loop.lead_recycling.recycle_due",
		"sales_crm_pm.loop.lead_recycling.warn_before_recycling",
		"sales_crm_pm.loop.lead_scoring.rescore_all",
	],
	"hourly_long": [
		"sales_crm_pm.loop.sequences.sending.run",
		"sales_crm_pm.importing.runner.resume_interrupted",
	],
	"daily": [
		"sales_crm_pm.loop.forecast.take_due",
		"sales_crm_pm.loop.progress.refresh_dated_figures",
		"sales_crm_pm.loop.snapshots.take_due",
		"sales_crm_pm.loop.customer_figures.refresh_dated_figures",
		"sales_crm_pm.loop.survey.remind_and_expire",
		"sales_crm_pm.loop.segments.refresh_counts",
		"sales_crm_pm.loop.quotation_customer.expire_and_remind",
		"sales_crm_pm.loop.renewal.nightly",
		"sales_crm_pm.loop.referrals.refresh_all",
		"sales_crm_pm.loop.risk_register.remind_due",
		"sales_crm_pm.loop.timesheet_reminder.run",
	],
}

# Search
# ------------------

standard_queries = {
	"SPM Customer": "sales_crm_pm.insight.search.link_query",
	"Contact": "sales_crm_pm.insight.search.link_query",
	"SPM Lead": "sales_crm_pm.insight.search.link_query",
	"SPM Opportunity": "sales_crm_pm.insight.search.link_query",
	"SPM Project": "sales_crm_pm.insight.search.link_query",
}

global_search_doctypes = {
	"Default": [
		{"doctype": "SPM Customer"},
		{"doctype": "SPM Opportunity"},
		{"doctype": "SPM Quotation"},
		{"doctype": "SPM Project"},
		{"doctype": "SPM Lead"},
		{"doctype": "SPM Milestone"},
		{"doctype": "SPM Task"},
		{"doctype": "SPM Contract"},
		{"doctype": "SPM Risk"},
		{"doctype": "SPM Issue"},
		{"doctype": "SPM Lesson"},
		{"doctype": "SPM Change Request"},
	]
}
