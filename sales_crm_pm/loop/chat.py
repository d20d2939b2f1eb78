"""Pasted conversations: who of them is a contact or a colleague, and one talk out of each, only once."""

from __future__ import annotations

import re
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce, Concat, Lower
from frappe.utils import now_datetime
from pypika.terms import Criterion

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.permissions.query import readable_rows, visible_names
from sales_crm_pm.rules import chat

MAX_TEXT = 200_000
"""Longest text that is read; a year of chatter belongs into a file."""
ME = frozenset({"我", "me", "you", "你"})
TALK = "SPM Interaction"


def preview(text: str, customer: str | None = None) -> dict[str, Any]:
	"""What a pasted conversation would become, with the people that were recognised in it.

	:param customer: prefer this customer's contacts
	:return: count, channel, started, ended, minutes, participants (name, count, contact, user, label), transcript,
	    message_id, known (the talk that holds it already, if the user may see that), customer
	:raises SPMError: when nothing in the text looks like a conversation
	"""
	found = _read(text)
	message_id = _message_id(found)
	people = match([name for name, _count in found.participants], customer)
	known = frappe.db.get_value(TALK, {"source_message_id": message_id})
	customers = {person["customer"] for person in people.values() if person.get("customer")}
	return {
		"count": found.count,
		"channel": found.channel,
		"started": found.started,
		"ended": found.ended,
		"minutes": found.minutes,
		"participants": [
			{"name": name, "count": count, **people.get(name, {"contact": None, "user": None, "label": name})}
			for name, count in found.participants
		],
		"transcript": found.transcript,
		"message_id": message_id,
		"is_known": bool(known),
		"known": known if known and visible_names(TALK, [known]) else None,
		# Whose contacts are talking is whom the talk is with, when that is only one.
		"customer": customer or (customers.pop() if len(customers) == 1 else None),
	}


def log(text: str, people: dict[str, dict[str, str]] | None = None, **values: Any) -> dict[str, Any]:
	"""Make one talk of a pasted conversation; pasting it again gives the same talk.

	:param people: name in the text → {"contact": …} or {"user": …}, where the recognised person is not the right one
	:param values: customer, lead, opportunity, project, interaction_type, subject, next_step, next_date, outcome
	:return: interaction, created
	:raises SPMError: when nothing in the text looks like a conversation
	:raises frappe.PermissionError: when somebody else's talk that the user may not see holds it already
	"""
	found = _read(text)
	message_id = _message_id(found)
	if known := frappe.db.get_value(TALK, {"source_message_id": message_id}):
		if not visible_names(TALK, [known]):
			frappe.throw(
				_("This conversation was logged already, with a customer that you do not have access to."),
				exc=frappe.PermissionError,
			)
		return {"interaction": known, "created": False}
	names = [name for name, _count in found.participants]
	people = {**match(names, values.get("customer")), **(people or {})}
	doc = frappe.new_doc(TALK)
	doc.update({key: value for key, value in values.items() if value})
	doc.update(
		{
			"interaction_type": values.get("interaction_type") or found.channel,
			"happened_on": found.started or now_datetime(),
			"duration_minutes": found.minutes,
			"content": found.transcript,
			"subject": values.get("subject") or _subject(found),
			"source_message_id": message_id,
			"message_count": found.count,
			"direction": "Outgoing" if _is_mine(found.messages[0].sender, people) else "Incoming",
		}
	)
	_add_participants(doc, found, people)
	doc.insert()
	return {"interaction": doc.name, "created": True}


def match(names: list[str], customer: str | None = None) -> dict[str, dict[str, Any]]:
	"""Contacts and colleagues by the names that messengers show, whichever way round they are written.

	:return: name → contact, user, label, customer (of the contact); names of nobody are left out
	"""
	if not names:
		return {}
	keys = {name: _keys(name) for name in names}
	wanted = set().union(*keys.values())
	people: dict[str, dict[str, Any]] = {}
	for row in _contacts_named(wanted, customer):
		for spelling in _spellings(row):
			entry = {"contact": row.name, "user": None, "label": _shown(row), "customer": row.customer}
			people.setdefault(spelling, entry)
	for row in _colleagues_named(wanted):
		for spelling in _spellings(row):
			# A colleague may be a contact, too; whoever works here is a colleague.
			people[spelling] = {"contact": None, "user": row.name, "label": _shown(row), "customer": None}
	found = {}
	for name in names:
		if name.lower() in ME:
			user = frappe.session.user
			found[name] = {
				"contact": None,
				"user": user,
				"label": frappe.utils.get_fullname(user),
				"customer": None,
			}
		elif hit := next((people[key] for key in keys[name] if key in people), None):
			found[name] = hit
	return found


