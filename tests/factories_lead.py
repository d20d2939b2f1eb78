"""Builders of what leads obey: pools, assignment rules, response targets, scoring rules."""

from __future__ import annotations

import frappe

from sales_crm_pm.loop import lead_config
from tests.factories import make, unique


def no_rules() -> None:
	"""Switch off what the site has set up, so that only the test's own rules count."""
	for doctype in ("SPM Assignment Rule", "SPM Lead Pool", "SPM Response Target", "SPM Scoring Rule"):
		frappe.db.set_value(doctype, {"disabled": 0}, "disabled", 1)
	lead_config.forget()


def make_pool(**values):
	"""A default pool without limits."""
	values.setdefault("pool_name", unique("Pool "))
	values.setdefault("is_default", 1)
	for fieldname in ("max_open", "max_per_day", "cool_down_days", "recycle_after_days", "warn_days_before"):
		values.setdefault(fieldname, 0)
	return make("SPM Lead Pool", **values)


def make_pool_lead(**values):
	"""A lead that nobody has."""
	values.setdefault("lead_name", unique("Person "))
	values.setdefault("organisation", unique("Organisation "))
	doc = frappe.get_doc({"doctype": "SPM Lead", **values})
	doc.flags.from_outside = True
	return doc.insert(ignore_permissions=True)


def make_assignment(users: list[str | dict], **values):
	"""An assignment rule for every lead, in turn."""
	values.setdefault("rule_name", unique("Rule "))
	rows = [row if isinstance(row, dict) else {"user": row} for row in users]
	return make("SPM Assignment Rule", users=rows, **values)


def make_target(**values):
	"""A response target of 60 minutes around the clock for every lead."""
	values.setdefault("target_name", unique("Target "))
	values.setdefault("response_minutes", 60)
	return make("SPM Response Target", **values)


def make_scoring(conditions: list[tuple[str, str, str]] | None = None, **values):
	"""A scoring rule of 10 points; conditions as (field, comparison, value)."""
	values.setdefault("rule_name", unique("Reason "))
	values.setdefault("points", 10)
	rows = [{"fieldname": f, "operator": o, "value": v} for f, o, v in conditions or []]
	return make("SPM Scoring Rule", conditions=rows, **values)
