"""Pipelines for long bids and for small teams, bid templates, competitors' place and reminders, as data and seed."""

from __future__ import annotations

import frappe

LOSS_REASONS: tuple[dict, ...] = (
	{"reason": "Lost the Tender", "category": "Competitor"},
	{"reason": "Delivery Date Too Late", "category": "Timing"},
)


def _stage(name, kind, probability, color, forecast="Pipeline", max_days=0, required=(), checklist=(), tasks=()):
	return {
		"stage_name": name,
		"stage_type": kind,
		"probability": probability,
		"color": color,
		"forecast_category": forecast,
		"max_days": max_days,
		"required_fields": [
			{"fieldname": field, "child_field": column, "child_value": value} for field, column, value in required
		],
		"exit_checklist": [{"item": item, "is_mandatory": 1} for item in checklist],
		"entry_tasks": [{"subject": subject, "due_in_days": days} for subject, days in tasks],
	}


PIPELINES: tuple[tuple[dict, tuple[dict, ...]], ...] = (
	(
		{
			"pipeline_name": "Key Accounts and Tenders",
			"description": "Bids that take months: buying centre, tender documents, bond and evaluation.",
			"default_bid_template": "Public Tender",
		},
		(
			_stage("Account Plan", "Open", 5, "Gray", max_days=60),
			_stage(
				"Need Confirmed",
				"Ongoing",
				15,
				"Light Blue",
				max_days=90,
				required=(("requirement", "", ""), ("contacts", "buying_role", "Decision Maker")),
				checklist=("Buying centre mapped",),
				tasks=(("Map the people who decide", 7),),
			),
			_stage(
				"Tender Published",
				"Ongoing",
				30,
				"Blue",
				max_days=45,
				required=(("expected_close_date", "", ""), ("amount", "", "")),
				checklist=("Decided to bid",),
				tasks=(("Read the tender documents", 3), ("Decide whether to bid", 5)),
			),
			_stage(
				"Bid Submitted",
				"Ongoing",
				50,
				"Cyan",
				"Best Case",
				60,
				required=(("tender_no", "", ""), ("products", "", "")),
				checklist=("Bid bond issued", "Bid checked by a second person"),
			),
			_stage("Evaluation and Negotiation", "Ongoing", 75, "Yellow", "Commit", 60, tasks=(("Prepare the clarification meeting", 7),)),
			_stage(
				"Award and Contract",
				"Won",
				100,
				"Green",
				"Closed",
				required=(("contract_no", "", ""), ("contract_signed_date", "", "")),
				tasks=(("Ask for the bid bond back", 14),),
			),
			_stage("Lost", "Lost", 0, "Red", "Omitted"),
			_stage("On Hold", "On Hold", 5, "Orange", "Omitted", 180),
		),
	),
	(
		{
			"pipeline_name": "Small Team",
			"description": "Three steps, no forms: for teams that sell small projects by themselves.",
		},
		(
			_stage("New Request", "Open", 20, "Gray", max_days=7, tasks=(("Call back", 1),)),
			_stage("Offer Sent", "Ongoing", 50, "Blue", "Best Case", 21, required=(("amount", "", ""),)),
			_stage("Agreed", "Ongoing", 90, "Yellow", "Commit", 14),
			_stage("Won", "Won", 100, "Green", "Closed"),
			_stage("Lost", "Lost", 0, "Red", "Omitted"),
			_stage("On Hold", "On Hold", 5, "Orange", "Omitted"),
		),
	),
)


def _row(subject, start, days, after="", milestone=0, hours=0):
	return {
		"subject": subject,
		"start_offset_days": start,
		"duration_days": days,
		"depends_on": after,
		"is_milestone": milestone,
		"estimate_hours": hours,
	}


BID_TEMPLATES: tuple[dict, ...] = (
	{
		"template_name": "Public Tender",
		"description": "From the published tender to the opening of the bids.",
		"rows": [
			_row("Get and read the tender documents", 0, 3, hours=8),
			_row("Bid or no bid", 3, 1, "1", 1),
			_row("Ask the bid bond from the bank", 4, 7, "2", hours=2),
			_row("Write the technical proposal", 4, 12, "2", hours=60),
			_row("Calculate and approve the price", 10, 6, "2", hours=16),
			_row("Second person checks the bid", 17, 2, "3, 4, 5", hours=6),
			_row("Bid submitted", 20, 1, "6", 1),
			_row("Bid opening", 27, 1, "7", 1),
		],
	},
	{
		"template_name": "Demo and Proof of Concept",
		"description": "Show it, prove it with the customer's data, then quote.",
		"rows": [
			_row("Agree on the questions the demo must answer", 0, 2, hours=2),
			_row("Prepare the demo", 2, 4, "1", hours=12),
			_row("Demo held", 7, 1, "2", 1),
			_row("Set up the proof of concept", 8, 5, "3", hours=20),
			_row("Run the proof of concept with the customer", 13, 10, "4", hours=30),
			_row("Proof of concept accepted", 24, 1, "5", 1),
			_row("Send the quotation", 25, 3, "6", hours=6),
		],
	},
)

NOTIFICATIONS: tuple[dict, ...] = (
	{
		"name": "SPM Bid Bond Expires",
		"subject": "{{ _('The bid bond of {0} expires soon').format(doc.title) }}",
		"document_type": "SPM Opportunity",
		"event": "Days Before",
		"date_changed": "bid_bond_expiry_date",
		"days_in_advance": 14,
		"condition": "not doc.bid_bond_returned_date",
		"message": "<p>{{ _('The bid bond over {0} ends on {1}. Have it prolonged or returned.').format(doc.get_formatted('bid_bond_amount'), frappe.format(doc.bid_bond_expiry_date, 'Date')) }}</p>",
	},
	{
		"name": "SPM Deal Past Its Limit",
		"subject": "{{ _('{0} is longer in its stage than planned').format(doc.title) }}",
		"document_type": "SPM Opportunity",
		"event": "Days After",
		"date_changed": "stage_due_on",
		"days_in_advance": 1,
		"condition": "doc.status == 'Open'",
		"message": "<p>{{ _('Decide on the next step, or move the deal to where it stands.') }}</p>",
	},
)
"""Reminders in the bell of the deal's owner. An admin changes days, text and channel, or switches them off."""


def seed() -> None:
	"""Insert what is missing. What an admin deleted from a site in use comes back only by the patch that calls this."""
	for row in LOSS_REASONS:
		_insert_missing("SPM Loss Reason", row["reason"], **row)
	for template in BID_TEMPLATES:
		_insert_missing("SPM Bid Template", template["template_name"], **template)
	for pipeline, stages in PIPELINES:
		name = pipeline["pipeline_name"]
		if frappe.db.exists("SPM Pipeline", name):
			continue
		_insert_missing("SPM Pipeline", name, **pipeline)
		for position, stage in enumerate(stages, 1):
			_insert_missing(
				"SPM Stage", f"{name} - {stage['stage_name']}", pipeline=name, position=position, **stage
			)
	for row in NOTIFICATIONS:
		_insert_missing(
			"Notification",
			row["name"],
			**row,
			channel="System Notification",
			enabled=1,
			is_standard=0,
			recipients=[{"receiver_by_document_field": "opportunity_owner"}],
		)


def _insert_missing(doctype: str, key: str, **values) -> None:
	if frappe.db.exists(doctype, key):
		return
	doc = frappe.get_doc({"doctype": doctype, **values})
	doc.name = key
	doc.insert(ignore_permissions=True, ignore_links=True, ignore_if_duplicate=True)
