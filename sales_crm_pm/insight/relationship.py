"""The people of a customer as a map: who decides, who is for us, who of us knows them, and how well.

Lists hold only what the session's user may see; the number of statements does not grow with people or talks.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce, Count, Max
from frappe.utils import add_days, cint, getdate, now_datetime
from pypika import Case

from sales_crm_pm.loop import customer_scores
from sales_crm_pm.permissions.query import readable_rows
from sales_crm_pm.rules import churn, relationship
from sales_crm_pm.rules.relationship import Talks

CAP = 200
"""No map holds more people."""
FIELDS = (
	"name",
	"full_name",
	"designation",
	"department",
	"email_id",
	"phone",
	"mobile_no",
	"image",
	"is_primary_contact",
	"buying_role",
	"stance",
	"influence",
	"reports_to",
	"wechat",
	"preferred_channel",
	"left_company_on",
)


def people_map(customer: str, opportunity: Any = None) -> dict[str, Any]:
	"""People of a customer with reporting lines, influence, stance and who of us knows them.

	:param customer: name of an SPM Customer that the caller may read (checked by the caller of this)
	:param opportunity: a deal of it that the caller may read; then roles and stance are those of the deal, and
	    `in_deal` says who belongs to it
	:return: customer, people (list of dicts), gaps (sentences) and users {user: full_name, image}
	"""
	people = _contacts(customer)
	in_deal = {row.contact: row for row in opportunity.contacts} if opportunity else {}
	talks = _talks([person.name for person in people])
	today = getdate()
	names = {person.name for person in people}
	for person in people:
		known = talks.get(person.name, [])
		strength = customer_scores.person_strength(_together(known, today))
		deal = in_deal.get(person.name)
		person.update(
			{
				"in_deal": bool(deal),
				"buying_role": (deal and deal.buying_role) or person.buying_role or "",
				"stance": (deal and deal.stance) or person.stance or "",
				"boss": person.reports_to if person.reports_to in names else None,
				"has_left": bool(person.left_company_on and getdate(person.left_company_on) <= today),
				"strength": strength.score,
				"level": relationship.level(strength.score),
				"factors": told(strength.factors, of_person=True),
				"known_by": [_known(row, today) for row in known],
			}
		)
	return {
		"customer": customer,
		"people": people,
		"gaps": gaps([person for person in people if not person.has_left]),
		"users": _users({row.user for rows in talks.values() for row in rows}),
	}


def gaps(people: list[Any]) -> list[str]:
	"""What a salesperson should do something about, as sentences in the reader's language.

	:param people: rows of `people_map` of those who have not left
	"""
	if not people:
		return []
	deciders = [person for person in people if person.buying_role == "Decision Maker"]
	found = []
	if not deciders:
		found.append(_("No decision maker is known yet."))
	for person in deciders:
		if not person.level:
			found.append(_("Nobody of us talks with {0}, who decides.").format(person.full_name))
		if person.stance == "Opponent":
			found.append(_("{0} decides and is against us.").format(person.full_name))
	for person in people:
		if person.influence == "High" and person.stance == "Opponent" and person not in deciders:
			found.append(_("{0} has much influence and is against us.").format(person.full_name))
	if len([person for person in people if person.level]) == 1 and len(people) > 1:
		found.append(_("All talks hang on one person; find a second one."))
	return found


def strength_of(customer: Any) -> dict[str, Any]:
	"""Relationship strength and churn risk of a customer with the reasons that add up to them.

	:param customer: SPM Customer document that the caller may read
	"""
	today = getdate()
	talks = customer_scores.talks_with_customers(
		today, [customer.name], seen=readable_rows("SPM Interaction")
	).get(customer.name, Talks())
	strength = relationship.strength(talks)
	risk = churn.risk(customer_scores.signs_of(customer, strength.score, today))
	return {
		"strength": strength.score,
		"level": relationship.level(strength.score),
		"factors": told(strength.factors),
		"churn_risk": risk.score,
		"churn_factors": told([factor for factor in risk.factors if factor.points]),
	}


def told(factors: Any, of_person: bool = False) -> list[dict[str, Any]]:
	"""Factors with a sentence each, in the reader's language."""
	return [
		{
			"code": factor.code,
			"points": factor.points,
			"maximum": factor.maximum,
			"text": _sentence(factor, of_person),
		}
		for factor in factors
	]


