import frappe
from frappe import _

from sales_crm_pm.portal import page, quotations, views

no_cache = 1
sitemap = 0


def get_context(context):
	page.require_login("/my-projects")
	page.prepare(context, route="/my-projects", show_logout=True)
	context.title = _("My Projects")
	context.projects = views.projects()
	context.quotations = quotations.waiting()
	context.relative_day = views.relative_day
	context.full_name = frappe.utils.get_fullname()
