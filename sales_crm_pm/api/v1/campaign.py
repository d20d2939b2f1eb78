"""REST: campaigns, their QR code and the page behind it."""

import frappe
from frappe import _
from frappe.rate_limiter import rate_limit
from frappe.utils import cint

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import campaign as campaigns
from sales_crm_pm.loop import lead_capture

MOST_PER_HOUR = 20


def most_per_hour() -> int:
	"""How many requests one address may send in an hour, as the settings want it."""
	return cint(frappe.get_cached_doc("SPM Settings").lead_requests_per_hour) or MOST_PER_HOUR


@frappe.whitelist(methods=["GET"])
def qr(campaign: str) -> dict[str, str]:
	"""The link of a campaign and its QR code.

	:param campaign: name of the SPM Campaign
	:return: link, svg (a picture that prints sharp in any size)
	"""
	doc = frappe.get_doc("SPM Campaign", campaign)
	doc.check_permission("read")
	return {"link": campaigns.link(doc), "svg": campaigns.qr_svg(doc)}


@frappe.whitelist(allow_guest=True, methods=["POST"])
@rate_limit(limit=most_per_hour, seconds=60 * 60)
def request(
	code: str,
	lead_name: str,
	organisation: str = "",
	job_title: str = "",
	mobile: str = "",
	email: str = "",
	need: str = "",
	consent: bool | int = False,
	page: str = "",
	company_fax: str = "",
) -> dict[str, str]:
	"""Take a request from the page of a campaign; names of records never leave here.

	:param code: short code of the campaign
	:param lead_name: who asks
	:param organisation: company
	:param job_title: position
	:param mobile: phone number
	:param email: mail address
	:param need: what they want
	:param consent: whether they agree to be contacted
	:param page: address of the page with its marketing parameters
	:param company_fax: left empty by people, because they do not see it
	:return: thanks
	"""
	doc = campaigns.by_code(code)
	if doc is None:
		frappe.throw(_("There is no such page."), frappe.DoesNotExistError)
	thanks = {"thanks": _(doc.thanks_text or "We have received your request and will call you.")}
	if company_fax.strip():
		# A machine gets the same answer and makes no lead.
		return thanks
	if not (email.strip() or mobile.strip()):
		frappe.throw(_("Please leave an e-mail address or a phone number."), exc=SPMError)
	values = {
		"lead_name": lead_name,
		"organisation": organisation,
		"job_title": job_title,
		"mobile": mobile,
		"email": email.lower(),
		"need": need,
	}
	lead_capture.request(doc, {**values, "consent": int(bool(consent))}, page)
	return thanks
