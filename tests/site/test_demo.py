"""The demo data tells the whole story, once, and goes without leaving a row."""

import frappe
import pytest

from sales_crm_pm.loop import progress
from sales_crm_pm.setup import demo

# Journals of what happened on the site; taking the demo back is part of what happened.
JOURNALS = ("tabActivity Log", "tabError Log", "tabDeleted Document", "tabScheduled Job Log", "tabSessions")
JOURNALS += (
	"tabSeries",
	"tabAccess Log",
	"tabRoute History",
	"tabDefaultValue",
	"__Auth",
	"tabSingles",
	"tabVersion",
	"tabPermission Log",
)


def row_counts():
	return {
		t: frappe.db.sql(f"select count(*) from `{t}`")[0][0]
		for t in frappe.db.get_tables(cached=False)
		if t not in JOURNALS
	}


def forget_orphans():
	"""Drop what a late job noted about documents that an earlier test took away: the demo reuses their names."""
	for row in frappe.get_all("Workflow Action", fields=["name", "reference_doctype", "reference_name"]):
		if not frappe.db.exists(row.reference_doctype, row.reference_name):
			frappe.delete_doc("Workflow Action", row.name, force=True)


@pytest.fixture
def story(site):
	forget_orphans()
	before = row_counts()
	result = demo.create()
	yield result
	demo.remove()
	after = row_counts()
	left = {t: after[t] - n for t, n in before.items() if after.get(t) != n}
	assert not left, f"removing the demo data left rows behind: {left}"


@pytest.mark.slow
def test_the_story(story):
	assert len(story["logins"]) == 15
	assert demo.create()["summary"] == story["summary"], "telling it twice must change nothing"

	second = frappe.get_all(
		"SPM Opportunity",
		# The other one of a second generation is the renewal of a contract.
		filters={"generation": 2, "originated_from_type": "SPM Survey"},
		fields=["name", "previous_opportunity", "originated_from_type", "originated_from", "deal_chain"],
	)
	assert len(second) == 1
	survey = frappe.get_doc("SPM Survey", second[0].originated_from)
	assert (survey.follow_up_type, survey.follow_up) == ("SPM Opportunity", second[0].name)
	first = frappe.get_doc("SPM Opportunity", second[0].previous_opportunity)
	assert first.project == survey.project
	assert first.deal_chain == survey.deal_chain != second[0].deal_chain

	states = set(frappe.get_all("SPM Project", pluck="status"))
	assert {"Pending Approval", "In Progress", "Closed"} <= states
	assert {"Green", "Red"} <= set(frappe.get_all("SPM Project", pluck="health"))

	stored = {
		p.name: p
		for p in frappe.get_all(
			"SPM Project", fields=["name", "percent_complete", "percent_planned", "health"]
		)
	}
	progress.recompute()
	for name, row in stored.items():
		now = frappe.db.get_value(
			"SPM Project", name, ["percent_complete", "percent_planned", "health"], as_dict=True
		)
		assert (now.percent_complete, now.percent_planned, now.health) == (
			row.percent_complete,
			row.percent_planned,
			row.health,
		)
