"""What a new site starts with for keeping customers: a visit plan per tier."""

import frappe
from frappe.utils import cint

VISIT_PLANS: tuple[dict, ...] = tuple(
	{
		"plan_name": f"{tier} Customers",
		"enabled": 1,
		"priority": priority,
		"tier": tier,
		"every_days": days,
		"task_type": kind,
		"counts_as_touch": "Any Interaction",
		"subject": "Keep in touch with {0}",
		"assign_to": "Account Manager",
		"lead_days": 7,
		"task_priority": urgency,
		"max_per_day": 4,
	}
	for tier, priority, days, kind, urgency in (
		("A", 10, 30, "Visit", "High"),
		("B", 20, 60, "Visit", "Medium"),
		("C", 30, 90, "Call", "Low"),
	)
)


# One per language: a sequence takes the one of the contact.
EMAIL_TEMPLATES: dict[str, dict] = {
	"SPM Stay in Touch (en)": {
		"subject": "{{ first_name }}, how are things at {{ customer_name }}?",
		"use_html": 1,
		"response_html": "<p>Dear {{ contact_name }},</p>\n"
		"<p>it has been a while since we talked. What is on your list for the next months, and where could we help?</p>\n"
		"<p>Simply answer this mail, or tell me when I may call.</p>\n"
		"<p>Kind regards<br>{{ account_manager_name }}</p>\n",
	},
	"SPM Stay in Touch (zh)": {
		"subject": "{{ customer_name }}近况如何？",
		"use_html": 1,
		"response_html": "<p>{{ contact_name }}，您好！</p>\n"
		"<p>有一段时间没有联系了。贵司接下来几个月有哪些计划？有什么我们可以帮忙的吗？</p>\n"
		"<p>直接回复这封邮件，或告诉我方便通话的时间即可。</p>\n"
		"<p>祝好<br>{{ account_manager_name }}</p>\n",
	},
	"SPM After the Acceptance (en)": {
		"subject": "Three months on: does everything run as it should?",
		"use_html": 1,
		"response_html": "<p>Dear {{ contact_name }},</p>\n"
		"<p>your project at {{ customer_name }} has been in use for a while. What works well, what would you change?</p>\n"
		"<p>Customers like you often go on with a second step. I would be glad to show you two examples.</p>\n"
		"<p>Kind regards<br>{{ account_manager_name }}</p>\n",
	},
	"SPM After the Acceptance (zh)": {
		"subject": "上线三个月，运行还顺利吗？",
		"use_html": 1,
		"response_html": "<p>{{ contact_name }}，您好！</p>\n"
		"<p>{{ customer_name }}的项目已经使用了一段时间。哪些地方好用，哪些希望改进？</p>\n"
		"<p>很多客户会继续做第二期，我很乐意给您看两个案例。</p>\n"
		"<p>祝好<br>{{ account_manager_name }}</p>\n",
	},
}


def seed() -> None:
	"""Insert templates that are missing, and the plans once; what the admin removed from the plans stays away."""
	for name, template in EMAIL_TEMPLATES.items():
		if not frappe.db.exists("Email Template", name):
			doc = frappe.get_doc({"doctype": "Email Template", **template})
			# This type is named by the person who makes it.
			doc.name = name
			doc.insert(ignore_permissions=True)
	if frappe.db.count("SPM Visit Plan") or cint(
		frappe.db.get_single_value("SPM Settings", "visit_plans_seeded")
	):
		return
	for plan in VISIT_PLANS:
		frappe.get_doc({"doctype": "SPM Visit Plan", **plan}).insert(ignore_permissions=True)
	frappe.db.set_single_value("SPM Settings", "visit_plans_seeded", 1)
