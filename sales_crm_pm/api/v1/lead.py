"""REST: leads."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import frappe
from frappe import _

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.importing.bulk import reason_of
from sales_crm_pm.loop import conversion, lead_config, lead_pool, lead_scoring
from sales_crm_pm.permissions.query import visible_names
from sales_crm_pm.rules.conditions import Condition
from sales_crm_pm.rules.lead_score import ScoringRule
from sales_crm_pm.sales_crm_pm.report.spm_lead_conversion import spm_lead_conversion

MOST_AT_ONCE = 200
MOST_DEALS = 500


@frappe.whitelist(methods=["POST"])
def convert(lead: str, create_opportunity: bool | int = True) -> dict[str, Any]:
	"""Convert a lead into a customer with a contact and, unless told otherwise, an opportunity.

	:param lead: name of the SPM Lead
	:param create_opportunity: false leaves the opportunity out
	:return: customer, contact, opportunity (null when none) and created (false when all was there already)
	:raises frappe.PermissionError: no right to write the lead or to make one of the records
	"""
	frappe.get_doc("SPM Lead", lead).check_permission("write")
	return asdict(conversion.convert(lead, bool(create_opportunity)))


@frappe.whitelist(methods=["POST"])
def claim(lead: str) -> dict[str, Any]:
	"""Take a lead out of the public pool for yourself.

	:param lead: name of the SPM Lead
	:return: lead, lead_owner, claimed (false when it was yours already)
	:raises frappe.PermissionError: the pool is not open to you
	:raises LeadTakenError: somebody else was faster
	"""
	frappe.has_permission("SPM Pool Lead", "read", throw=True)
	doc, claimed = lead_pool.claim(lead)
	return {"lead": doc.name, "lead_owner": doc.lead_owner, "claimed": claimed}


@frappe.whitelist(methods=["POST"])
def release(lead: str, reason: str = "") -> dict[str, Any]:
	"""Give a lead back to the public pool.

	:param lead: name of the SPM Lead, which is yours unless you manage leads
	:param reason: why, for the log
	:return: lead, lead_owner (null)
	"""
	frappe.has_permission("SPM Lead", "write", throw=True)
	doc = lead_pool.release(lead, reason)
	return {"lead": doc.name, "lead_owner": doc.lead_owner}


@frappe.whitelist(methods=["POST"])
def assign(lead: str, user: str, reason: str = "") -> dict[str, Any]:
	"""Give a lead to a colleague.

	:param lead: name of the SPM Lead, which is yours unless you manage leads
	:param user: a salesperson
	:param reason: why, for the log
	:return: lead, lead_owner
	"""
	frappe.has_permission("SPM Lead", "write", throw=True)
	doc = lead_pool.assign(lead, user, reason)
	return {"lead": doc.name, "lead_owner": doc.lead_owner}


@frappe.whitelist(methods=["POST"])
def distribute(lead: str) -> dict[str, Any]:
	"""Let the assignment rules choose the owner of a lead in the pool.

	:param lead: name of the SPM Lead
	:return: lead, lead_owner (null when no rule fits or nobody is free)
	"""
	frappe.has_permission("SPM Lead", "write", throw=True)
	doc = lead_pool.assign_by_rule(lead)
	return {"lead": doc.name, "lead_owner": doc.lead_owner}


ACTIONS: dict[str, Callable[..., dict[str, Any]]] = {
	"claim": lambda lead, user, reason: claim(lead),
	"release": lambda lead, user, reason: release(lead, reason),
	"assign": lambda lead, user, reason: assign(lead, user, reason),
	"distribute": lambda lead, user, reason: distribute(lead),
}


@frappe.whitelist(methods=["POST"])
def many(action: str, leads: list[str] | str, user: str = "", reason: str = "") -> dict[str, Any]:
	"""Do one of the actions with several leads; what is refused stops nothing else.

	:param action: claim, release, assign or distribute
	:param leads: names of SPM Leads, at most 200
	:param user: for assign
	:param reason: for release and assign
	:return: done (names), refused (lead and the sentence why)
	"""
	frappe.has_permission("SPM Pool Lead", "read", throw=True)
	if action not in ACTIONS:
		frappe.throw(_("Leads cannot do {0}.").format(action), exc=SPMError)
	leads = [str(lead) for lead in frappe.parse_json(leads)]
	if len(leads) > MOST_AT_ONCE:
		frappe.throw(_("Choose at most {0} leads at once.").format(MOST_AT_ONCE), exc=SPMError)
	done, refused = [], []
	for lead in leads:
		frappe.db.savepoint("spm_lead_action")
		try:
			answer = ACTIONS[action](lead, user, reason)
		except (frappe.ValidationError, frappe.PermissionError, frappe.DoesNotExistError) as error:
			frappe.db.rollback(save_point="spm_lead_action")
			refused.append({"lead": lead, "reason": reason_of(error)})
			continue
		if action == "distribute" and not answer["lead_owner"]:
			refused.append({"lead": lead, "reason": _("No rule fits, or nobody is free.")})
		else:
			done.append(lead)
	return {"done": done, "refused": refused}


@frappe.whitelist(methods=["GET"])
def reasons(lead: str) -> dict[str, Any]:
	"""Why a lead has its score; the points of the reasons add up to it.

	:param lead: name of the SPM Lead
	:return: score, rating, reasons (reason, points), the weightiest first
	"""
	doc = frappe.get_doc("SPM Lead", lead)
	doc.check_permission("read")
	return {"score": doc.score, "rating": doc.rating, "reasons": lead_scoring.reasons(doc)}


@frappe.whitelist(methods=["POST"])
def preview_rule(rule: dict[str, Any] | str, stored: str = "") -> dict[str, Any]:
	"""What a scoring rule would change if it were saved; nothing is written.

	:param rule: the fields of the SPM Scoring Rule as they stand in the form, with its conditions
	:param stored: name of the rule it replaces, empty for a new one
	:return: leads, changed, ratings (before and after), rows of those that change most
	"""
	frappe.has_permission("SPM Scoring Rule", "write", throw=True)
	doc = frappe.get_doc({**frappe.parse_json(rule), "doctype": "SPM Scoring Rule"})
	lead_config.check_conditions(doc.conditions)
	tried = ScoringRule(
		doc.rule_name or _("New rule"),
		doc.kind,
		int(doc.points or 0),
		tuple(Condition(row.fieldname, row.operator, row.value or "") for row in doc.conditions),
		doc.activity or "",
		int(doc.half_life_days or 0),
		int(doc.max_points or 0),
	)
	answer = lead_scoring.preview(None if doc.disabled else tried, stored or None)
	if not frappe.has_permission("SPM Lead", "read"):
		# Whoever sets up rules may not see leads; the counts are enough to judge by.
		answer["rows"] = []
	seen = visible_names("SPM Lead", [row["lead"] for row in answer["rows"]])
	answer["rows"] = [row for row in answer["rows"] if row["lead"] in seen]
	return answer


@frappe.whitelist(methods=["GET"])
def deals_behind(filters: dict[str, Any] | str, key: str = "", won: bool | int = False) -> list[str]:
	"""The deals that a number of the report Lead Conversion counts.

	:param filters: the filters of the report
	:param key: key of the row
	:param won: only those that were won
	:return: names of SPM Opportunities, at most 500
	"""
	frappe.has_permission("SPM Lead", "report", throw=True)
	return spm_lead_conversion.deals_behind(frappe.parse_json(filters), key, bool(won))[:MOST_DEALS]


@frappe.whitelist(methods=["GET"])
def condition_fields() -> list[dict[str, str]]:
	"""Fields of a lead that conditions of rules may name.

	:return: value (field name), label, fieldtype, options
	"""
	frappe.has_permission("SPM Assignment Rule", "read", throw=True)
	return lead_config.condition_fields()
