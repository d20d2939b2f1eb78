"""Builders for risks, issues and lessons."""

from __future__ import annotations

from frappe.utils import getdate

from tests.factories import make, unique
from tests.factories_delivery import make_project


def make_risk(project: str | None = None, **values):
	"""A threat of 3 × 4 that Administrator owns, identified today; of a deal when one is given instead."""
	if not project and not values.get("opportunity"):
		project = make_project().name
	values = {
		"title": unique("Risk "),
		"risk_owner": "Administrator",
		"probability": 3,
		"impact": 4,
		"identified_on": getdate(),
		**values,
	}
	return make("SPM Risk", project=project, **values)


def make_issue(project: str | None = None, **values):
	"""An open issue of medium severity."""
	if not project and not values.get("opportunity"):
		project = make_project().name
	values = {"title": unique("Issue "), "issue_owner": "Administrator", **values}
	return make("SPM Issue", project=project, **values)


def make_lesson(**values):
	"""Something that went badly, with what to do better."""
	values = {
		"title": unique("Lesson "),
		"what_happened": "The data came late.",
		"recommendation": "Ask for it before the offer.",
		**values,
	}
	return make("SPM Lesson", **values)
