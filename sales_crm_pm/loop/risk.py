"""What risks and issues say about projects: read in a fixed number of statements, written in one.

Only what the register knows is here; what a change of a risk sets off is in loop/risk_register.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce, Count, Max
from frappe.utils import cint

from sales_crm_pm.rules import risk as rules

OPEN = ("Identified", "Assessed", "Treating")
ISSUE_OPEN = ("Open", "In Progress")
THREAT, CHANCE = "Threat", "Chance"
DEFAULT_REVIEW_DAYS = 30


def bands() -> list[rules.Band]:
	"""The bands of the site, the lowest first."""
	return [
		rules.Band(row.name, cint(row.from_score), bool(row.is_critical))
		for row in frappe.get_all(
			"SPM Risk Band", fields=["name", "from_score", "is_critical"], order_by="from_score"
		)
	]


def scale() -> tuple[float, ...]:
	"""Percentages that stand for a probability of 1 to 5, from the settings."""
	try:
		return rules.parse_scale(frappe.get_cached_doc("SPM Settings").risk_scale)
	except ValueError:
		# The settings refuse such a scale; one that was written below them must not stop a save.
		return rules.DEFAULT_SCALE


def review_days() -> int:
	"""Days after which an open risk must have been looked at again."""
	return cint(frappe.get_cached_doc("SPM Settings").risk_review_days) or DEFAULT_REVIEW_DAYS


def open_risks(projects: Iterable[str]) -> dict[str, tuple[int, str | None]]:
	"""Number of open threats and the worst band among them, for each of these projects.

	One statement for any number of projects, and one for the bands. Chances are no reason to worry and are
	left out. The caller checks permission.
	"""
	names = list(dict.fromkeys(projects))
	found: dict[str, tuple[int, str | None]] = dict.fromkeys(names, (0, None))
	if not names:
		return found
	worst = _open_threats(names).as_("worst")
	band = DocType("SPM Risk Band")
	rows = (
		frappe.qb.from_(worst)
		.left_join(band)
		.on(band.from_score == worst.top)
		.select(worst.project, worst.threats, band.name)
		.run()
	)
	return found | {project: (cint(count), name) for project, count, name in rows}


def has_critical(projects: Iterable[str]) -> set[str]:
	"""Those of the projects that have an open threat of a critical band; one statement."""
	names = list(dict.fromkeys(projects))
	if not names:
		return set()
	risk, band = DocType("SPM Risk"), DocType("SPM Risk Band")
	rows = (
		frappe.qb.from_(risk)
		.inner_join(band)
		.on(band.name == risk.band)
		.select(risk.project)
		.distinct()
		.where(risk.project.isin(names) & risk.status.isin(OPEN) & (risk.kind == THREAT))
		.where(band.is_critical == 1)
		.run()
	)
	return {row[0] for row in rows}


def write(projects: Iterable[str] | None) -> None:
	"""Store open risks, open issues and the worst band on these projects (all when None); one statement."""
	names = None if projects is None else sorted({p for p in projects if p})
	if names is not None and not names:
		return
	table, band, issue = DocType("SPM Project"), DocType("SPM Risk Band"), DocType("SPM Issue")
	worst = _open_threats(names).as_("worst")
	issues = (
		frappe.qb.from_(issue)
		.select(issue.project, Count(issue.name).as_("issues"))
		.where(issue.status.isin(ISSUE_OPEN))
		.groupby(issue.project)
	)
	if names is not None:
		issues = issues.where(issue.project.isin(names))
	issues = issues.as_("logged")
	query = (
		frappe.qb.update(table)
		.left_join(worst)
		.on(worst.project == table.name)
		.left_join(band)
		.on(band.from_score == worst.top)
		.left_join(issues)
		.on(issues.project == table.name)
		.set(table.open_risks, Coalesce(worst.threats, 0))
		.set(table.worst_risk_band, band.name)
		.set(table.open_issues, Coalesce(issues.issues, 0))
	)
	if names is not None:
		query = query.where(table.name.isin(names))
	query.run()
	for name in names or ():
		frappe.clear_document_cache("SPM Project", name)


def _open_threats(projects: list[str] | None) -> Any:
	"""Query for project, number of open threats, and where the band of the worst begins."""
	risk, band = DocType("SPM Risk"), DocType("SPM Risk Band")
	query = (
		frappe.qb.from_(risk)
		.left_join(band)
		.on(band.name == risk.band)
		.select(risk.project, Count(risk.name).as_("threats"), Max(band.from_score).as_("top"))
		.where(risk.status.isin(OPEN) & (risk.kind == THREAT))
		.groupby(risk.project)
	)
	return query.where(risk.project.isin(projects)) if projects is not None else query
