"""What happens when somebody works with the risk register: assessing, reviewing, an issue out of a risk, tasks."""

from __future__ import annotations

from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce
from frappe.utils import add_days, cint, escape_html, flt, getdate, now_datetime, today
from pypika import Case

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import notices, progress, risk, transitions
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.rules import risk as rules

STRATEGIES = {
	risk.THREAT: ("Avoid", "Mitigate", "Transfer", "Accept"),
	risk.CHANCE: ("Exploit", "Share", "Enhance", "Accept"),
}
SEVERITY_OF_IMPACT = {5: "Critical", 4: "High", 3: "Medium"}
DONE = ("Closed", "Occurred")
HOMES = (("project", "SPM Project"), ("opportunity", "SPM Opportunity"))


# Steps of a save
# ------------------


def set_home(doc: Document) -> None:
	"""Take customer and deal from the project, or before there is one, from the deal.

	:raises SPMError: when the record belongs to neither
	"""
	before = doc.get_doc_before_save()
	if before and all(before.get(field) == doc.get(field) for field, _doctype in HOMES) and doc.customer:
		return
	for field, doctype in HOMES:
		if not doc.get(field):
			continue
		home = frappe.db.get_value(doctype, doc.get(field), ["customer", "deal_chain"], as_dict=True)
		if home:
			doc.customer, doc.deal_chain = home.customer, home.deal_chain
			return
	frappe.throw(_("Say which project or opportunity this belongs to."), exc=SPMError)


def set_figures(doc: Document) -> None:
	"""Score, band, expected value and delay from what people judged.

	:raises SPMError: when a judgement lies outside 1 to 5
	"""
	for field in ("probability", "impact", "residual_probability", "residual_impact"):
		value = cint(doc.get(field))
		lowest = 0 if field.startswith("residual") else rules.LOWEST
		if not lowest <= value <= rules.HIGHEST:
			frappe.throw(
				_("{0} lies between {1} and {2}.").format(
					_(doc.meta.get_label(field)), rules.LOWEST, rules.HIGHEST
				),
				exc=SPMError,
			)
		doc.set(field, value)
	bands = risk.bands()
	doc.score = rules.score(cint(doc.probability), cint(doc.impact))
	doc.band = _name(rules.band(doc.score, bands))
	doc.residual_score = rules.score(cint(doc.residual_probability), cint(doc.residual_impact))
	doc.residual_band = _name(rules.band(doc.residual_score, bands))
	doc.probability_percent = rules.percent(cint(doc.probability), risk.scale())
	doc.base_currency = base_currency()
	doc.emv = rules.emv(doc.probability_percent, flt(doc.cost_impact))
	doc.expected_delay_days = round(doc.probability_percent * cint(doc.schedule_impact_days) / 100, 1)


def check_response(doc: Document) -> None:
	"""Refuse a strategy of the other kind, and treating without saying how.

	:raises SPMError: naming what is possible
	"""
	possible = STRATEGIES[doc.kind or risk.THREAT]
	if doc.response_strategy and doc.response_strategy not in possible:
		frappe.throw(
			_("This is a {0}; its strategy is one of: {1}.").format(
				_(doc.kind, context="SPM Risk"), ", ".join(_(s, context="SPM Risk") for s in possible)
			),
			exc=SPMError,
		)
	if doc.status == "Treating" and not doc.response_strategy:
		frappe.throw(
			_("Choose a strategy before the treatment of {0} starts.").format(frappe.bold(doc.title)),
			exc=SPMError,
		)


