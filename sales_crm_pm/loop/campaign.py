"""The link and the QR code of a campaign."""

from __future__ import annotations

import io
import re
from typing import Any
from urllib.parse import urlencode

import frappe
import pyqrcode
from frappe import _
from frappe.utils import get_url

from sales_crm_pm.exceptions import SPMError

ROUTE = "campaign"
RESERVED = {"new", "edit"}


def set_code(doc: Any) -> None:
	"""Make the short code from the name when there is none; always lower-case letters, digits and hyphens."""
	code = doc.campaign_code or frappe.scrub(doc.campaign_name or "").replace("_", "-")
	code = re.sub(r"[^a-z0-9]+", "-", code.lower()).strip("-")[:60]
	if not code or code in RESERVED:
		# A Chinese name has no letters to take.
		code = frappe.generate_hash(length=8)
	doc.campaign_code = code


def link(campaign: Any) -> str:
	"""The address that the QR code holds and that is sent around."""
	marks = {
		"utm_source": frappe.scrub(campaign.channel or "").replace("_", "-"),
		"utm_medium": campaign.utm_medium or "",
		"utm_campaign": campaign.campaign_code,
	}
	return f"{get_url()}/{ROUTE}/{campaign.campaign_code}?{urlencode({k: v for k, v in marks.items() if v})}"


def qr_svg(campaign: Any, scale: int = 8) -> str:
	"""The QR code as a picture that prints sharp in any size.

	Error correction of 25 % lets a code on a stained poster still be read.
	"""
	stream = io.BytesIO()
	_code(campaign).svg(stream, scale=scale, background="white", module_color="#000000", quiet_zone=4)
	text = stream.getvalue().decode("utf-8")
	# Without a view box a picture shown smaller would be cut instead of scaled, and could not be read.
	return re.sub(r'(<svg [^>]*height="(\d+)" width="(\d+)")', r'\1 viewBox="0 0 \3 \2"', text, count=1)


def _code(campaign: Any) -> Any:
	if not campaign.campaign_code:
		frappe.throw(_("Save the campaign first: its link is made then."), exc=SPMError)
	return pyqrcode.create(link(campaign), error="Q")


def by_code(code: str) -> Any:
	"""The campaign of a short code, None when there is none."""
	name = code and frappe.db.get_value("SPM Campaign", {"campaign_code": code.lower()})
	return frappe.get_doc("SPM Campaign", name) if name else None
