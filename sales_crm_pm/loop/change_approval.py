"""Who agrees to a change request: sales, delivery, the customer and, for large ones, management.

Each word is about one version and its content. Whoever gives one locks customer, project and request first, in
the order that everybody uses, so that two words given at once are both counted, each of them once.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import cint, get_fullname, now_datetime
from frappe.utils.user import get_users_with_role

from sales_crm_pm.exceptions import ChangeRequestError, StaleVersionError
from sales_crm_pm.loop import change_request as requests
from sales_crm_pm.loop import progress, transitions
from sales_crm_pm.loop.quotation_approval import notify
from sales_crm_pm.rules import change as rules

DESK, PORTAL, LINK, RECORDED = "Desk", "Portal", "Customer Link", "Recorded by Staff"
SALES_MANAGER, SALES_USER, PROJECT_MANAGER = "SPM Sales Manager", "SPM Sales User", "SPM Project Manager"
SYSTEM_MANAGER = "System Manager"
MAX_TEXT = 1000


def locked(name: str) -> Any:
	"""A change request as it is now, with customer, project and request locked until the transaction ends.

	:raises frappe.DoesNotExistError: no such request
	"""
	known = frappe.db.get_value(requests.DOCTYPE, name, ["project", "customer"], as_dict=True)
	if not known:
		raise frappe.DoesNotExistError(_("There is no change request {0}.").format(name))
	progress.lock(known.project, known.customer)
	return frappe.get_doc(requests.DOCTYPE, name, for_update=True)


# Who may speak for whom
# ------------------


def sides_of(doc: Any, user: str | None = None) -> tuple[str, ...]:
	"""Sides that a person may speak for, among those that have to agree.

	Sales is spoken for by a sales manager or by the salesperson of the deal, delivery by whoever runs the project,
	the customer by sales (with the evidence) and management by the role that the settings name.
	"""
	user = user or frappe.session.user
	roles = set(frappe.get_roles(user))
	everything = user == "Administrator" or SYSTEM_MANAGER in roles
	sales = everything or SALES_MANAGER in roles or (SALES_USER in roles and user in _salespeople(doc))
	may = {
		rules.SALES: sales,
		rules.DELIVERY: everything or (PROJECT_MANAGER in roles and _runs(doc, user)),
		rules.CUSTOMER: sales,
		rules.MANAGEMENT: everything or _management_role() in roles,
	}
	return tuple(side for side in requests.needed_sides(doc) if may[side])


def _salespeople(doc: Any) -> set[str | None]:
	owner = doc.opportunity and frappe.db.get_value("SPM Opportunity", doc.opportunity, "opportunity_owner")
	return {doc.account_manager, owner} - {None, ""}


def _runs(doc: Any, user: str) -> bool:
	return user == doc.project_manager or bool(
		frappe.has_permission("SPM Project", "write", doc=doc.project, user=user)
	)


def _management_role() -> str:
	return frappe.get_cached_doc("SPM Settings").change_management_role or "SPM Executive"


def _check_side(doc: Any, side: str) -> None:
	if side not in rules.SIDES:
		frappe.throw(
			_("Say for which side: {0}.").format(", ".join(_(s) for s in rules.SIDES)), exc=ChangeRequestError
		)
	if side not in requests.needed_sides(doc):
		frappe.throw(
			_("This change needs no agreement of: {0}.").format(_(side)),
			exc=ChangeRequestError,
		)
	if side not in sides_of(doc):
		frappe.throw(
			_("You cannot agree to a change on behalf of: {0}.").format(_(side)), exc=frappe.PermissionError
		)
	if cint(frappe.get_cached_doc("SPM Settings").change_same_person) or side == rules.CUSTOMER:
		return
	user = frappe.session.user
	if any(
		a.person == user and a.side not in (side, rules.CUSTOMER) and not a.is_void
		for a in requests.agreements(doc)
	):
		frappe.throw(
			_("You have agreed for another side already, so somebody else has to agree for: {0}.").format(
				_(side)
			),
			title=_("Somebody else must approve"),
			exc=ChangeRequestError,
		)


# Agreeing
# ------------------


def approve(
	name: str,
	side: str,
	version: int | None = None,
	remark: str | None = None,
	contact: str | None = None,
	evidence: str | None = None,
) -> Any:
	"""Agree to a change request as one of its sides; saying so twice counts once.

	:param version: the version that was looked at; by default the newest
	:param contact: who of the customer has agreed, when staff record the customer's word
	:return: the saved request, `Approved` or `Implemented` once nobody is missing
	:raises StaleVersionError: the content has changed since
	:raises ChangeRequestError: it is not being decided, or this side has no say
	"""
	doc = locked(name)
	if doc.status == "Implemented":
		return doc
	_check_deciding(doc)
	_check_version(doc, version)
	_check_side(doc, side)
	through = DESK
	if side == rules.CUSTOMER:
		through = RECORDED
		if not ((remark or "").strip() or evidence):
			frappe.throw(
				_("Write how the customer has agreed (who, when, in which words), or attach the evidence."),
				exc=ChangeRequestError,
			)
	return _agree(
		doc, side, through, remark=remark, contact=contact, evidence=evidence, person=frappe.session.user
	)


def approve_as_customer(
	doc: Any, version: int, through: str, contact: str | None = None, person_name: str = "", remark: str = ""
) -> Any:
	"""Take the customer's own agreement, given on the portal or by the personal link.

	:param doc: request that the caller has locked and may show to this customer
	"""
	if doc.status == "Implemented" or has_customer_agreed(doc):
		return doc
	_check_deciding(doc)
	_check_version(doc, version)
	if rules.CUSTOMER not in requests.needed_sides(doc):
		return doc
	return _agree(
		doc, rules.CUSTOMER, through, remark=remark, contact=contact, person_name=person_name, person=None
	)


def has_customer_agreed(doc: Any) -> bool:
	"""Whether the customer has agreed to the newest version already."""
	return rules.CUSTOMER in _agreed(doc)


def _agreed(doc: Any) -> set[str]:
	return rules.agreed_sides(requests.agreements(doc), cint(doc.version), doc.content_hash)


def _check_deciding(doc: Any) -> None:
	if doc.status not in requests.DECIDING:
		frappe.throw(
			_("{0} is {1}; it takes no decision now.").format(
				frappe.bold(doc.name), _(doc.status, context=requests.DOCTYPE)
			),
			exc=ChangeRequestError,
		)


def _check_version(doc: Any, version: int | None) -> None:
	if version and cint(version) != cint(doc.version):
		frappe.throw(
			_(
				"The change was edited: this is version {0} now, you have seen version {1}. Look at it again."
			).format(doc.version, version),
			title=_("There Is a Newer Version"),
			exc=StaleVersionError,
		)


def _agree(doc: Any, side: str, through: str, **word: Any) -> Any:
	if side in _agreed(doc):
		return doc
	_append(doc, side, rules.APPROVED, through, **word)
	doc.flags.derived = True
	if not requests.waiting_sides(doc):
		# All have agreed to the same content; no single role decides that.
		doc = transitions.move_by_rule(doc, "Approved")
		tell_all(doc, lambda language: _("{0} is agreed by all: {1}", language))
		return doc
	doc.save(ignore_permissions=True)
	notify(
		doc,
		people_of(doc),
		lambda language: _("{2} has agreed to {0}: {1}", language),
		_(side),
	)
	return doc


def _append(doc: Any, side: str, decision: str, through: str, **word: Any) -> None:
	person = word.get("person")
	contact = word.get("contact")
	name = word.get("person_name") or (
		frappe.db.get_value("Contact", contact, "full_name") if contact else get_fullname(person)
	)
	doc.append(
		"approvals",
		{
			"side": side,
			"decision": decision,
			"person": person,
			"contact": contact,
			"person_name": (name or "")[:140],
			"decided_on": now_datetime(),
			"version": cint(doc.version),
			"content_hash": doc.content_hash,
			"given_through": through,
			"remark": (word.get("remark") or "").strip()[:MAX_TEXT],
			"evidence": word.get("evidence"),
		},
	)


# Refusing
# ------------------


def reject(name: str, reason: str, side: str | None = None) -> Any:
	"""Refuse a change request as one of the roles that may; refusing twice does it once.

	:param side: for which side; by default the first that the session's user may speak for
	"""
	doc = locked(name)
	if doc.status == "Rejected":
		return doc
	_check_reason(reason)
	sides = sides_of(doc)
	if side and side not in sides:
		frappe.throw(
			_("You cannot agree to a change on behalf of: {0}.").format(_(side)), exc=frappe.PermissionError
		)
	speaks_for = side or (sides[0] if sides else None)
	values: dict[str, Any] = {"decision_reason": reason.strip()[:MAX_TEXT]}
	if speaks_for and doc.status in requests.DECIDING:
		_append(
			doc,
			speaks_for,
			rules.REJECTED,
			RECORDED if speaks_for == rules.CUSTOMER else DESK,
			remark=reason,
			person=frappe.session.user,
		)
		values["approvals"] = doc.approvals
	doc = transitions.move(doc, "Rejected", values)
	return doc


def reject_as_customer(
	doc: Any, reason: str, through: str, contact: str | None = None, person_name: str = ""
) -> Any:
	"""Take the customer's own refusal; refusing twice does it once."""
	if doc.status == "Rejected":
		return doc
	_check_deciding(doc)
	_check_reason(reason)
	_append(
		doc, rules.CUSTOMER, rules.REJECTED, through, remark=reason, contact=contact, person_name=person_name
	)
	doc.flags.derived = True
	return transitions.move_by_rule(doc, "Rejected", {"decision_reason": reason.strip()[:MAX_TEXT]})


