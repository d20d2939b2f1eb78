"""Where a customer stands: lifecycle and tier with their history, scores with reasons, and its group of companies."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import frappe
from frappe.utils import cint, date_diff, flt, getdate

from sales_crm_pm.insight import relationship
from sales_crm_pm.loop import customer_tree, tiers
from sales_crm_pm.permissions.query import visible_names

MOVES = 50
COMPANIES = 300


def of(customer: Any) -> dict[str, Any]:
	"""Everything the head and the history of a customer's form show.

	:param customer: SPM Customer document that the caller may read (checked by the caller of this)
	:return: lifecycle {stage, since, days, by_hand, moves}, tier {tier, locked, reason, moves}, strength,
	    level, factors, churn_risk, churn_factors, group (companies from the top down, [] when it stands alone)
	"""
	since = getdate(customer.lifecycle_changed_on or customer.creation)
	return {
		"lifecycle": {
			"stage": customer.lifecycle_stage,
			"since": str(since),
			"days": max(0, date_diff(getdate(), since)),
			"by_hand": cint(customer.lifecycle_by_hand),
			"moves": _lifecycle_moves(customer.name),
		},
		"tier": {
			"tier": customer.tier or "",
			"locked": cint(customer.tier_locked),
			"reason": tiers.reason(customer.tier_facts) or customer.tier_reason or "",
			"moves": _tier_moves(customer.name),
		},
		**relationship.strength_of(customer),
		"group": group_of(customer),
	}


def _lifecycle_moves(customer: str) -> list[Any]:
	return frappe.get_all(
		"SPM Lifecycle Log",
		filters={"customer": customer},
		fields=["name", "from_stage", "to_stage", "days_in_stage", "event", "moved_on", "moved_by", "reason"],
		order_by="moved_on desc, creation desc",
		limit_page_length=MOVES,
	)


def _tier_moves(customer: str) -> list[Any]:
	rows = frappe.get_all(
		"SPM Tier Change",
		filters={"customer": customer},
		fields=["name", "from_tier", "to_tier", "event", "changed_on", "changed_by", "reason", "facts"],
		order_by="changed_on desc, creation desc",
		limit_page_length=MOVES,
	)
	for row in rows:
		# The stored words are the site's; the reader gets them in the reader's language.
		row.reason = tiers.reason(row.pop("facts")) or row.reason
	return rows


def group_of(customer: Any) -> list[dict[str, Any]]:
	"""The companies of the customer's group in the order of a tree, with their depth.

	A company the reader may not see keeps its place in the tree, without name and numbers.
	"""
	if not customer.parent_customer and not cint(customer.group_companies):
		return []
	top = [row.name for row in customer_tree.climb([customer.name]) if not row.parent_customer]
	rows = {row.name: row for row in customer_tree.descend(top or [customer.name])}
	seen = visible_names("SPM Customer", list(rows))
	details = {
		row.name: row
		for row in frappe.get_all(
			"SPM Customer",
			filters={"name": ["in", sorted(seen) or [""]]},
			fields=["name", "customer_name", "tier", "health", "lifecycle_stage", "account_manager"],
			limit_page_length=0,
		)
	}
	children: dict[str, list[str]] = defaultdict(list)
	for row in rows.values():
		children[row.parent_customer].append(row.name)

	def title(name: str) -> str:
		return details[name].customer_name if name in details else "~"

	ordered: list[dict[str, Any]] = []
	waiting = [(name, 0) for name in sorted(top or [customer.name], key=title, reverse=True)]
	placed: set[str] = set()
	while waiting and len(ordered) < COMPANIES:
		name, depth = waiting.pop()
		if name in placed:
			continue
		placed.add(name)
		ordered.append(_company(rows[name], depth, details.get(name)))
		waiting.extend((child, depth + 1) for child in sorted(children[name], key=title, reverse=True))
	return ordered


def _company(row: Any, depth: int, detail: Any) -> dict[str, Any]:
	if not detail:
		return {"depth": depth, "hidden": True}
	return {
		"depth": depth,
		**detail,
		"won_amount_base": flt(row.won_amount_base),
		"open_pipeline_base": flt(row.open_pipeline_base),
		"active_projects": cint(row.active_projects),
		"late_projects": cint(row.late_projects),
	}
