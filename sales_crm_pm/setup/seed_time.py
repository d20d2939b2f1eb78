"""What entering hours starts with: activities, flow words, the words of the reminder, defaults of the settings."""

import frappe
from frappe.query_builder import DocType

WORKFLOW_ACTIONS: tuple[str, ...] = ("Submit Hours", "Correct", "Take Back")

ACTIVITIES: tuple[dict, ...] = (
	{"activity_name": "Analysis", "is_billable": 1},
	{"activity_name": "Design", "is_billable": 1},
	{"activity_name": "Implementation", "is_billable": 1},
	{"activity_name": "Testing", "is_billable": 1},
	{"activity_name": "Training", "is_billable": 1},
	{"activity_name": "Installation on Site", "is_billable": 1},
	{"activity_name": "Project Management", "is_billable": 1},
	{"activity_name": "Travel Time", "is_billable": 0},
	{"activity_name": "Pre-sales Support", "is_billable": 0},
	{"activity_name": "Internal", "is_billable": 0},
)

EMAIL_TEMPLATES = {
	"SPM Missing Timesheet": {
		"subject": "Your hours of the week of {{ week }} are missing",
		"response_html": (
			"<p>Good morning {{ first_name }},</p>"
			"<p>for the week of {{ week }} there are {{ entered }} of {{ expected }} hours"
			"{% if entered %}, and they are not submitted yet{% endif %}.</p>"
			'<p><a href="{{ url }}">Enter my hours</a></p>'
		),
		"use_html": 1,
	},
	"SPM Missing Timesheet (zh)": {
		"subject": "{{ week }} 这一周的工时尚未提交",
		"response_html": (
			"<p>{{ first_name }}，早上好：</p>"
			"<p>{{ week }} 这一周已填 {{ entered }} 小时，应填 {{ expected }} 小时"
			"{% if entered %}，且尚未提交{% endif %}。</p>"
			'<p><a href="{{ url }}">填写我的工时</a></p>'
		),
		"use_html": 1,
	},
}
SETTINGS = (
	"timesheet_week_starts_on",
	"timesheet_future_days",
	"timesheet_hours_per_day",
	"timesheet_reminder",
	"timesheet_reminder_day",
)


def seed() -> None:
	"""Insert what is missing; what an admin changed or emptied stays."""
	if not frappe.db.count("SPM Activity Type"):
		for row in ACTIVITIES:
			frappe.get_doc({"doctype": "SPM Activity Type", **row}).insert(ignore_permissions=True)
	for name, template in EMAIL_TEMPLATES.items():
		if not frappe.db.exists("Email Template", name):
			doc = frappe.get_doc({"doctype": "Email Template", **template})
			# This type is named by the person who makes it.
			doc.name = name
			doc.insert(ignore_permissions=True)
	_seed_settings()


def _seed_settings() -> None:
	singles = DocType("Singles")
	known = set(
		frappe.qb.from_(singles)
		.select(singles.field)
		.where((singles.doctype == "SPM Settings") & singles.field.isin(SETTINGS))
		.run(pluck=True)
	)
	meta = frappe.get_meta("SPM Settings")
	for fieldname in SETTINGS:
		if fieldname not in known:
			frappe.db.set_single_value("SPM Settings", fieldname, meta.get_field(fieldname).default)
