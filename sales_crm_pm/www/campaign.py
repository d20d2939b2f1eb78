import frappe
from frappe import _
from frappe.utils import cint, sanitize_html

from sales_crm_pm.loop import campaign, lead_capture
from sales_crm_pm.portal import page

no_cache = 1
sitemap = 0


def get_context(context):
	doc = campaign.by_code(frappe.form_dict.get("code") or "")
	if doc and doc.language and not frappe.form_dict.get("_lang"):
		frappe.local.lang = doc.language
	page.prepare(context)
	context.page_class = "spm-campaign"
	context.metatags = {"robots": "noindex, nofollow"}
	context.lang = frappe.local.lang
	context.title = (doc and doc.landing_title) or _("Contact Us")
	context.closed = lead_capture.why_closed(doc) if doc else _("There is no such page.")
	if not doc:
		frappe.local.response["http_status_code"] = 404
	if context.closed:
		return
	settings = frappe.get_cached_doc("SPM Settings")
	context.code = doc.campaign_code
	context.text = sanitize_html(doc.landing_text or "")
	context.ask_need = cint(doc.ask_for_need)
	context.ask_job_title = cint(doc.ask_for_job_title)
	context.consent_required = cint(settings.lead_consent_required)
	context.consent_text = _(settings.lead_consent_text or "") or _(
		"I agree that you contact me about my request and keep my data for it."
	)
