"""Who the demo people are, and doing something as one of them."""

from __future__ import annotations

from contextlib import contextmanager

import frappe

from sales_crm_pm.setup.demo import data


def login(short: str) -> str:
	"""Return the e-mail address a demo person logs in with."""
	return f"{short}@{data.DOMAIN}"


@contextmanager
def acting(short: str):
	"""Do the block as a demo person, with their rights and their language."""
	user, lang = frappe.session.user, frappe.local.lang
	frappe.set_user(login(short))
	frappe.local.lang = next(p[3] for p in data.PEOPLE if p[2] == short)
	try:
		yield
	finally:
		frappe.set_user(user)
		frappe.local.lang = lang
