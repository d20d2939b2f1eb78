"""Kinds of contracts and payment templates a new site starts with."""

from __future__ import annotations

import frappe

PAYMENT_TEMPLATES = (
	{
		"template_name": "30 / 40 / 30",
		"is_default": 1,
		"rows": [
			{"title": "Deposit", "percent": 30, "trigger_type": "Date", "offset_days": 0, "term_days": 15},
			{
				"title": "On Delivery",
				"percent": 40,
				"trigger_type": "Milestone",
				"milestone_title": "First version delivered",
				"term_days": 30,
			},
			{
				"title": "On Acceptance",
				"percent": 30,
				"trigger_type": "Milestone",
				"milestone_title": "Final acceptance",
				"term_days": 30,
			},
		],
	},
	{
		"template_name": "30 / 30 / 30 / 10 with Retention",
		"rows": [
			{"title": "Deposit", "percent": 30, "trigger_type": "Date", "offset_days": 0, "term_days": 15},
			{
				"title": "On Delivery",
				"percent": 30,
				"trigger_type": "Milestone",
				"milestone_title": "First version delivered",
				"term_days": 30,
			},
			{
				"title": "On Acceptance",
				"percent": 30,
				"trigger_type": "Milestone",
				"milestone_title": "Final acceptance",
				"term_days": 30,
			},
			{
				"title": "Retention",
				"percent": 10,
				"trigger_type": "Event",
				"event_name": "End of the Warranty",
				"term_days": 30,
			},
		],
	},
	{
		"template_name": "Four Quarters",
		"rows": [
			{
				"title": "First Quarter",
				"percent": 25,
				"trigger_type": "Date",
				"offset_days": 0,
				"term_days": 30,
			},
			{
				"title": "Second Quarter",
				"percent": 25,
				"trigger_type": "Date",
				"offset_days": 91,
				"term_days": 30,
			},
			{
				"title": "Third Quarter",
				"percent": 25,
				"trigger_type": "Date",
				"offset_days": 182,
				"term_days": 30,
			},
			{
				"title": "Fourth Quarter",
				"percent": 25,
				"trigger_type": "Date",
				"offset_days": 273,
				"term_days": 30,
			},
		],
	},
	{
		"template_name": "All at Once",
		"rows": [
			{
				"title": "Full Amount",
				"percent": 100,
				"trigger_type": "Date",
				"offset_days": 0,
				"term_days": 30,
			}
		],
	},
)

CONTRACT_TYPES = (
	{"type_name": "Project Contract", "payment_template": "30 / 40 / 30"},
	{"type_name": "Framework Contract", "renewal_notice_days": 90},
	{
		"type_name": "Maintenance Contract",
		"payment_template": "Four Quarters",
		"renewal_notice_days": 60,
		"auto_renew": 1,
	},
	{"type_name": "License Contract", "payment_template": "All at Once", "renewal_notice_days": 60},
)


NOTIFICATIONS = (
	{
		"name": "SPM Payment Due Soon",
		"document_type": "SPM Payment",
		"event": "Days Before",
		"date_changed": "due_date",
		"days_in_advance": 5,
		"condition": 'doc.status in ("Due", "Invoiced", "Partly Paid")',
		"subject": "{{ _('Payment due soon') }}: {{ doc.title }} · {{ doc.customer_name }}",
		"recipient": "account_manager",
	},
	{
		"name": "SPM Payment Overdue",
		"document_type": "SPM Payment",
		"event": "Days After",
		"date_changed": "due_date",
		"days_in_advance": 1,
		"condition": 'doc.status == "Overdue"',
		"subject": "{{ _('Payment overdue') }}: {{ doc.title }} · {{ doc.customer_name }}",
		"recipient": "account_manager",
	},
	{
		"name": "SPM Payment Long Overdue",
		"document_type": "SPM Payment",
		"event": "Days After",
		"date_changed": "due_date",
		"days_in_advance": 14,
		"condition": 'doc.status == "Overdue"',
		"subject": "{{ _('Payment overdue') }}: {{ doc.title }} · {{ doc.customer_name }}",
		"recipient": "account_manager",
	},
	{
		"name": "SPM Contract Renewal Notice",
		"document_type": "SPM Contract",
		"event": "Days Before",
		"date_changed": "notice_date",
		"days_in_advance": 0,
		"condition": 'doc.status == "Active"',
		"subject": "{{ _('Contract ends soon') }}: {{ doc.title }} · {{ doc.customer_name }}",
		"recipient": "contract_owner",
	},
)
"""Reminders that an admin may change, switch off or turn into mails; they are made once."""
NOTIFICATIONS_SEEDED = "spm_contract_notifications_seeded"
MESSAGE = "{{ doc.title }} · {{ doc.customer_name }} · {{ frappe.format_date(doc.get(%r)) }}"


def seed() -> None:
	"""Insert what is missing; a list the admin emptied or renamed stays as the admin left it."""
	for doctype, key, records in (
		("SPM Payment Template", "template_name", PAYMENT_TEMPLATES),
		("SPM Contract Type", "type_name", CONTRACT_TYPES),
	):
		if frappe.db.count(doctype):
			continue
		for record in records:
			if not frappe.db.exists(doctype, record[key]):
				frappe.get_doc({"doctype": doctype, **record}).insert(
					ignore_permissions=True, ignore_links=True
				)
	_seed_notifications()


def _seed_notifications() -> None:
	"""Insert the reminders once; one that the admin deleted does not come back at the next migrate."""
	if frappe.db.get_default(NOTIFICATIONS_SEEDED):
		return
	for record in NOTIFICATIONS:
		values = dict(record)
		recipient = values.pop("recipient")
		if frappe.db.exists("Notification", values["name"]):
			continue
		doc = frappe.get_doc(
			{
				"doctype": "Notification",
				"channel": "System Notification",
				"enabled": 1,
				"message": MESSAGE % values["date_changed"],
				"recipients": [{"receiver_by_document_field": recipient}],
				**values,
			}
		)
		doc.name = values["name"]
		doc.insert(ignore_permissions=True, ignore_links=True)
	frappe.db.set_default(NOTIFICATIONS_SEEDED, "1")
