"""What a new site needs for change requests: words of the flow, the reminders and mails. Each only once."""

import frappe
from frappe.utils import cint

WORKFLOW_STATES: dict[str, tuple[str, str]] = {
	"Assessed": ("Primary", "search"),
	"Implemented": ("Success", "ok"),
	"Deferred": ("", "time"),
}
WORKFLOW_ACTIONS: tuple[str, ...] = ("Submit Change", "Assess", "Defer", "Back to Draft")

SETTINGS: dict[str, object] = {
	"change_implement_at_once": 1,
	"portal_allow_changes": 1,
	"change_management_role": "SPM Executive",
}

NOTIFICATIONS: tuple[dict, ...] = (
	{
		"name": "SPM Change Decision Due",
		"event": "Days Before",
		"date_changed": "decide_by_date",
		"days_in_advance": 2,
		"condition": 'doc.status in ("Submitted", "Assessed")',
		"subject": "{{ _('A change waits for a decision') }}: {{ doc.title }} · {{ doc.customer_name }}",
		"channel": "System Notification",
		"enabled": 1,
	},
	{
		"name": "SPM Change Submitted (Mail)",
		"event": "Value Change",
		"value_changed": "status",
		"condition": 'doc.status == "Submitted"',
		"subject": "{{ _('A change is requested') }}: {{ doc.title }} · {{ doc.customer_name }}",
		"channel": "Email",
		"enabled": 0,
	},
	{
		"name": "SPM Change Carried Out (Mail)",
		"event": "Value Change",
		"value_changed": "status",
		"condition": 'doc.status == "Implemented"',
		"subject": "{{ _('A change was carried out') }}: {{ doc.title }} · {{ doc.customer_name }}",
		"channel": "Email",
		"enabled": 0,
	},
)
"""Reminders that an admin may change, switch on or off. Both teams are told in the desk at once without them."""
MESSAGE = "{{ doc.name }} · {{ doc.title }} · {{ doc.customer_name }}"
NOTIFICATIONS_SEEDED = "spm_change_notifications_seeded"
SETTINGS_SEEDED = "spm_change_settings_seeded"


def seed() -> None:
	"""Insert what is missing; what an admin changed or deleted stays as the admin left it."""
	_seed_notifications()
	_seed_settings()


def _seed_notifications() -> None:
	if frappe.db.get_default(NOTIFICATIONS_SEEDED):
		return
	for record in NOTIFICATIONS:
		if frappe.db.exists("Notification", record["name"]):
			continue
		doc = frappe.get_doc(
			{
				"doctype": "Notification",
				"document_type": "SPM Change Request",
				"message": MESSAGE,
				"recipients": [
					{"receiver_by_document_field": "project_manager"},
					{"receiver_by_document_field": "account_manager"},
				],
				**record,
			}
		)
		doc.name = record["name"]
		doc.insert(ignore_permissions=True, ignore_links=True)
	frappe.db.set_default(NOTIFICATIONS_SEEDED, "1")


def _seed_settings() -> None:
	"""A Single that is there already does not take over the defaults of new fields."""
	if cint(frappe.db.get_default(SETTINGS_SEEDED)):
		return
	for fieldname, value in SETTINGS.items():
		frappe.db.set_single_value("SPM Settings", fieldname, value)
	frappe.db.set_default(SETTINGS_SEEDED, "1")
