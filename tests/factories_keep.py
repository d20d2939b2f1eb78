"""Builders of what keeps customers: visit plans, segments."""

from __future__ import annotations

import json

import frappe

from sales_crm_pm.loop.sequences import control
from tests.factories import make, unique


def make_plan(**values):
	"""An enabled plan of its own tier-less kind: every 30 days, the task a week ahead, first in the order."""
	values.setdefault("plan_name", unique("Plan "))
	values.setdefault("priority", 0)
	values.setdefault("every_days", 30)
	values.setdefault("lead_days", 7)
	values.setdefault("max_per_day", 0)
	return make("SPM Visit Plan", **values)


def condition(record: str, *filters: tuple, quantifier: str = "has", count: int = 1) -> dict:
	"""One condition of a segment: `condition("SPM Task", ("is_overdue", "yes"))`."""
	return {
		"record": record,
		"quantifier": quantifier,
		"count": count,
		"filters": [dict(zip(("field", "operator", "value"), entry, strict=False)) for entry in filters],
	}


def definition(*conditions: dict, match: str = "all") -> str:
	"""A question of one group."""
	return json.dumps({"match": "all", "groups": [{"match": match, "conditions": list(conditions)}]})


def make_segment(*conditions: dict, match: str = "all", **values):
	"""A segment with one group of conditions."""
	values.setdefault("segment_name", unique("Segment "))
	return make("SPM Segment", definition=definition(*conditions, match=match), **values)


def make_template(language: str = "en", base: str | None = None, **values):
	"""A mail template named "… (en)" whose text uses what a letter may use."""
	name = f"{base or unique('Letter ')} ({language})"
	greeting = {"en": "Dear", "zh": "您好"}.get(language, "Hello")
	values.setdefault("subject", f"{greeting} {{{{ first_name }}}}")
	values.setdefault("response_html", f"<p>{greeting} {{{{ contact_name }}}} of {{{{ customer_name }}}}</p>")
	doc = frappe.get_doc({"doctype": "Email Template", "use_html": 1, **values})
	doc.name = name
	return doc.insert(ignore_permissions=True)


def mail_step(wait_days: int = 0, template: str | None = None, **values) -> dict:
	"""A step that sends a letter."""
	return {
		"wait_days": wait_days,
		"action": "Mail",
		"email_template": template or make_template().name,
		**values,
	}


def make_sequence(*steps: dict, status: str = "Active", **values):
	"""A sequence by hand of one letter at once and a second after three days, switched on."""
	values.setdefault("sequence_name", unique("Sequence "))
	doc = make("SPM Sequence", steps=list(steps) or [mail_step(0), mail_step(3)], **values)
	if status != "Draft":
		control.move(doc.name, status)
	doc.reload()
	return doc
