"""What every portal and survey page needs: the brand, the language, and no cache."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import frappe
from frappe.utils import strip_html

LANGUAGES = {"en": "English", "zh": "中文"}


def prepare(context: Any, *, route: str | None = None, show_logout: bool = False) -> None:
	"""Fill the context of a page that extends templates/spm/page.html.

	Args:
	        context: the page's context.
	        route: where the brand links to; nowhere when not given.
	        show_logout: whether the visitor is somebody who can log out.
	"""
	settings = frappe.get_cached_doc("Website Settings")
	context.no_cache = 1
	context.show_sidebar = False
	context.brand = settings.get("app_name") or strip_html(settings.get("brand_html") or "") or "Sales CRM PM"
	if context.brand in ("Frappe", "ERPNext"):
		context.brand = "Sales CRM PM"
	context.brand_logo = settings.get("app_logo") or "/assets/sales_crm_pm/images/sales-crm-pm.svg"
	chosen = frappe.form_dict.get("_lang")
	# A language chosen for one page stays chosen on the next; a portal user's own is set in their account.
	context.lang_suffix = f"?_lang={quote(chosen)}" if chosen else ""
	context.brand_route = f"{route}{context.lang_suffix}" if route else None
	context.show_logout = show_logout
	context.other_language = _other_language()


def require_login(path: str) -> None:
	"""Send a guest to the login page and back to `path` afterwards."""
	if frappe.session.user == "Guest":
		frappe.local.flags.redirect_location = f"/login?redirect-to={path}"
		raise frappe.Redirect


def _other_language() -> dict[str, str]:
	code = "en" if (frappe.local.lang or "en").startswith("zh") else "zh"
	return {"code": code, "label": LANGUAGES[code]}
