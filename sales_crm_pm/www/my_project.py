import frappe
from frappe.utils import format_datetime

from sales_crm_pm.portal import page, views

no_cache = 1
sitemap = 0


def get_context(context):
	name = frappe.form_dict.get("name") or ""
	page.require_login(f"/my-projects/{name}")
	page.prepare(context, route="/my-projects", show_logout=True)
	context.project = views.project(name)
	context.title = context.project["title"]
	context.as_of = (
		format_datetime(context.project["as_of"], "yyyy-MM-dd HH:mm") if context.project["as_of"] else ""
	)
	context.relative_day = views.relative_day
