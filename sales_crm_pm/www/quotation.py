import frappe
from frappe import _
from frappe.utils import cint

from sales_crm_pm.loop import quotation_customer, quotation_sheet
from sales_crm_pm.portal import page

no_cache = 1
sitemap = 0


def get_context(context):
	doc = quotation_customer.find_by_token(frappe.form_dict.get("token") or "")
	if doc and doc.paper_language and not frappe.form_dict.get("_lang"):
		# The contact's language, whatever the browser or a desk login in it says.
		frappe.local.lang = doc.paper_language
	page.prepare(context)
	context.title = _("Quotation")
	context.page_class = "spm-quotation"
	context.metatags = {"robots": "noindex, nofollow"}
	context.closed = quotation_customer.why_closed(doc)
	context.sheet = None
	if not quotation_customer.may_look(doc):
		return
	context.sheet = quotation_sheet.quotation_sheet(doc)
	context.lang = frappe.local.lang
	context.token = frappe.form_dict.token
	context.status = doc.status
	context.may_answer = not context.closed and cint(
		frappe.get_cached_doc("SPM Settings").quotation_online_acceptance
	)
	if company := context.sheet["company"]["name"]:
		context.brand = company
	context.brand_logo = context.sheet["company"]["logo"] or context.brand_logo
	if frappe.session.user == "Guest":
		# Our own people looking at the page are not the customer.
		quotation_customer.note_view(doc)
		# Reading a page is rolled back otherwise.
		frappe.local.flags.commit = True
