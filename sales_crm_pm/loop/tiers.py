"""Tiers of customers: computed by rules or by RFM for all at once, previewed, kept with their reasons.

What a preview shows and what saving does come out of the same function (`plan`), so they cannot differ.
Customers are matched by one statement per rule, never one per customer.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce
from frappe.utils import cint, cstr, flt, fmt_money, getdate, now_datetime

from sales_crm_pm.loop import visits
from sales_crm_pm.loop.figures import site_language
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.loop.sets import insert_logs, update_rows
from sales_crm_pm.rules import rfm, tiering
from sales_crm_pm.rules.tiering import HAND, RFM, RULES, Decision, Rule, Thresholds

CUSTOMER = "SPM Customer"
INLINE = 3000
"""Up to as many customers a person waits for the new tiers instead of a worker."""
ALL = "*"
SETTINGS = (
	"tier_method",
	"tier_a_from",
	"tier_b_from",
	"tier_c_from",
	"rfm_a_from",
	"rfm_b_from",
	"rfm_c_from",
	"rfm_recency_days",
	"rfm_frequency",
	"rfm_monetary",
)
RULE_FIELDS = (
	"name",
	"rule_name",
	"enabled",
	"priority",
	"valid_from",
	"valid_to",
	"conditions",
	"effect",
	"points",
	"tier",
)
COLUMNS = (
	"name",
	"customer_name",
	"tier",
	"tier_locked",
	"tier_facts",
	"last_won_on",
	"won_count",
	"won_amount_base",
)


# Deciding
# ------------------


def plan(
	rows: list[Any], rules: list[Any] | None = None, settings: Any = None, today: date | None = None
) -> dict[str, Decision]:
	"""The tier every customer of `rows` should have; those set by hand are left out.

	:param rows: customers with COLUMNS; for RFM it must be all of them, because they are compared
	:param rules: rule records or dicts with RULE_FIELDS, by default those stored
	:param settings: dict with SETTINGS, by default those stored
	"""
	settings, today = settings or current_settings(), today or getdate()
	method = settings.get("tier_method") or HAND
	free = [row for row in rows if not row.tier_locked]
	if method == RFM:
		return _plan_by_rfm(rows, free, settings, today)
	if method != RULES:
		return {}
	rules = stored_rules() if rules is None else rules
	matching: dict[str, list[Rule]] = defaultdict(list)
	among = None if len(rows) > INLINE else [row.name for row in free]
	for record in rules:
		if is_in_force(record, today):
			rule = Rule(
				record.get("name") or record.get("rule_name"),
				record.get("effect") or "Points",
				cint(record.get("points")),
				record.get("tier") or "",
				cint(record.get("priority")),
			)
			for name in matches(record, among):
				matching[name].append(rule)
	thresholds = thresholds_of(settings, "tier")
	return {row.name: tiering.by_rules(matching.get(row.name, ()), thresholds) for row in free}


def _plan_by_rfm(rows: list[Any], free: list[Any], settings: Any, today: date) -> dict[str, Decision]:
	buyers = {b.key: b for b in buyers_of(rows, today)}
	scores = rfm.scores(buyers.values(), limits(settings))
	thresholds = thresholds_of(settings, "rfm")
	plan = {}
	for row in free:
		if buyer := buyers.get(row.name):
			plan[row.name] = tiering.by_rfm(
				scores[row.name], thresholds, buyer.days, buyer.wins, buyer.amount
			)
		else:
			plan[row.name] = tiering.by_rfm(None, thresholds)
	return plan


def buyers_of(rows: Iterable[Any], today: date) -> list[rfm.Buyer]:
	"""The customers that ever bought, as RFM sees them."""
	return [
		rfm.Buyer(
			row.name,
			max(0, (today - getdate(row.last_won_on)).days),
			cint(row.won_count),
			flt(row.won_amount_base),
		)
		for row in rows
		if cint(row.won_count) and row.last_won_on
	]


def is_in_force(record: Any, today: date) -> bool:
	"""Whether a rule counts on this day."""
	begin, end = record.get("valid_from"), record.get("valid_to")
	return bool(
		cint(record.get("enabled"))
		and (not begin or getdate(begin) <= today)
		and (not end or getdate(end) >= today)
	)


def matches(record: Any, among: list[str] | None = None, limit: int = 0) -> set[str]:
	"""Customers that meet all conditions of a rule; one statement. Trusted: the caller shows only what may be seen.

	:param among: only these customers (None: all)
	"""
	filters = conditions_of(record)
	if among is not None:
		filters = [*filters, [CUSTOMER, "name", "in", among or [""]]]
	return set(
		frappe.get_all(CUSTOMER, filters=filters, pluck="name", limit_page_length=limit, order_by=None)
	)


def conditions_of(record: Any) -> list[list]:
	"""The filters of a rule: lists of record type, field, operator and value."""
	text = record.get("conditions")
	rows = frappe.parse_json(text) if isinstance(text, str) and text.strip() else text
	return [list(row)[:4] for row in rows or []]


def current_settings() -> dict[str, Any]:
	"""What the settings say about tiers."""
	stored = frappe.get_cached_doc("SPM Settings")
	return {field: stored.get(field) for field in SETTINGS}


def are_computed(settings: Any = None) -> bool:
	"""Whether rules or RFM give the tiers, and not people."""
	return ((settings or current_settings()).get("tier_method") or HAND) in (RULES, RFM)


def limits(settings: Any) -> rfm.Limits:
	"""Limits between the scores for few customers; the shipped ones where the settings have none."""
	given = {
		"recency": numbers(settings.get("rfm_recency_days")),
		"frequency": numbers(settings.get("rfm_frequency")),
		"monetary": numbers(settings.get("rfm_monetary")),
	}
	return rfm.Limits(**{name: values for name, values in given.items() if values and len(values) == 4})


def numbers(text: str | None) -> tuple[float, ...] | None:
	"""The numbers of "50000, 200000"; None when one of them is no number."""
	try:
		return tuple(float(part) for part in cstr(text).replace("，", ",").split(",") if part.strip())
	except ValueError:
		return None


def thresholds_of(settings: Any, kind: str) -> Thresholds:
	return Thresholds(*(cint(settings.get(f"{kind}_{tier}_from")) for tier in "abc"))


def stored_rules() -> list[Any]:
	return frappe.get_all(
		"SPM Tier Rule", filters={"enabled": 1}, fields=list(RULE_FIELDS), limit_page_length=0
	)


def customers_as_stored(names: list[str] | None = None) -> list[Any]:
	"""Customers in use; those named are locked, so that two events at once keep one move and not two."""
	table = DocType(CUSTOMER)
	query = (
		frappe.qb.from_(table)
		.select(*[table[column] for column in COLUMNS])
		.where(Coalesce(table.disabled, 0) == 0)
		.orderby(table.name)
	)
	if names is not None:
		query = query.where(table.name.isin(sorted(set(names)) or [""])).for_update()
	return query.run(as_dict=True)


# Doing it
# ------------------


def apply(because: str, customers: list[str] | None = None) -> int:
	"""Give customers the tier they should have, with reason and history; returns how many moved.

	:param because: why now (`enqueue` keeps a name `event` for itself), one of the options of SPM Tier Change
	:param customers: only these; with RFM always all, since they are compared with each other
	"""
	settings = current_settings()
	if not are_computed(settings):
		return 0
	rows = customers_as_stored(customers if settings["tier_method"] == RULES else None)
	planned = plan(rows, settings=settings)
	changes: dict[str, dict[str, Any]] = {}
	history = []
	now, user, language = now_datetime(), frappe.session.user, site_language()
	for row in rows:
		decision = planned.get(row.name)
		if decision is None:
			continue
		facts = json.dumps(decision.facts, ensure_ascii=False)
		if decision.tier == (row.tier or "") and facts == (row.tier_facts or ""):
			continue
		words = reason(decision.facts, language)
		changes[row.name] = {"tier": decision.tier, "tier_facts": facts, "tier_reason": words}
		if decision.tier != (row.tier or ""):
			history.append(_move(row.name, row.tier, decision.tier, because, now, user, words, facts))
	update_rows(CUSTOMER, changes)
	insert_logs("SPM Tier Change", history)
	# Visit plans go by tier.
	visits.refresh([row["customer"] for row in history])
	return len(history)


def _move(customer, old, new, event, moment, user, words, facts) -> dict[str, Any]:
	return {
		"customer": customer,
		"from_tier": old or "",
		"to_tier": new or "",
		"event": event,
		"changed_on": moment,
		"changed_by": user,
		"reason": words,
		"facts": facts,
	}


def rules_changed() -> None:
	"""Rules or settings were saved: give everybody their tier, at once or by a worker when there are many."""
	if not are_computed():
		return
	if frappe.db.count(CUSTOMER) <= INLINE:
		apply("Rules Changed")
	else:
		frappe.enqueue(
			"sales_crm_pm.loop.tiers.apply",
			queue="long",
			timeout=1800,
			enqueue_after_commit=True,
			because="Rules Changed",
		)


def figures_changed(customers: list[str] | None) -> None:
	"""Something the rules may look at has changed (a win, a delivery, an answer, an edit): look again soon.

	A worker does it after the commit, so that nobody waits; the nightly run would find the same.
	"""
	if not are_computed() or frappe.flags.in_install:
		return
	waiting = frappe.local.flags.spm_tiers_waiting
	if waiting is None:
		waiting = frappe.local.flags.spm_tiers_waiting = set()
		frappe.db.after_commit.add(_enqueue_waiting)
		frappe.db.after_rollback.add(_forget_waiting)
	waiting.update([ALL] if customers is None else [c for c in customers if c])


def _enqueue_waiting() -> None:
	"""One job for all customers of the transaction."""
	waiting = _forget_waiting()
	if waiting:
		frappe.enqueue(
			"sales_crm_pm.loop.tiers.apply",
			queue="long" if ALL in waiting else "short",
			because="Figures Changed",
			customers=None if ALL in waiting else sorted(waiting),
		)


def _forget_waiting() -> set[str]:
	waiting, frappe.local.flags.spm_tiers_waiting = frappe.local.flags.spm_tiers_waiting, None
	return waiting or set()


# By hand
# ------------------


def set_by_hand(doc: Any) -> None:
	"""Step of saving a customer: a tier that a person chooses is kept from the rules."""
	before = doc.get_doc_before_save()
	old = (before.tier if before else "") or ""
	doc.tier = doc.tier or ""
	if doc.tier == old:
		return
	if not doc.tier:
		doc.tier_locked, doc.tier_facts, doc.tier_reason = 0, None, None
		return
	if are_computed():
		doc.tier_locked = 1
	facts = {"method": HAND, "tier": doc.tier, "user": frappe.session.user}
	doc.tier_facts = json.dumps(facts, ensure_ascii=False)
	doc.tier_reason = reason(facts, site_language())


def log_by_hand(doc: Any) -> None:
	"""Step after saving a customer: keep the move, and ask the rules again when they may decide now."""
	before = doc.get_doc_before_save()
	if before and (before.tier or "") != (doc.tier or ""):
		insert_logs(
			"SPM Tier Change",
			[
				_move(
					doc.name,
					before.tier,
					doc.tier,
					"By Hand",
					now_datetime(),
					frappe.session.user,
					doc.tier_reason,
					doc.tier_facts,
				)
			],
		)
	if not frappe.flags.spm_bulk and not doc.tier_locked:
		figures_changed([doc.name])


# Words
# ------------------


def reason(facts: Any, lang: str | None = None) -> str:
	"""Why a customer has its tier, in a language (the session's when not given).

	:param facts: as stored in `tier_facts`, or the dict of a Decision
	"""
	facts = frappe.parse_json(facts) if isinstance(facts, str) else facts
	if not facts:
		return ""
	lang = lang or frappe.local.lang
	if facts["method"] == HAND:
		name = frappe.db.get_value("User", facts.get("user"), "full_name", cache=True) or facts.get("user")
		return _("Set by hand by {0}.", lang).format(name)
	if facts["method"] == RFM:
		return _rfm_reason(facts, lang)
	if facts.get("rule"):
		return _("The rule “{0}” gives tier {1}.", lang).format(_(facts["rule"], lang), facts["tier"])
	if not facts["rules"]:
		return _("No rule applies, so the customer has no points.", lang)
	parts = ("、" if lang.startswith("zh") else ", ").join(
		f"{_(name, lang)} {points:+d}" for name, points in facts["rules"]
	)
	if facts.get("from") is None:
		return _("{0} points: {1}.", lang).format(facts["points"], parts)
	return _("{0} points: {1}. Tier {2} begins at {3} points.", lang).format(
		facts["points"], parts, facts["tier"], facts["from"]
	)


def _rfm_reason(facts: dict, lang: str) -> str:
	if not facts.get("scores"):
		return _("Nothing has been won yet, so there is no RFM score.", lang)
	r, f, m = facts["scores"]
	return _(
		"RFM total {0}: last win {1} days ago (R {2}), {3} won (F {4}), {5} in all (M {6}).", lang
	).format(
		r + f + m,
		facts["days"],
		r,
		facts["wins"],
		f,
		fmt_money(facts["amount"], precision=0, currency=base_currency()),
		m,
	)
