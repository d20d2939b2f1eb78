"""What a new site needs for risks and issues: categories, bands, flow words, boards. Each only once."""

import frappe

WORKFLOW_STATES: dict[str, tuple[str, str]] = {
	"Identified": ("Warning", "flag"),
	"Assessed": ("Info", "search"),
	"Treating": ("Primary", "wrench"),
	"Occurred": ("Danger", "fire"),
	# Closed comes with the flow of projects.
}
WORKFLOW_ACTIONS: tuple[str, ...] = (
	"Assess",
	"Start Treatment",
	"Assess Again",
	"Risk Happened",
	"Close Risk",
)

CATEGORIES: tuple[dict, ...] = (
	{
		"category_name": "Technical",
		"description": "It may not work as thought: technology, interfaces, quality.",
	},
	{"category_name": "Resource", "description": "People or skills may be missing."},
	{"category_name": "Delivery Dates", "description": "Dates may not hold."},
	{"category_name": "Budget", "description": "It may cost more."},
	{"category_name": "External", "description": "Suppliers, authorities, weather, markets."},
	{"category_name": "Customer Side", "description": "Decisions, data, people or sites of the customer."},
	{"category_name": "Compliance", "description": "Law, safety, privacy, standards."},
)

BANDS: tuple[dict, ...] = (
	{"band_name": "Low Risk", "from_score": 1, "color": "Green", "advice": "Watch it."},
	{"band_name": "Medium Risk", "from_score": 5, "color": "Yellow", "advice": "Plan a response."},
	{
		"band_name": "High Risk",
		"from_score": 10,
		"color": "Orange",
		"advice": "Respond now; review it often.",
	},
	{
		"band_name": "Critical Risk",
		"from_score": 16,
		"color": "Red",
		"is_critical": 1,
		"advice": "Tell management and the account manager; respond today.",
	},
)

BOARDS: dict[str, dict] = {
	"Risks (SPM)": {
		"reference_doctype": "SPM Risk",
		"fields": ("score", "review_date"),
		"columns": (
			("Identified", "Gray"),
			("Assessed", "Cyan"),
			("Treating", "Blue"),
			("Occurred", "Red"),
			("Closed", "Gray"),
		),
	},
	"Issues (SPM)": {
		"reference_doctype": "SPM Issue",
		"fields": ("severity", "due_date"),
		"columns": (("Open", "Red"), ("In Progress", "Blue"), ("Resolved", "Green"), ("Closed", "Gray")),
	},
}


def seed() -> None:
	"""Masters only while there are none of their kind; boards only when they are missing."""
	for doctype, rows in (("SPM Risk Category", CATEGORIES), ("SPM Risk Band", BANDS)):
		# Seeded once: a list the admin emptied or renamed stays as the admin left it.
		if frappe.db.count(doctype):
			continue
		for row in rows:
			frappe.get_doc({"doctype": doctype, **row}).insert(ignore_permissions=True, ignore_links=True)
	for name, board in BOARDS.items():
		if frappe.db.exists("Kanban Board", name):
			continue
		frappe.get_doc(
			{
				"doctype": "Kanban Board",
				"kanban_board_name": name,
				"reference_doctype": board["reference_doctype"],
				"field_name": "status",
				"private": 0,
				"show_labels": 0,
				"fields": frappe.as_json(list(board["fields"])),
				"columns": [
					{"column_name": column, "indicator": color, "status": "Active"}
					for column, color in board["columns"]
				],
			}
		).insert(ignore_permissions=True)