def note_assessment(doc: Document) -> None:
	"""Write a new judgement, or a review that changed nothing, into the log; set trend and next review."""
	before = doc.get_doc_before_save()
	review = doc.flags.pop("review", None)
	wanted = getdate(doc.review_date) if doc.review_date else None
	if before and not review and (before.probability, before.impact) == (doc.probability, doc.impact):
		if doc.last_reviewed_on and doc.status in risk.OPEN:
			doc.review_date = rules.next_review(getdate(doc.last_reviewed_on), risk.review_days(), wanted)
		return
	doc.append(
		"assessments",
		{
			"assessed_on": now_datetime(),
			"assessed_by": frappe.session.user,
			"probability": doc.probability,
			"impact": doc.impact,
			"score": doc.score,
			"band": doc.band,
			"note": (review or {}).get("note"),
		},
	)
	doc.trend = rules.trend([cint(row.score) for row in doc.assessments])
	# Whoever writes a judgement down later than it was made (an import, a paper) may say when.
	doc.last_reviewed_on = today() if before else min(getdate(doc.identified_on), getdate())
	# The old date asked for this review, so it says nothing about the next one.
	chosen = (review or {}).get("next_review") or (
		wanted if not before or wanted != _date(before.review_date) else None
	)
	doc.review_date = rules.next_review(getdate(doc.last_reviewed_on), risk.review_days(), _date(chosen))


def stamp_end(doc: Document) -> None:
	"""Note when a risk ended; a reopened one has not."""
	if not has_new_status(doc):
		return
	doc.closed_on = now_datetime() if doc.status in DONE else None
	doc.occurred_on = today() if doc.status == "Occurred" else None


def after_save(doc: Document) -> None:
	"""Issue of a risk that happened, numbers of the projects concerned, and a word to who has to know."""
	before = doc.get_doc_before_save()
	if doc.status == "Occurred" and not doc.became_issue:
		_make_issue(doc)
	moved = not before or any(
		before.get(f) != doc.get(f) for f in ("project", "status", "kind", "score", "band")
	)
	if moved:
		refresh_projects(
			{doc.project, before.project if before else None}, {doc.project: doc.flags.locked_project}
		)
	_tell(doc, before)


def has_new_status(doc: Document) -> bool:
	"""Tell whether this save moves the record to another status."""
	before = doc.get_doc_before_save()
	return bool(before) and before.status != doc.status


def refresh_projects(projects: set[str | None], rows: dict[str | None, Any] | None = None) -> None:
	"""Write what projects show of their risks; where the worst changed, their health follows.

	:param rows: locked rows of projects as progress.lock gave them
	"""
	names = sorted(p for p in projects if p)
	if not names:
		return
	shown = dict(
		frappe.get_all(
			"SPM Project", filters={"name": ["in", names]}, fields=["name", "worst_risk_band"], as_list=True
		)
	)
	risk.write(names)
	now = risk.open_risks(names)
	for name in names:
		band = now[name][1]
		if (shown.get(name) or None) == band:
			continue
		row = (rows or {}).get(name)
		if row:
			# Locked before this change; health is reckoned from it.
			row.worst_risk_band = band
		progress.roll_up(name, row)


# What people do
# ------------------


def review(
	doc: Document,
	note: str | None = None,
	probability: int | None = None,
	impact: int | None = None,
	next_review: date | str | None = None,
) -> Document:
	"""Look at an open risk again: new judgement or none, with a note; returns the saved risk.

	:raises SPMError: when it is closed
	"""
	if doc.status in DONE:
		frappe.throw(
			_("{0} is closed; there is nothing to review.").format(frappe.bold(doc.title)), exc=SPMError
		)
	doc.probability = probability or doc.probability
	doc.impact = impact or doc.impact
	doc.flags.review = {"note": (note or "").strip() or None, "next_review": next_review}
	return doc.save()


def happened(doc: Document, **values: Any) -> str:
	"""A risk that happens becomes an issue; asking twice gives the same one.

	:param values: severity, issue_owner, due_date, description of the issue, where they are known
	:return: name of the issue
	"""
	if doc.project:
		# The second of two who ask at once waits here and finds the issue of the first.
		progress.lock(doc.project, doc.customer)
		doc.reload()
	if not doc.became_issue:
		doc.flags.issue_values = {field: value for field, value in values.items() if value}
		doc = transitions.move(doc, "Occurred")
	return doc.became_issue


