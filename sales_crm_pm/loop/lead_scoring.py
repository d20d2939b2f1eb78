"""Scores of leads with their reasons: on every change of what they depend on, and nightly for all open leads."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import frappe
from frappe import _
from frappe.model import no_value_fields
from frappe.query_builder import DocType
from frappe.utils import cint, get_datetime, now_datetime
from pypika import Case

from sales_crm_pm.loop.lead_config import config
from sales_crm_pm.rules import lead_score
from sales_crm_pm.rules.lead_pool import OPEN_STATUSES
from sales_crm_pm.rules.lead_score import Score, ScoringRule

CHUNK = 1000
PREVIEW_LEADS = 2000
PREVIEW_ROWS = 12


def set_score(doc: Any) -> None:
	"""Score a lead that is being saved, when something it depends on has changed."""
	rules = config().scoring
	before = doc.get_doc_before_save()
	if not rules or doc.status not in OPEN_STATUSES:
		return
	if before is not None:
		depends = {c.fieldname for rule in rules for c in rule.conditions}
		if not any(doc.meta.has_field(f) and doc.has_value_changed(f) for f in depends):
			return
	ages = activities([doc.name]) if before is not None else {}
	if before is None and doc.consent:
		ages = {doc.name: {"Request": [0.0]}}
	found = lead_score.score(rules, config().values_of(doc), ages.get(doc.name, {}))
	doc.update(as_fields(found))


def refresh(lead: str) -> None:
	"""Score a stored lead anew, after a talk or a mail."""
	rescore([lead])


def rescore_all() -> int:
	"""Nightly job: points fade with time, so all open leads are scored anew; returns how many changed."""
	if not config().scoring:
		return 0
	changed = 0
	for names in _chunks(_open_names()):
		changed += rescore(names)
	return changed


def rescore_soon() -> None:
	"""After a rule changed: score all open leads in the background, once however many rules were saved."""
	frappe.enqueue(
		"sales_crm_pm.loop.lead_scoring.rescore_all",
		queue="long",
		enqueue_after_commit=True,
		job_id="spm-rescore-leads",
		deduplicate=True,
	)


def rescore(names: list[str]) -> int:
	"""Score leads with a fixed number of statements; writes only those whose score or reasons changed.

	:return: how many were written
	"""
	setup = config()
	leads = _leads(names)
	ages = activities([lead.name for lead in leads])
	new: dict[str, dict[str, Any]] = {}
	for lead in leads:
		values = as_fields(lead_score.score(setup.scoring, setup.values_of(lead), ages.get(lead.name, {})))
		if any(values[f] != (lead[f] or type(values[f])()) for f in values):
			new[lead.name] = values
	_write(new)
	return len(new)


def as_fields(found: Score) -> dict[str, Any]:
	"""A score as fields of the lead."""
	settings = frappe.get_cached_doc("SPM Settings")
	return {
		"score": found.total,
		"rating": lead_score.rating(
			found.total, cint(settings.lead_warm_score) or 30, cint(settings.lead_hot_score) or 60
		),
		"score_detail": json.dumps(found.reasons, ensure_ascii=False, separators=(",", ":"))
		if found.reasons
		else "",
	}


def reasons(lead: Any) -> list[dict[str, Any]]:
	"""A lead's reasons in the reader's language; their points add up to the score."""
	return [{"reason": _(name), "points": points} for name, points in json.loads(lead.score_detail or "[]")]


def activities(names: list[str]) -> dict[str, dict[str, list[float]]]:
	"""Age in days of everything that happened with leads, by lead and kind; three statements."""
	found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
	if not names:
		return found
	now = now_datetime()

	def note(lead: str, kind: str, at: Any) -> None:
		found[lead][kind].append(max(0.0, (now - get_datetime(at)).total_seconds() / 86400))

	for talk in frappe.get_all(
		"SPM Interaction",
		filters={"lead": ["in", names], "happened_on": ["<=", now]},
		fields=["lead", "interaction_type", "direction", "happened_on"],
		limit_page_length=0,
	):
		if talk.interaction_type != "Note":
			note(talk.lead, f"{talk.direction or 'Outgoing'} Talk", talk.happened_on)
		if talk.interaction_type == "Visit":
			note(talk.lead, "Visit", talk.happened_on)
	for mail in frappe.get_all(
		"Communication",
		filters={
			"reference_doctype": "SPM Lead",
			"reference_name": ["in", names],
			"communication_type": "Communication",
			"communication_medium": "Email",
		},
		fields=["reference_name", "sent_or_received", "communication_date", "creation"],
		limit_page_length=0,
	):
		kind = "Incoming Mail" if mail.sent_or_received == "Received" else "Outgoing Mail"
		note(mail.reference_name, kind, mail.communication_date or mail.creation)
	for lead in frappe.get_all(
		"SPM Lead",
		filters={"name": ["in", names], "consent_on": ["is", "set"]},
		fields=["name", "consent_on"],
		limit_page_length=0,
	):
		note(lead.name, "Request", lead.consent_on)
	return found


def preview(rule: ScoringRule | None, without: str | None = None) -> dict[str, Any]:
	"""What the newest open leads would score if a rule were saved as given; nothing is written.

	:param rule: the rule as it stands in the form, None when it is switched off
	:param without: name of the stored rule it replaces
	:return: leads (how many were looked at), changed, and for those that change most: lead, title, before,
	    after, rating_before, rating_after
	"""
	setup = config()
	kept = tuple(r for r in setup.scoring if r.name != without)
	new_rules = (*kept, rule) if rule else kept
	names = _open_names()[:PREVIEW_LEADS]
	leads = _leads(names)
	ages = activities(names)
	rows, ratings = [], {"before": defaultdict(int), "after": defaultdict(int)}
	for lead in leads:
		values, happened = setup.values_of(lead), ages.get(lead.name, {})
		old = as_fields(lead_score.score(setup.scoring, values, happened))
		new = as_fields(lead_score.score(new_rules, values, happened))
		ratings["before"][old["rating"]] += 1
		ratings["after"][new["rating"]] += 1
		if old["score"] != new["score"]:
			rows.append(
				{
					"lead": lead.name,
					"title": lead.organisation or lead.lead_name,
					"before": old["score"],
					"after": new["score"],
					"rating_before": old["rating"],
					"rating_after": new["rating"],
				}
			)
	rows.sort(key=lambda r: (-abs(r["after"] - r["before"]), r["lead"]))
	return {"leads": len(leads), "changed": len(rows), "ratings": ratings, "rows": rows[:PREVIEW_ROWS]}


def _open_names() -> list[str]:
	return frappe.get_all(
		"SPM Lead",
		filters={"status": ["in", OPEN_STATUSES]},
		pluck="name",
		order_by="creation desc",
		limit_page_length=0,
	)


def _leads(names: list[str]) -> list[Any]:
	# Every field a rule may name, so that a rule that is only being tried out finds its own, too.
	fields = [
		df.fieldname
		for df in frappe.get_meta("SPM Lead").fields
		if df.fieldtype not in no_value_fields and df.fieldtype != "Text Editor" and not df.get("is_virtual")
	]
	return frappe.get_all(
		"SPM Lead",
		filters={"name": ["in", names or [""]]},
		fields=["name", *fields],
		limit_page_length=0,
	)


def _write(values: dict[str, dict[str, Any]]) -> None:
	for names in _chunks(list(values)):
		lead = DocType("SPM Lead")
		query = frappe.qb.update(lead).where(lead.name.isin(names))
		for fieldname in ("score", "rating", "score_detail"):
			case = Case()
			for name in names:
				case = case.when(lead.name == name, values[name][fieldname])
			query = query.set(lead[fieldname], case.else_(lead[fieldname]))
		query.run()
		pool = DocType("SPM Pool Lead")
		query = frappe.qb.update(pool).where(pool.lead.isin(names))
		for fieldname in ("score", "rating"):
			case = Case()
			for name in names:
				case = case.when(pool.lead == name, values[name][fieldname])
			query = query.set(pool[fieldname], case.else_(pool[fieldname]))
		query.run()


def _chunks(names: list[str]) -> Iterable[list[str]]:
	for start in range(0, len(names), CHUNK):
		yield names[start : start + CHUNK]
