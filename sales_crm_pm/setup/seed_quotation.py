"""What a new site needs to make quotations: flow words, taxes, texts, limits, mail, board. Each only once."""

import frappe

WORKFLOW_STATES: dict[str, tuple[str, str]] = {
	"Sent": ("Primary", "envelope"),
	"Expired": ("", "time"),
	"Superseded": ("", "repeat"),
}
WORKFLOW_ACTIONS: tuple[str, ...] = (
	"Release",
	"Withdraw",
	"Mark as Sent",
	"Customer Accepts",
	"Customer Rejects",
)

# A tax per usual rate; which one is the default, an admin decides by a tick.
TAXES: tuple[dict, ...] = (
	{"tax_name": "VAT 13%", "rate": 13, "is_default": 1},
	{"tax_name": "VAT 6%", "rate": 6},
	{"tax_name": "No Tax", "rate": 0},
)

LIMITS: tuple[dict, ...] = (
	{
		"title": "Salespeople up to 10 %",
		"limit_on": "Discount",
		"max_discount": 10,
		"role": "SPM Sales User",
		"approver_role": "SPM Sales Manager",
		"level": 1,
	},
	{
		"title": "Sales managers up to 20 %",
		"limit_on": "Discount",
		"max_discount": 20,
		"role": "SPM Sales Manager",
		"approver_role": "SPM Executive",
		"level": 2,
	},
	{
		"title": "Everybody up to 30 %",
		"limit_on": "Discount",
		"max_discount": 30,
		"approver_role": "SPM Executive",
		"level": 2,
	},
	{
		"title": "Margin of at least 15 %",
		"limit_on": "Margin",
		"min_margin": 15,
		"approver_role": "SPM Executive",
		"level": 2,
	},
)

# Written once per language, because the customer reads them.
TEXTS: tuple[dict, ...] = (
	{
		"title": "Introduction (en)",
		"kind": "Introduction",
		"language": "en",
		"is_default": 1,
		"text": "<p>Thank you for your interest. We are pleased to offer you the following.</p>",
	},
	{
		"title": "Introduction (zh)",
		"kind": "Introduction",
		"language": "zh",
		"is_default": 1,
		"text": "<p>感谢贵方的关注与信任，现就贵方需求报价如下。</p>",
	},
	{
		"title": "30 / 40 / 30 (en)",
		"kind": "Payment Terms",
		"language": "en",
		"is_default": 1,
		"text": "<p>30 % on signing the contract, 40 % on delivery, 30 % on acceptance. "
		"Each payment is due within 30 days of the invoice.</p>",
	},
	{
		"title": "30 / 40 / 30 (zh)",
		"kind": "Payment Terms",
		"language": "zh",
		"is_default": 1,
		"text": "<p>合同签订后支付 30%，交付后支付 40%，验收合格后支付 30%；各期款项于收到发票后 30 日内支付。</p>",
	},
	{
		"title": "Standard Terms (en)",
		"kind": "Terms",
		"language": "en",
		"is_default": 1,
		"text": "<p>Prices are valid until the day stated above. Travel is charged at cost. Work beyond the lines "
		"above is offered separately.</p>",
	},
	{
		"title": "Standard Terms (zh)",
		"kind": "Terms",
		"language": "zh",
		"is_default": 1,
		"text": "<p>本报价在上述有效期内有效；差旅费用按实际发生额结算；超出上述内容的工作另行报价。</p>",
	},
)

EMAIL_TEMPLATES: dict[str, dict] = {
	"SPM Quotation (en)": {
		"subject": "Our quotation {{ number }} for {{ title }}",
		"use_html": 1,
		"response_html": "<p>Dear {{ contact_name }},</p>\n"
		"<p>please find attached our quotation <b>{{ number }}</b> for {{ title }} over {{ total }}, "
		"valid until {{ valid_until }}.</p>\n"
		'<p><a href="{{ quotation_link }}">Look at it and accept it online</a></p>\n'
		"<p>With kind regards<br>{{ salesperson }}<br>{{ company_name }}</p>\n",
	},
	"SPM Quotation (zh)": {
		"subject": "{{ title }} 报价单 {{ number }}",
		"use_html": 1,
		"response_html": "<p>{{ contact_name }}，您好！</p>\n"
		"<p>附件为 {{ title }} 的报价单 <b>{{ number }}</b>，金额 {{ total }}，有效期至 {{ valid_until }}。</p>\n"
		'<p><a href="{{ quotation_link }}">在线查看并确认报价</a></p>\n'
		"<p>顺颂商祺！<br>{{ salesperson }}<br>{{ company_name }}</p>\n",
	},
}

KANBAN_BOARD = "Quotations (SPM)"
KANBAN_FIELDS = ("customer_name", "grand_total", "valid_until")
KANBAN_COLUMNS: tuple[tuple[str, str], ...] = (
	("Draft", "Gray"),
	("Pending Approval", "Orange"),
	("Approved", "Cyan"),
	("Sent", "Blue"),
	("Accepted", "Green"),
	("Rejected", "Red"),
)


def seed() -> None:
	"""Masters only while there are none of their kind; named records only when they are missing."""
	for doctype, rows in (("SPM Tax", TAXES), ("SPM Discount Limit", LIMITS), ("SPM Text Template", TEXTS)):
		# Seeded once: a list the admin emptied or renamed stays as the admin left it.
		if frappe.db.count(doctype):
			continue
		for row in rows:
			frappe.get_doc({"doctype": doctype, **row}).insert(ignore_permissions=True, ignore_links=True)
	for name, template in EMAIL_TEMPLATES.items():
		if not frappe.db.exists("Email Template", name):
			doc = frappe.get_doc({"doctype": "Email Template", **template})
			doc.name = name
			doc.insert(ignore_permissions=True)
	if not frappe.db.exists("Kanban Board", KANBAN_BOARD):
		frappe.get_doc(
			{
				"doctype": "Kanban Board",
				"kanban_board_name": KANBAN_BOARD,
				"reference_doctype": "SPM Quotation",
				"field_name": "status",
				"private": 0,
				"show_labels": 0,
				"fields": frappe.as_json(list(KANBAN_FIELDS)),
				"columns": [
					{"column_name": column, "indicator": color, "status": "Active"}
					for column, color in KANBAN_COLUMNS
				],
			}
		).insert(ignore_permissions=True)