def _make_issue(doc: Document) -> None:
	given = doc.flags.pop("issue_values", None) or {}
	issue = frappe.get_doc(
		{
			"doctype": "SPM Issue",
			"title": doc.title,
			"project": doc.project,
			"opportunity": doc.opportunity,
			"category": doc.category,
			"from_risk": doc.name,
			"severity": SEVERITY_OF_IMPACT.get(cint(doc.impact), "Low"),
			"issue_owner": doc.risk_owner,
			"description": doc.contingency or doc.description,
			"cause": doc.description,
			"cost_impact": doc.cost_impact,
			"schedule_impact_days": doc.schedule_impact_days,
			"visible_to_customer": doc.visible_to_customer,
			"customer_text": doc.customer_text,
			**given,
		}
	)
	issue.flags.of_risk = True
	# Whoever may say that the risk happened, causes its issue.
	issue.insert(ignore_permissions=True)
	doc.became_issue = issue.name
	frappe.db.set_value("SPM Risk", doc.name, "became_issue", issue.name, update_modified=False)


def create_task(
	doc: Document,
	subject: str | None = None,
	assigned_to: str | None = None,
	due_date: date | str | None = None,
) -> str:
	"""Make the task that works on a risk or an issue; returns its name.

	The caller has checked that the record may be changed; whether tasks may be made is asked here.
	"""
	is_risk = doc.doctype == "SPM Risk"
	due = getdate(due_date) if due_date else getdate(add_days(today(), 7))
	task = frappe.get_doc(
		{
			"doctype": "SPM Task",
			"subject": (subject or "").strip() or doc.title,
			"project": doc.project,
			"opportunity": doc.opportunity,
			"customer": doc.customer,
			"risk" if is_risk else "issue": doc.name,
			"assigned_to": assigned_to or (doc.risk_owner if is_risk else doc.issue_owner),
			"planned_start_date": min(getdate(), due),
			"planned_end_date": due,
			"description": escape_html((doc.response_plan if is_risk else doc.resolution) or ""),
			"priority": "High" if is_risk or doc.severity in ("High", "Critical") else "Medium",
		}
	)
	return task.insert().name


def take_over(opportunity: str, project: str) -> None:
	"""Risks and issues of a bid go over to the project that it became."""
	moved = 0
	for doctype in ("SPM Risk", "SPM Issue"):
		names = frappe.get_all(
			doctype, filters={"opportunity": opportunity, "project": ["is", "not set"]}, pluck="name"
		)
		if names:
			frappe.db.set_value(doctype, {"name": ["in", names]}, "project", project, update_modified=False)
		moved += len(names)
	if moved:
		risk.write([project])


# Settings, and what they change
# ------------------


def check_settings(settings: Document) -> None:
	"""Refuse a scale that cannot be used.

	:raises SPMError: saying what is expected
	"""
	try:
		rules.parse_scale(settings.risk_scale)
	except ValueError:
		frappe.throw(
			_("Give five percentages that rise, one for each probability, as in: {0}.").format(
				"10, 30, 50, 70, 90"
			),
			title=_("Percent of Probability 1 to 5"),
			exc=SPMError,
		)


def follow_settings(settings: Document) -> None:
	"""Another scale gives every risk another expected value."""
	before = settings.get_doc_before_save()
	if before and before.risk_scale != settings.risk_scale:
		frappe.clear_document_cache(settings.doctype, settings.name)
		recompute()


