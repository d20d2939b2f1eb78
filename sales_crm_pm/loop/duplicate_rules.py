"""The rules for duplicates that an admin keeps (SPM Duplicate Rule), remembered between requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, flt

from sales_crm_pm.loop.search_keys import COMPANY, DOMAIN, EMAIL, PERSON, PHONE, TAX_ID

RULE = "SPM Duplicate Rule"
CACHE = "spm_duplicate_rules"
CUSTOMER, LEAD, CONTACT = "SPM Customer", "SPM Lead", "Contact"
WARN, REFUSE = "Warn", "Refuse"
ALL_THE_SAME = "All of These Are the Same"

BY = {
	"by_company": COMPANY,
	"by_person": PERSON,
	"by_phone": PHONE,
	"by_email": EMAIL,
	"by_domain": DOMAIN,
	"by_tax_id": TAX_ID,
}
REASONS = {
	COMPANY: "Company Name",
	PERSON: "Person's Name",
	PHONE: "Phone Number",
	EMAIL: "E-mail Address",
	DOMAIN: "Mail Domain or Website",
	TAX_ID: "Tax ID or Unified Social Credit Code",
}
"""What people call the kinds; labels of SPM Duplicate Rule, where they are translated."""
AMONG = {"among_customers": CUSTOMER, "among_leads": LEAD, "among_contacts": CONTACT}


@dataclass(frozen=True)
class Rule:
	"""An enabled SPM Duplicate Rule."""

	name: str
	kinds: frozenset[str]
	among: frozenset[str]
	similarity: float
	needs_all: bool
	action: str
	message: str


@dataclass
class Match:
	"""A record that a rule takes for the same as the one being saved."""

	doctype: str
	name: str
	kinds: set[str]
	action: str
	messages: list[str] = field(default_factory=list)
	title: str = ""
	holder: str | None = None
	visible: bool = False
	scores: dict[str, float] = field(default_factory=dict)

	def reasons(self) -> list[str]:
		"""What is the same, in the user's language; names that only resemble each other say how much."""
		return [
			_(REASONS[kind])
			if self.scores.get(kind, 100) >= 100
			else _("{0} ({1}% alike)").format(_(REASONS[kind]), round(self.scores[kind]))
			for kind in sorted(self.kinds)
		]

	def as_dict(self) -> dict[str, Any]:
		"""What the user may know of it: nothing but the kind of record and whom to ask, when it is hidden."""
		told = {
			"doctype": self.doctype,
			"reasons": self.reasons(),
			"action": self.action,
			"hidden": not self.visible,
			"ask": frappe.utils.get_fullname(self.holder) if self.holder else None,
			"hints": self.messages,
		}
		return {**told, "name": self.name, "title": self.title} if self.visible else told


def rules_for(doctype: str) -> list[Rule]:
	"""Enabled rules for saving records of a type; no statement once they are in the cache."""
	stored = frappe.cache.get_value(CACHE)
	if stored is None:
		stored = frappe.get_all(RULE, filters={"enabled": 1}, fields=["*"], order_by="rule_name asc")
		frappe.cache.set_value(CACHE, stored)
	found = []
	for row in stored:
		kinds = frozenset(kind for fieldname, kind in BY.items() if cint(row.get(fieldname)))
		among = frozenset(doctype for fieldname, doctype in AMONG.items() if cint(row.get(fieldname)))
		if row["record_type"] == doctype and kinds and among:
			found.append(
				Rule(
					row["name"],
					kinds,
					among,
					flt(row["name_similarity"]) or 100,
					row["match"] == ALL_THE_SAME,
					row["action"],
					row.get("message") or "",
				)
			)
	return found


def forget_rules() -> None:
	"""Drop the remembered rules now and when the transaction ends, whichever way it does."""
	frappe.cache.delete_value(CACHE)
	frappe.db.after_commit.add(lambda: frappe.cache.delete_value(CACHE))
	frappe.db.after_rollback.add(lambda: frappe.cache.delete_value(CACHE))
