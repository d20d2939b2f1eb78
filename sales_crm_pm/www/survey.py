import frappe
from frappe import _
from frappe.utils import cint

from sales_crm_pm.loop import survey
from sales_crm_pm.portal import page

no_cache = 1
sitemap = 0


def get_context(context):
	doc = survey.find_by_token(frappe.form_dict.get("token") or "")
	if doc and doc.language and not frappe.form_dict.get("_lang"):
		# The contact's language, whatever the browser or a desk login in it says.
		frappe.local.lang = doc.language
	page.prepare(context)
	settings = frappe.get_cached_doc("SPM Settings")
	context.title = _("Your opinion")
	context.page_class = "spm-survey"
	context.metatags = {"robots": "noindex, nofollow"}
	context.closed = survey.why_closed(doc)
	if context.closed:
		return
	context.lang = frappe.local.lang
	context.token = frappe.form_dict.token
	context.subject = survey.subject_of(doc)
	context.question = _(settings.survey_question) if settings.survey_question else ""
	context.ask_nps = cint(settings.survey_ask_nps)
	context.scores = [
		(1, _("Very unhappy")),
		(2, _("Unhappy")),
		(3, _("Okay")),
		(4, _("Happy")),
		(5, _("Very happy")),
	]