def recompute() -> None:
	"""Compute scores, bands and expected values of all risks from nothing, and what projects show of them.

	A fixed number of statements, whatever the number of risks.
	"""
	table, low, after = (
		DocType("SPM Risk"),
		DocType("SPM Risk Band").as_("low"),
		DocType("SPM Risk Band").as_("after"),
	)
	percent = Case()
	for step, value in enumerate(risk.scale(), rules.LOWEST):
		percent = percent.when(table.probability == step, value)
	percent = percent.else_(0)
	score = Coalesce(table.probability, 0) * Coalesce(table.impact, 0)
	residual = Coalesce(table.residual_probability, 0) * Coalesce(table.residual_impact, 0)
	(
		frappe.qb.update(table)
		.left_join(low)
		.on((low.from_score <= score) & (low.to_score >= score))
		.left_join(after)
		.on((after.from_score <= residual) & (after.to_score >= residual))
		.set(table.score, score)
		.set(table.residual_score, residual)
		.set(table.band, low.name)
		.set(table.residual_band, after.name)
		.set(table.probability_percent, percent)
		.set(table.emv, progress.Round(percent * Coalesce(table.cost_impact, 0) / 100, 2))
		.set(
			table.expected_delay_days,
			progress.Round(percent * Coalesce(table.schedule_impact_days, 0) / 100, 1),
		)
		.run()
	)
	frappe.clear_document_cache("SPM Risk")
	risk.write(None)
	frappe.clear_document_cache("SPM Project")


# Telling people
# ------------------


def _tell(doc: Document, before: Document | None) -> None:
	"""A band that changed goes to project manager and account manager, a new owner hears of it."""
	old = before.band if before else None
	if doc.status in risk.OPEN and before and old != doc.band:
		people = frappe.db.get_value(*_home_of(doc)) or ()
		notices.send(
			{*people, doc.risk_owner},
			doc.doctype,
			doc.name,
			lambda language: _band_sentence(doc, old, language),
		)
	elif doc.status in risk.OPEN and (not before or before.risk_owner != doc.risk_owner):
		notices.send(
			[doc.risk_owner],
			doc.doctype,
			doc.name,
			lambda language: _("You own the risk {0} now.", language).format(
				frappe.bold(escape_html(doc.title))
			),
		)


def _home_of(doc: Document) -> tuple[str, str, list[str]]:
	"""Where the people stand who have to know of a risk."""
	if doc.project:
		return "SPM Project", doc.project, ["project_manager", "account_manager"]
	return "SPM Opportunity", doc.opportunity, ["opportunity_owner", "owner"]


def _band_sentence(doc: Document, old: str | None, language: str) -> str:
	return _("The risk {0} went from {1} to {2}.", language).format(
		frappe.bold(escape_html(doc.title)),
		escape_html(_(old, language) if old else "–"),
		frappe.bold(escape_html(_(doc.band, language) if doc.band else "–")),
	)


def remind_due() -> None:
	"""Daily job: tell owners which of their risks wait for a review, once per review that was agreed."""
	settings = frappe.get_cached_doc("SPM Settings")
	if not cint(settings.risk_reminders):
		return
	table = DocType("SPM Risk")
	latest = add_days(today(), -risk.review_days())
	due = Coalesce(table.review_date, getdate(today()))
	rows = (
		frappe.qb.from_(table)
		.select(table.name, table.title, table.risk_owner, due.as_("due"))
		.where(table.status.isin(risk.OPEN))
		.where((table.review_date < today()) | (table.last_reviewed_on < latest))
		.where(table.reminded_for.isnull() | (table.reminded_for < due))
		.orderby(table.score, order=frappe.qb.desc)
		.orderby(table.name)
		.run(as_dict=True)
	)
	by_owner: dict[str, list[Any]] = {}
	for row in rows:
		by_owner.setdefault(row.risk_owner, []).append(row)
	for owner, waiting in by_owner.items():
		notices.send(
			[owner], "SPM Risk", waiting[0].name, lambda language, own=waiting: _due_sentence(own, language)
		)
	if rows:
		(
			frappe.qb.update(table)
			.set(table.reminded_for, due)
			.where(table.name.isin([row.name for row in rows]))
			.run()
		)


def _due_sentence(waiting: list[Any], language: str) -> str:
	titles = ", ".join(frappe.bold(escape_html(row.title)) for row in waiting[:3])
	if len(waiting) == 1:
		return _("The risk {0} waits for your review.", language).format(titles)
	return _("{0} risks wait for your review: {1}.", language).format(
		len(waiting), titles + (" …" if len(waiting) > 3 else "")
	)


def _name(band: rules.Band | None) -> str | None:
	return band.name if band else None


def _date(value: Any) -> date | None:
	return getdate(value) if value else None