def _sentence(factor: relationship.Factor, of_person: bool) -> str:
	value = factor.value
	if factor.code == relationship.RECENCY:
		if value is None:
			return _("No talk in the last {0} days").format(relationship.WINDOW_DAYS)
		return _("Last talk today") if value == 0 else _("Last talk {0} days ago").format(value)
	if factor.code == relationship.FREQUENCY:
		return _("{0} talks in {1} days").format(value, relationship.WINDOW_DAYS)
	if factor.code == relationship.BREADTH:
		if of_person:
			return _("{0} of us talk with this person").format(value)
		return _("We talk with {0} people there").format(value)
	if factor.code == relationship.DIRECTION:
		return _("{0} % of the talks began with them").format(value)
	if factor.code == churn.SILENCE:
		return _("No talk was ever noted") if value is None else _("Silent for {0} days").format(value)
	return {
		churn.NO_BUSINESS: lambda: _("No open opportunity and no running project"),
		churn.LONG_AGO: lambda: _("Last win {0} days ago").format(value),
		churn.LATE: lambda: _("{0} projects are late").format(value),
		churn.UNHAPPY: lambda: _("Satisfaction is only {0} of 5").format(value),
		churn.WEAK: lambda: _("The relationship is weak ({0} of 100)").format(value),
	}[factor.code]()


def _contacts(customer: str) -> list[Any]:
	if not frappe.has_permission("Contact", "read"):
		return []
	return frappe.get_list(
		"Contact",
		filters=[
			["Dynamic Link", "link_doctype", "=", "SPM Customer"],
			["Dynamic Link", "link_name", "=", customer],
		],
		fields=list(FIELDS),
		order_by="`tabContact`.is_primary_contact desc, `tabContact`.full_name asc",
		limit_page_length=CAP,
	)


def _talks(contacts: list[str]) -> dict[str, list[Any]]:
	"""Talks of the window per person and colleague, as far as the reader may see them; one statement."""
	if not contacts:
		return {}
	seen = readable_rows("SPM Interaction")
	t, p = DocType("SPM Interaction"), DocType("SPM Interaction Participant")
	who = Coalesce(p.contact, t.contact)
	query = (
		frappe.qb.from_(t)
		.left_join(p)
		.on(
			(p.parent == t.name)
			& (p.parenttype == "SPM Interaction")
			& p.contact.isnotnull()
			& (p.contact != "")
		)
		.select(
			who.as_("contact"),
			t.owner.as_("user"),
			Count(t.name).distinct().as_("talks"),
			Count(Case().when(t.direction == "Incoming", t.name)).distinct().as_("incoming"),
			Max(t.happened_on).as_("last_on"),
		)
		.where(
			who.isin(contacts)
			& (t.happened_on >= add_days(getdate(), -relationship.WINDOW_DAYS))
			& (t.happened_on <= now_datetime())
			& (t.interaction_type != "Note")
		)
		.groupby(who, t.owner)
	)
	if seen is not None:
		query = query.where(seen)
	found: dict[str, list[Any]] = defaultdict(list)
	for row in query.run(as_dict=True):
		found[row.contact].append(row)
	return found


def _together(rows: list[Any], today: Any) -> Talks:
	"""What one person's talks are, over all of us (a talk has one writer, so nothing counts twice)."""
	if not rows:
		return Talks()
	return Talks(
		max(0, min((today - getdate(row.last_on)).days for row in rows)),
		sum(cint(row.talks) for row in rows),
		sum(cint(row.incoming) for row in rows),
		len(rows),
	)


def _known(row: Any, today: Any) -> dict[str, Any]:
	alone = customer_scores.person_strength(_together([row], today))
	return {
		"user": row.user,
		"talks": cint(row.talks),
		"last_on": str(row.last_on)[:10],
		"level": relationship.level(alone.score),
	}


def _users(users: set[str]) -> dict[str, dict[str, Any]]:
	if not users:
		return {}
	rows = frappe.get_all(
		"User", filters={"name": ["in", sorted(users)]}, fields=["name", "full_name", "user_image"]
	)
	return {row.name: {"full_name": row.full_name, "image": row.user_image} for row in rows}
