"""What leads start with: working hours, a pool, a response target, scoring rules, notices, a board.

Each is made once, when nothing of its kind is there yet; what an admin changed or took away stays so.
"""

import frappe

SOURCES = ("E-mail", "QR Code", "Social Media")
WORKING_HOURS = {
	"hours_name": "Office Hours",
	"is_default": 1,
	"days": [
		{"weekday": day, "start_time": "09:00:00", "end_time": "18:00:00"}
		for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
	],
}
POOL = {
	"pool_name": "Public Pool",
	"is_default": 1,
	"description": "Leads that nobody looks after. Every salesperson may claim.",
	"max_open": 50,
	"max_per_day": 10,
	"cool_down_days": 7,
	"recycle_after_days": 30,
	"warn_days_before": 3,
}
RESPONSE_TARGET = {
	"target_name": "Response within an Hour",
	"priority": 100,
	"response_minutes": 60,
	"rolling_minutes": 240,
	"working_hours": "Office Hours",
	"clock_runs_in_pool": 1,
	"escalate_after_minutes": 60,
	"pause_statuses": [{"status": "Nurture"}],
}
SCORING_RULES = (
	{
		"rule_name": "Decides about the purchase",
		"kind": "Fit",
		"points": 15,
		"conditions": [
			{
				"fieldname": "job_title",
				"operator": "contains",
				"value": "Head, Director, Manager, CEO, CIO, COO, 总经理, 总监, 主任, 部长",
			}
		],
	},
	{
		"rule_name": "More than 200 employees",
		"kind": "Fit",
		"points": 15,
		"conditions": [
			{"fieldname": "no_of_employees", "operator": "is one of", "value": "201-500, 501-1000, 1000+"}
		],
	},
	{
		"rule_name": "Budget is known",
		"kind": "Fit",
		"points": 15,
		"conditions": [{"fieldname": "budget", "operator": ">", "value": "0"}],
	},
	{
		"rule_name": "Need is described",
		"kind": "Fit",
		"points": 10,
		"conditions": [{"fieldname": "need", "operator": "is set"}],
	},
	{
		"rule_name": "Recommended by a customer",
		"kind": "Fit",
		"points": 15,
		"conditions": [
			{"fieldname": "source", "operator": "is one of", "value": "Referral, Existing Customer"}
		],
	},
	{
		"rule_name": "No way to reach them",
		"kind": "Fit",
		"points": -20,
		"conditions": [
			{"fieldname": "mobile", "operator": "is not set"},
			{"fieldname": "phone", "operator": "is not set"},
			{"fieldname": "email", "operator": "is not set"},
		],
	},
	{
		"rule_name": "Sent a request",
		"kind": "Engagement",
		"points": 15,
		"activity": "Request",
		"half_life_days": 14,
		"max_points": 15,
	},
	{
		"rule_name": "Got in touch with us",
		"kind": "Engagement",
		"points": 12,
		"activity": "Incoming Talk",
		"half_life_days": 14,
		"max_points": 24,
	},
	{
		"rule_name": "Wrote to us",
		"kind": "Engagement",
		"points": 10,
		"activity": "Incoming Mail",
		"half_life_days": 14,
		"max_points": 20,
	},
	{
		"rule_name": "Met in person",
		"kind": "Engagement",
		"points": 20,
		"activity": "Visit",
		"half_life_days": 30,
		"max_points": 20,
	},
)
TITLE = "doc.organisation or doc.lead_name"
NOTICES = {
	"Lead Assigned (SPM)": {
		"method": "lead_assigned",
		"recipients": ["lead_owner"],
		"subject": '{{ _("A lead for you: {0}").format(' + TITLE + ") }}",
		"message": '{{ _("Call or write soon: the first answer often wins.") }}',
	},
	"Lead Returns to Pool Soon (SPM)": {
		"method": "lead_returns_soon",
		"recipients": ["lead_owner"],
		"subject": '{{ _("{0} goes back to the public pool on {1}").format('
		+ TITLE
		+ ", frappe.utils.format_date(doc.recycle_on)) }}",
		"message": '{{ _("Nobody has talked with this lead for a while. Log a talk to keep it.") }}',
	},
	"Lead Response Missed (SPM)": {
		"method": "lead_response_missed",
		"recipients": ["lead_owner"],
		"subject": '{{ _("{0} is waiting for an answer").format(' + TITLE + ") }}",
		"message": '{{ _("The time for a first answer is over. Please get in touch now.") }}',
	},
	"Lead Response Escalated (SPM)": {
		"method": "lead_response_escalated",
		"recipients": ["response_manager"],
		"subject": '{{ _("Nobody has answered {0} yet").format(' + TITLE + ") }}",
		"message": '{{ _("The lead was told to its owner and is still without an answer.") }}',
	},
}
BOARDS = {
	"Leads (SPM)": {
		"reference_doctype": "SPM Lead",
		"field_name": "status",
		"fields": ["organisation", "rating", "next_followup_on", "lead_owner"],
		"columns": [
			("New", "Blue"),
			("Contacted", "Cyan"),
			("Nurture", "Yellow"),
			("Qualified", "Green"),
			("Unqualified", "Gray"),
			("Junk", "Gray"),
			("Converted", "Green"),
		],
	}
}


def seed() -> None:
	"""Make what is missing."""
	for source in SOURCES:
		_once("SPM Source", source, source_name=source)
	_first("SPM Working Hours", WORKING_HOURS["hours_name"], WORKING_HOURS)
	_first("SPM Lead Pool", POOL["pool_name"], POOL)
	_first("SPM Response Target", RESPONSE_TARGET["target_name"], RESPONSE_TARGET)
	if not frappe.db.count("SPM Scoring Rule"):
		for rule in SCORING_RULES:
			_insert("SPM Scoring Rule", rule["rule_name"], **rule)
	for name, notice in NOTICES.items():
		_once(
			"Notification",
			name,
			enabled=1,
			channel="System Notification",
			event="Method",
			document_type="SPM Lead",
			method=notice["method"],
			subject=notice["subject"],
			message=notice["message"],
			message_type="Markdown",
			recipients=[{"receiver_by_document_field": field} for field in notice["recipients"]],
		)
	for name, board in BOARDS.items():
		_once(
			"Kanban Board",
			name,
			kanban_board_name=name,
			reference_doctype=board["reference_doctype"],
			field_name=board["field_name"],
			private=0,
			show_labels=0,
			fields=frappe.as_json(board["fields"]),
			columns=[
				{
					"column_name": column,
					"indicator": color,
					"status": "Active" if column not in ("Unqualified", "Junk", "Converted") else "Archived",
				}
				for column, color in board["columns"]
			],
		)


def _first(doctype: str, name: str, values: dict) -> None:
	"""Make the first record of a type; where there are others, the admin has decided."""
	if not frappe.db.count(doctype):
		_insert(doctype, name, **values)


def _once(doctype: str, name: str, **values) -> None:
	"""Make a record that was never made before: one that an admin deleted stays deleted."""
	if frappe.db.exists(doctype, name) or frappe.db.exists(
		"Deleted Document", {"deleted_doctype": doctype, "deleted_name": name}
	):
		return
	_insert(doctype, name, **values)


def _insert(doctype: str, name: str, **values) -> None:
	doc = frappe.get_doc({"doctype": doctype, **values})
	doc.name = name
	doc.insert(ignore_permissions=True, ignore_links=True, ignore_if_duplicate=True)
