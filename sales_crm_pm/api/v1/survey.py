"""Surveys: the answer of a customer without login, and the link for sending it by hand."""

from typing import Any

import frappe
from frappe import _
from frappe.rate_limiter import rate_limit

from sales_crm_pm.loop import survey as surveys


@frappe.whitelist(allow_guest=True, methods=["POST"])
@rate_limit(key="token", limit=10, seconds=60 * 60)
@rate_limit(limit=60, seconds=60 * 60)
def answer(token: str, csat: int, nps: int | None = None, comment: str | None = None) -> dict[str, Any]:
	"""Take the answer that belongs to a personal link; names of records never leave here.

	Args:
	        token: the secret of the link.
	        csat: satisfaction, 1 to 5.
	        nps: recommendation, 0 to 10.
	        comment: free text.

	Returns thanks (a sentence) and next (what happens now).
	"""
	doc = surveys.record_answer(token, csat, nps, comment)
	return {"thanks": thanks(), "next": what_next(bool(doc.needs_attention))}


@frappe.whitelist(methods=["POST"])
def link(survey: str) -> dict[str, str]:
	"""Return the personal link of a survey, to send it by a way other than mail."""
	frappe.get_doc("SPM Survey", survey).check_permission("write")
	return {"link": surveys.open_link(survey)}


def thanks() -> str:
	"""Return the sentence a visitor reads after answering, as the settings want it."""
	return _(frappe.get_cached_doc("SPM Settings").survey_thanks or "Thank you, that helps us.")


def what_next(needs_attention: bool) -> str:
	"""Return what happens with an answer."""
	if needs_attention:
		return _("We are sorry. Somebody will call you and put it right.")
	return _("Your answer goes to the people who worked with you.")
