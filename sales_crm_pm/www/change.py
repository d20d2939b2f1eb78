import frappe
from frappe import _
from frappe.utils import cint

from sales_crm_pm.loop import change_link, change_sheet
from sales_crm_pm.portal import page

no_cache = 1
sitemap = 0


def get_context(context):
	doc = change_link.find(frappe.form_dict.get("token") or "")
	if doc and not frappe.form_dict.get("_lang"):
		# The customer's language, whatever the browser or a desk login in it says.
		frappe.local.lang = change_sheet.customer_language(doc)
	page.prepare(context)
	context.title = _("Change Request")
	context.page_class = "spm-quotation"
	context.metatags = {"robots": "noindex, nofollow"}
	context.closed = change_link.why_closed(doc)
	context.sheet = None
	if doc is None or doc.status not in change_link.SHOWN:
		return
	context.sheet = change_sheet.change_sheet(doc, language=frappe.local.lang)
	context.lang = frappe.local.lang
	context.token = frappe.form_dict.token
	context.may_answer = not context.closed and cint(
		frappe.get_cached_doc("SPM Settings").portal_allow_changes
	)
	if company := context.sheet["company"]["name"]:
		context.brand = company
	context.brand_logo = context.sheet["company"]["logo"] or context.brand_logo
	if frappe.session.user == "Guest":
		# Our own people looking at the page are not the customer.
		change_link.note_view(doc)
		# Reading a page is rolled back otherwise.
		frappe.local.flags.commit = True
