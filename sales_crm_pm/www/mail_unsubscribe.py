import frappe
from frappe import _

from sales_crm_pm.loop.sequences import ENROLMENT, mail
from sales_crm_pm.portal import page

no_cache = 1
sitemap = 0


def get_context(context):
	token = frappe.form_dict.get("token") or ""
	enrolment = mail.enrolment_of(token)
	row = (
		frappe.db.get_value(ENROLMENT, enrolment, ["email", "language"], as_dict=True) if enrolment else None
	)
	if row and row.language and not frappe.form_dict.get("_lang"):
		# The contact's language, whatever the browser or a desk login in it says.
		frappe.local.lang = row.language
	page.prepare(context)
	context.title = _("Unsubscribe")
	context.metatags = {"robots": "noindex, nofollow"}
	context.known = bool(row)
	context.token = token
	context.email = mail.shortened(row.email) if row else ""