def defer(name: str, reason: str, until: Any = None) -> Any:
	"""Put a change request off; it can be opened again."""
	doc = locked(name)
	if doc.status == "Deferred":
		return doc
	_check_reason(reason)
	return transitions.move(
		doc, "Deferred", {"decision_reason": reason.strip()[:MAX_TEXT], "deferred_until_date": until}
	)


def _check_reason(reason: str | None) -> None:
	if not (reason or "").strip():
		frappe.throw(
			_("Say why, so that whoever asked for the change can understand it."), exc=ChangeRequestError
		)


# Telling
# ------------------


def people_of(doc: Any) -> set[str]:
	"""Both teams: who runs and works on the project, who sold it, and the sales managers."""
	member, deal_member = DocType("SPM Project Member"), DocType("SPM Opportunity Member")
	people = {doc.project_manager, doc.account_manager, doc.requested_user, doc.owner}
	people |= {
		row[0]
		for row in frappe.qb.from_(member)
		.select(member.user)
		.where((member.parenttype == "SPM Project") & (member.parent == doc.project))
		.run()
	}
	if doc.opportunity:
		people.add(frappe.db.get_value("SPM Opportunity", doc.opportunity, "opportunity_owner"))
		people |= {
			row[0]
			for row in frappe.qb.from_(deal_member)
			.select(deal_member.user)
			.where((deal_member.parenttype == "SPM Opportunity") & (deal_member.parent == doc.opportunity))
			.run()
		}
	people |= set(get_users_with_role(SALES_MANAGER))
	return {person for person in people if person}


def tell_all(doc: Any, sentence: Any, *more: str) -> None:
	"""A note in the desk for both teams, after this transaction is committed."""
	notify(doc, people_of(doc), sentence, *more)


def tell_of_step(doc: Any) -> None:
	"""Let both teams know at once what has become of a request."""
	before = doc.get_doc_before_save()
	if before is None or before.status == doc.status:
		if before is not None and doc.flags.voided:
			tell_all(
				doc,
				lambda language: _("{0} has a new version, all have to agree again: {1}", language),
			)
		return
	sentences = {
		"Submitted": lambda language: _("A change is requested, {0}: {1}", language),
		"Assessed": lambda language: _("{0} is assessed and waits for your agreement: {1}", language),
		"Rejected": lambda language: _("{0} was rejected: {1}", language),
		"Deferred": lambda language: _("{0} was deferred: {1}", language),
		"Implemented": lambda language: _(
			"{0} is carried out; plan, price and budget have changed: {1}", language
		),
	}
	if sentence := sentences.get(doc.status):
		tell_all(doc, sentence)