def _read(text: str) -> chat.Chat:
	if len(text) > MAX_TEXT:
		frappe.throw(
			_("The text is too long. Paste it in parts of at most {0} characters.").format(MAX_TEXT),
			exc=SPMError,
		)
	found = chat.read(text, now_datetime().replace(tzinfo=None))
	if not found.count:
		frappe.throw(
			_(
				"No conversation was found in the text. Copy the messages together with the names and times, or log it as a note."
			),
			exc=SPMError,
		)
	return found


def _message_id(found: chat.Chat) -> str:
	return f"chat:{found.fingerprint}"


def _subject(found: chat.Chat) -> str:
	"""The first words that are more than a greeting or a picture."""
	texts = [" ".join(message.text.split()) for message in found.messages]
	return max(texts[:5], key=lambda text: min(len(text), 40))[:100]


def _is_mine(name: str, people: dict[str, dict[str, Any]]) -> bool:
	return bool((people.get(name) or {}).get("user"))


def _add_participants(doc: Any, found: chat.Chat, people: dict[str, dict[str, Any]]) -> None:
	rows: dict[str, dict[str, Any]] = {}
	for name, count in found.participants:
		person = people.get(name) or {}
		key = person.get("contact") or person.get("user") or name
		row = rows.setdefault(
			key,
			{
				"contact": person.get("contact"),
				"user": person.get("user"),
				"person_name": name,
				"message_count": 0,
			},
		)
		row["message_count"] += count
	doc.set("participants", list(rows.values()))


def _keys(name: str) -> list[str]:
	"""A name as it may be stored: without what messengers and people put behind it."""
	base = name.strip().lower()
	bare = base
	for sign in ("(", "（", "@", "＠", "|", "-", "_", "·"):
		bare = bare.split(sign)[0].strip() or bare
	return list(dict.fromkeys(form.replace(" ", "") for form in (base, bare)))


def _spellings(row: dict[str, Any]) -> list[str]:
	first, last = (row.first_name or "").strip().lower(), (row.last_name or "").strip().lower()
	forms = (first + last, last + first, (row.full_name or "").lower())
	return [form for form in dict.fromkeys(form.replace(" ", "") for form in forms) if form]


def _shown(row: dict[str, Any]) -> str:
	"""A full name as its own language writes it: Chinese family names come first, without a space."""
	if row.first_name and row.last_name and not f"{row.first_name}{row.last_name}".isascii():
		joined = f"{row.last_name}{row.first_name}"
		if re.fullmatch(r"[\u4e00-\u9fff·]+", joined):
			return joined
	return row.full_name


def _named(table: Any, wanted: set[str]) -> Any:
	"""Condition that a person's first and last name, in either order, are among the wanted ones."""

	def joined(*fields: Any) -> Any:
		return Lower(Concat(*(Coalesce(field, "") for field in fields)))

	return Criterion.any(
		[
			joined(table.first_name, table.last_name).isin(wanted),
			joined(table.last_name, table.first_name).isin(wanted),
		]
	)


def _contacts_named(wanted: set[str], customer: str | None) -> list[Any]:
	"""Contacts with one of the names; of one customer when it is given, else of all customers the user sees."""
	contacts, links = DocType("Contact"), DocType("Dynamic Link")
	query = (
		frappe.qb.from_(contacts)
		.inner_join(links)
		.on((links.parent == contacts.name) & (links.parenttype == "Contact"))
		.select(
			contacts.name,
			contacts.first_name,
			contacts.last_name,
			contacts.full_name,
			links.link_name.as_("customer"),
		)
		.where((links.link_doctype == "SPM Customer") & _named(contacts, wanted))
		.limit(100)
	)
	if customer:
		query = query.where(links.link_name == customer)
	visible = readable_rows("Contact")
	return (query if visible is None else query.where(visible)).run(as_dict=True)


def _colleagues_named(wanted: set[str]) -> list[Any]:
	users = DocType("User")
	return (
		frappe.qb.from_(users)
		.select(users.name, users.first_name, users.last_name, users.full_name)
		.where((users.enabled == 1) & (users.user_type == "System User") & _named(users, wanted))
		.limit(100)
		.run(as_dict=True)
	)
