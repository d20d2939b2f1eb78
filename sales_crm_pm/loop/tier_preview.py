"""Tier rules and settings before they are saved: whether they make sense, and who would move where."""

from __future__ import annotations

from collections import Counter
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import tiers
from sales_crm_pm.permissions.query import visible_names
from sales_crm_pm.rules import tiering
from sales_crm_pm.rules.tiering import HAND

SHOWN = 200
"""Moves that a preview lists; it counts all."""


def check_rule(record: Any) -> None:
	"""Refuse a rule that says nothing, or asks for what its author may not see.

	:param record: SPM Tier Rule document, or its values
	:raises SPMError: naming what to change
	"""
	if record.get("effect") == "Tier" and record.get("tier") not in tiering.TIERS:
		frappe.throw(_("Choose the tier that the rule gives."), exc=SPMError)
	if record.get("effect") != "Tier" and not cint(record.get("points")):
		frappe.throw(_("Say how many points the rule gives."), exc=SPMError)
	begin, end = record.get("valid_from"), record.get("valid_to")
	if begin and end and getdate(end) < getdate(begin):
		frappe.throw(_("The rule would end before it begins."), exc=SPMError)
	_check_conditions(record)


def _check_conditions(record: Any) -> None:
	try:
		filters = tiers.conditions_of(record)
	except ValueError:
		frappe.throw(_("The conditions cannot be read. Remove them and choose them anew."), exc=SPMError)
	if not filters:
		frappe.throw(_("Choose at least one condition; a rule for everybody moves nobody."), exc=SPMError)
	meta = frappe.get_meta(tiers.CUSTOMER)
	tables = {tiers.CUSTOMER: meta} | {
		df.options: frappe.get_meta(df.options) for df in meta.get_table_fields()
	}
	for row in filters:
		if len(row) < 4 or row[0] not in tables:
			frappe.throw(_("Conditions can only look at customers."), exc=SPMError)
		_check_field(tables[row[0]], row[1])
	try:
		tiers.matches({"conditions": filters}, limit=1)
	except Exception as e:
		frappe.clear_last_message()
		frappe.throw(
			_("The database does not understand the conditions: {0}").format(str(e) or type(e).__name__),
			exc=SPMError,
		)


def _check_field(meta: Any, fieldname: str) -> None:
	"""Who may not see a margin must not learn it by asking who has more than so much."""
	if fieldname.startswith("tier"):
		frappe.throw(_("A tier rule cannot look at the tier itself."), exc=SPMError)
	df = meta.get_field(fieldname)
	if not df and fieldname not in frappe.model.default_fields + frappe.model.optional_fields:
		frappe.throw(_("Customers have no field {0}.").format(frappe.bold(fieldname)), exc=SPMError)
	if df and df.permlevel and frappe.session.user != "Administrator":
		if df.permlevel not in frappe.get_meta(tiers.CUSTOMER).get_permlevel_access("read"):
			frappe.throw(
				_("You may not see {0}, so a rule of yours cannot look at it.").format(
					frappe.bold(_(df.label, context=tiers.CUSTOMER))
				),
				exc=frappe.PermissionError,
			)


def check_settings(settings: Any) -> None:
	"""Refuse limits in the wrong order.

	:param settings: SPM Settings document, or a dict with SETTINGS
	:raises SPMError: naming what to change
	"""
	for kind in ("tier", "rfm"):
		limit = tiers.thresholds_of(settings, kind)
		if any((limit.a, limit.b, limit.c)) and not limit.a > limit.b > limit.c:
			frappe.throw(_("Tier A begins at more points than B, and B at more than C."), exc=SPMError)
	for fieldname, falling in (("rfm_recency_days", True), ("rfm_frequency", False), ("rfm_monetary", False)):
		text = settings.get(fieldname)
		if not text:
			continue
		values = tiers.numbers(text)
		if not values or len(values) != 4 or list(values) != sorted(set(values), reverse=falling):
			label = frappe.get_meta("SPM Settings").get_label(fieldname)
			frappe.throw(
				(
					_("{0}: give four different numbers from many to few, such as 730, 365, 180, 90.")
					if falling
					else _("{0}: give four different numbers from few to many, such as 2, 3, 5, 8.")
				).format(frappe.bold(_(label, context="SPM Settings"))),
				exc=SPMError,
			)


def preview(rule: Any = None, settings: Any = None) -> dict[str, Any]:
	"""What would happen to whom if a rule (or the settings) were saved as given. Nothing is written.

	:param rule: values of a rule that is being edited or made, as its form holds them
	:param settings: values of SETTINGS as the settings form holds them
	:return: customers (how many are looked at), locked, before and after (customers per tier), moves (how
		many change), counts ({"from", "to", "count"}), rows (those the session's user may see, with reasons)
	"""
	rules = None
	if rule:
		check_rule(rule)
		own = {rule.get("name"), rule.get("rule_name")}
		rules = [record for record in tiers.stored_rules() if record.name not in own]
		if cint(rule.get("enabled")):
			rules.append(
				frappe._dict(
					{field: rule.get(field) for field in tiers.RULE_FIELDS}, name=rule.get("rule_name")
				)
			)
	if settings:
		settings = {field: settings.get(field) for field in tiers.SETTINGS}
		check_settings(settings)
	rows = tiers.customers_as_stored()
	planned = tiers.plan(rows, rules, settings)
	moves = [
		(row, planned[row.name])
		for row in rows
		if row.name in planned and planned[row.name].tier != (row.tier or "")
	]
	after = Counter(planned[row.name].tier if row.name in planned else row.tier or "" for row in rows)
	counts = Counter(((row.tier or ""), decision.tier) for row, decision in moves)
	seen = _may_see([row.name for row, _decision in moves])
	shown = [(row, decision) for row, decision in moves if row.name in seen][:SHOWN]
	return {
		"method": (settings or tiers.current_settings()).get("tier_method") or HAND,
		"customers": len(rows),
		"locked": sum(1 for row in rows if row.tier_locked),
		"before": dict(Counter(row.tier or "" for row in rows)),
		"after": dict(after),
		"moves": len(moves),
		"counts": [{"from": old, "to": new, "count": count} for (old, new), count in sorted(counts.items())],
		"rows": [
			{
				"customer": row.name,
				"customer_name": row.customer_name,
				"from": row.tier or "",
				"to": decision.tier,
				"reason": tiers.reason(decision.facts),
			}
			for row, decision in shown
		],
	}


def _may_see(names: list[str]) -> set[str]:
	if not frappe.has_permission(tiers.CUSTOMER, "read"):
		return set()
	return visible_names(tiers.CUSTOMER, names)
