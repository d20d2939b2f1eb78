"""What daily work starts with: defaults of its settings, and the words of the morning mail."""

import frappe

from sales_crm_pm.setup.defaults import fill_settings

EMAIL_TEMPLATES = {
	"SPM Follow-ups": {
		"subject": "{% if overdue %}{{ overdue }} overdue, {% endif %}{{ due }} for today",
		"response_html": (
			"<p>Good morning {{ first_name }},</p>"
			"<table>{% for row in rows %}<tr><td>{{ row.day }}</td>"
			'<td><a href="{{ row.url }}">{{ row.title | e }}</a></td><td>{{ row.about | e }}</td></tr>{% endfor %}</table>'
			"{% if more %}<p>… and {{ more }} more.</p>{% endif %}"
			'<p><a href="{{ url }}">Open my work</a></p>'
		),
		"use_html": 1,
	},
	"SPM Follow-ups (zh)": {
		"subject": "{% if overdue %}逾期 {{ overdue }} 项,{% endif %}今日待办 {{ due }} 项",
		"response_html": (
			"<p>{{ first_name }},早上好:</p>"
			"<table>{% for row in rows %}<tr><td>{{ row.day }}</td>"
			'<td><a href="{{ row.url }}">{{ row.title | e }}</a></td><td>{{ row.about | e }}</td></tr>{% endfor %}</table>'
			"{% if more %}<p>……另有 {{ more }} 项。</p>{% endif %}"
			'<p><a href="{{ url }}">打开我的工作</a></p>'
		),
		"use_html": 1,
	},
}
SETTINGS = ("decision_actions", "follow_up_digest", "log_within_hours")


def seed() -> None:
	"""Insert what is missing; what an admin changed or emptied stays."""
	for name, template in EMAIL_TEMPLATES.items():
		if not frappe.db.exists("Email Template", name):
			doc = frappe.get_doc({"doctype": "Email Template", **template})
			doc.name = name
			doc.insert(ignore_permissions=True)
	fill_settings(SETTINGS)

