"""Finds records that mean the same company or person, by rules that an admin keeps (SPM Duplicate Rule).

`check` is part of the validation of customers, leads and contacts; so the form, REST, both imports, the web
form and the conversion of a lead all meet the same rules. A rule refuses or warns. A warning asks the person,
who may save anyway; where nobody can be asked (a visitor's web form, a scheduled job) the record is saved and
the warning is kept as a comment on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Length
from frappe.utils import cint, escape_html, get_link_to_form
from rapidfuzz import fuzz

from sales_crm_pm.exceptions import DuplicateRecordError
from sales_crm_pm.loop import search_keys
from sales_crm_pm.loop.duplicate_rules import (
	AMONG,
	CONTACT,
	CUSTOMER,
	LEAD,
	REFUSE,
	Match,
	Rule,
	rules_for,
)
from sales_crm_pm.loop.search_keys import COMPANY, DOMAIN, PERSON
from sales_crm_pm.permissions.search import visible
from sales_crm_pm.rules import identity

EXCEPTION = "SPM Duplicate Exception"
MOST_FOUND = 200
MOST_SIMILAR = 300
MOST_SHOWN = 5


Row = tuple[str, str, str, str]
"""(record type, name, kind, key) as the key table has it."""


class Batch:
	"""What the database and this run itself know of the keys of many new records.

	A bulk run looks all keys of a chunk up with one statement instead of one per record, and must also see
	the records that it has checked but not written yet.
	"""

	def __init__(self, doctype: str, values: list[dict]):
		self.rows: dict[tuple[str, str], list[Row]] = {}
		self.titles: dict[tuple[str, str], str] = {}
		kinds = {kind for rule in rules_for(doctype) for kind in rule.kinds}
		keys = {pair for row in values for pair in search_keys.keys_of(doctype, row) if pair[0] in kinds}
		self.looked_up = keys
		ordered = sorted({key for _kind, key in keys})
		for start in range(0, len(ordered), 1000):
			for row in _equal(frozenset(AMONG.values()), kinds, ordered[start : start + 1000]).run():
				self.rows.setdefault((row[2], row[3]), []).append(row)

	def remember(self, doc: Any) -> None:
		"""Count a checked document among those that later ones may repeat."""
		self.titles[doc.doctype, doc.name] = title_of(doc)
		for kind, key in search_keys.keys_of(doc.doctype, doc):
			self.looked_up.add((kind, key))
			self.rows.setdefault((kind, key), []).append((doc.doctype, doc.name, kind, key))

	def similar(self, kind: str, length: int) -> list[Row]:
		"""Keys of unwritten records of about this length."""
		return [
			row
			for (other, key), rows in self.rows.items()
			if other == kind and abs(len(key) - length) <= _tolerance(length)
			for row in rows
			if (row[0], row[1]) in self.titles
		]


@contextmanager
def batch(doctype: str, values: list[dict], action: str | None = None) -> Iterator[None]:
	"""Check many new records against the database with one look-up, and against each other.

	:param doctype: their type; nothing happens for types without rules
	:param values: their field values
	:param action: "create" passes over warnings, as the person who ordered the run has decided
	"""
	before = frappe.flags.spm_duplicate_batch, frappe.flags.spm_import_duplicates
	known = Batch(doctype, values) if doctype in AMONG.values() and rules_for(doctype) else None
	frappe.flags.spm_duplicate_batch, frappe.flags.spm_import_duplicates = known, action == "create"
	try:
		yield
	finally:
		frappe.flags.spm_duplicate_batch, frappe.flags.spm_import_duplicates = before


def remember(doc: Any) -> None:
	"""Tell a running batch of a new record that was checked."""
	known: Batch | None = frappe.flags.spm_duplicate_batch
	if known is not None and doc.doctype in AMONG.values():
		known.remember(doc)


def check(doc: Any, method: str | None = None) -> None:
	"""Refuse or question a record that is here already; part of `validate`.

	Costs one statement when something that a rule looks at has changed, none otherwise, and two or three more
	only when something was found.

	:param doc: customer, lead or contact about to be saved
	:param method: name of the event, when called as a hook
	:raises DuplicateRecordError: a rule refuses it, or warns and the person has not said to save anyway
	"""
	doc.flags.possible_duplicates = None
	if doc.flags.ignore_duplicates or not (rules := rules_for(doc.doctype)):
		return
	before = doc.get_doc_before_save()
	if before is not None and not search_keys.changed(doc, before):
		return
	keys = search_keys.keys_of(doc.doctype, doc)
	new = keys - search_keys.keys_of(doc.doctype, before) if before is not None else keys
	found = find(doc, rules, keys, new)
	if not found:
		return
	if any(match.action == REFUSE for match in found) or not may_pass(doc):
		_throw(found)
	doc.flags.possible_duplicates = found


def may_pass(doc: Any) -> bool:
	"""Whether a warning is no obstacle: the person wants to save anyway, or there is nobody to ask.

	`ignore_duplicates` may stand in the document's values (form, REST) or beside them in the request, where it
	reaches records that an action makes on the way, such as the customer of a converted lead.
	"""
	if cint(doc.get("ignore_duplicates")) or cint((frappe.local.form_dict or {}).get("ignore_duplicates")):
		return True
	if frappe.flags.in_import:
		return bool(frappe.flags.spm_import_duplicates)
	return not getattr(frappe.local, "request", None) or frappe.session.user == "Guest"


def note(doc: Any, method: str | None = None) -> None:
	"""Keep the warning that somebody passed over as a comment; after the save."""
	found, doc.flags.possible_duplicates = doc.flags.possible_duplicates, None
	if not found:
		return
	# Only numbers: whoever reads this record need not be allowed to read the other one.
	named = "; ".join(
		"{} {} ({})".format(_(match.doctype), match.name, ", ".join(match.reasons()))
		for match in found[:MOST_SHOWN]
	)
	doc.add_comment("Info", _("Saved although it looks like a duplicate: {0}").format(escape_html(named)))


def customers_called(name: str) -> list[str]:
	"""Enabled customers of this name, legal form and spelling aside, that the user may see."""
	key = identity.company_key(name, search_keys.company_suffixes())[:64]
	table, customer = DocType(search_keys.TABLE), DocType(CUSTOMER)
	found = (
		frappe.qb.from_(table)
		.join(customer)
		.on(customer.name == table.reference_name)
		.select(customer.name)
		.where((table.reference_doctype == CUSTOMER) & (table.search_key == key) & (table.kind == COMPANY))
		.where(customer.disabled == 0)
		.limit(20)
		.run(pluck=True)
	)
	return sorted(row["name"] for row in visible([{"doctype": CUSTOMER, "name": name} for name in found]))


def preview(doctype: str, values: dict, name: str | None = None) -> list[Match]:
	"""What saving these values would find, for hints while somebody types.

	:param doctype: customer, lead or contact
	:param values: field values
	:param name: the stored record they belong to
	"""
	if doctype not in AMONG.values():
		frappe.throw(_("{0} has no rules for duplicates.").format(_(doctype)))
	wanted = {field.partition(".")[0] for field in search_keys.FIELDS[doctype]}
	wanted |= {"customer_type", "parent_customer", "customer", "contact", "links"}
	doc = frappe.get_doc({"doctype": doctype, **{k: v for k, v in values.items() if k in wanted}})
	if doctype == CONTACT:
		doc.full_name = " ".join(filter(None, (values.get("first_name"), values.get("last_name"))))
	if name:
		doc.name = name
		doc.set("__islocal", False)
	return find(doc, rules_for(doctype), search_keys.keys_of(doctype, doc))


def dismiss(one: tuple[str, str], other: tuple[str, str], reason: str | None = None) -> tuple[str, bool]:
	"""Remember that two records are not the same; once, whichever is named first.

	:return: name of the exception, and whether it is new
	"""
	first, second = sorted((one, other))
	values = {
		"first_type": first[0],
		"first_record": first[1],
		"second_type": second[0],
		"second_record": second[1],
	}
	if known := frappe.db.get_value(EXCEPTION, values):
		return known, False
	return frappe.get_doc({"doctype": EXCEPTION, "reason": reason, **values}).insert().name, True


def find(
	doc: Any, rules: list[Rule], keys: set[tuple[str, str]], new: set[tuple[str, str]] | None = None
) -> list[Match]:
	"""Records that the rules take for the same, the surest first.

	:param doc: the record, saved or not
	:param rules: rules of its type
	:param keys: its keys
	:param new: those keys that a match has to rest on; all when not given
	"""
	new = keys if new is None else new
	hits: dict[tuple[str, str], dict[str, float]] = {}
	fresh: set[tuple[str, str, str]] = set()
	for (doctype, name, kind, _key), score, is_new in _scored(rules, keys, new):
		if doctype == doc.doctype and name == doc.name:
			continue
		scores = hits.setdefault((doctype, name), {})
		scores[kind] = max(score, scores.get(kind, 0))
		if is_new:
			fresh.add((doctype, name, kind))
	found: dict[tuple[str, str], Match] = {}
	for rule in rules:
		for (doctype, name), scores in hits.items():
			kinds = {
				kind
				for kind in rule.kinds & scores.keys()
				if scores[kind] >= (rule.similarity if kind in (COMPANY, PERSON) else 100)
			}
			if doctype not in rule.among or not kinds or (rule.needs_all and kinds != rule.kinds):
				continue
			if not any((doctype, name, kind) in fresh for kind in kinds):
				continue
			match = found.setdefault((doctype, name), Match(doctype, name, set(), rule.action, scores=scores))
			match.kinds |= kinds
			if rule.action == REFUSE:
				match.action = REFUSE
			if rule.message and rule.message not in match.messages:
				match.messages.append(rule.message)
	kept = _with_details(doc, found)
	return sorted(kept, key=lambda m: (m.action != REFUSE, not m.visible, -len(m.kinds), m.doctype, m.name))


def _scored(rules: list[Rule], keys: set[tuple[str, str]], new: set[tuple[str, str]]):
	"""Rows of the key table that equal or resemble the keys, each with its score and whether a new key met it."""
	kinds = {kind for rule in rules for kind in rule.kinds}
	among = frozenset().union(*(rule.among for rule in rules))
	wanted = {pair for pair in keys if pair[0] in kinds}
	if not wanted & new:
		return
	fuzzy = {
		kind for rule in rules if rule.similarity < 100 for kind in (COMPANY, PERSON) if kind in rule.kinds
	}
	names = [pair for pair in wanted if pair[0] in fuzzy and len(pair[1]) >= 4]
	for row in _rows(among, kinds, wanted, names):
		pair = (row[2], row[3])
		if pair in wanted:
			yield row, 100, pair in new
			continue
		for kind, key in names:
			# Names with different numbers are different plants, branches or years.
			if kind == row[2] and identity.digits_of(key) == identity.digits_of(row[3]):
				yield row, fuzz.ratio(key, row[3]), (kind, key) in new


def _rows(among: frozenset[str], kinds: set[str], wanted: set, names: list) -> list[Row]:
	"""One statement, or the batch's memory: equal keys, and names with the same beginning and about the same length."""
	batch: Batch | None = frappe.flags.spm_duplicate_batch
	known = batch is not None and wanted <= batch.looked_up
	parts = []
	found: list[Row] = []
	if known:
		found += [row for pair in wanted for row in batch.rows.get(pair, ()) if row[0] in among]
	else:
		parts.append(_equal(among, kinds, [key for _kind, key in wanted]))
	for kind, key in names:
		parts.append(_similar(among, kind, key))
		if batch is not None:
			found += batch.similar(kind, len(key))
	if parts:
		# Each part has a limit of its own, which a UNION takes only inside a derived table.
		query = None
		for number, part in enumerate(parts):
			rows = frappe.qb.from_(part.as_(f"part{number}")).select("*")
			query = rows if query is None else query.union_all(rows)
		found += query.run()
	return found


def _equal(among, kinds, keys):
	table = DocType(search_keys.TABLE)
	return (
		frappe.qb.from_(table)
		.select(table.reference_doctype, table.reference_name, table.kind, table.search_key)
		.where(table.reference_doctype.isin(sorted(among)))
		.where(table.search_key.isin(sorted(keys)) & table.kind.isin(sorted(kinds)))
		.limit(MOST_FOUND * max(1, len(keys) // 10))
	)


def _similar(among, kind: str, key: str):
	table = DocType(search_keys.TABLE)
	begin = key[: 3 if key.isascii() else 2].replace("%", "").replace("_", "")
	return (
		frappe.qb.from_(table)
		.select(table.reference_doctype, table.reference_name, table.kind, table.search_key)
		.where(table.reference_doctype.isin(sorted(among)))
		.where(table.search_key.like(f"{begin}%") & (table.kind == kind))
		.where(Length(table.search_key) >= max(1, len(key.encode()) - 4 * _tolerance(len(key))))
		.where(Length(table.search_key) <= len(key.encode()) + 4 * _tolerance(len(key)))
		.limit(MOST_SIMILAR)
	)


def _tolerance(length: int) -> int:
	return max(1, length // 5)


def title_of(doc: Any) -> str:
	"""What people call the record."""
	return doc.get("customer_name") or doc.get("lead_name") or doc.get("full_name") or doc.get("name") or ""


def _with_details(doc: Any, found: dict[tuple[str, str], Match]) -> list[Match]:
	"""The matches with title and holder; without those that belong together anyway or are known to differ."""
	if not found:
		return []
	related = _related(doc)
	unlike = _known_to_differ(doc)
	batch: Batch | None = frappe.flags.spm_duplicate_batch
	kept = []
	for doctype in {match.doctype for match in found.values()}:
		matches = [match for match in found.values() if match.doctype == doctype]
		stored = {row.name: row for row in _details(doctype, [match.name for match in matches])}
		for match in matches:
			if (doctype, match.name) in related or (doctype, match.name) in unlike:
				continue
			row = stored.get(match.name)
			if row is None:
				if batch is not None and (doctype, match.name) in batch.titles:
					match.title, match.visible = batch.titles[doctype, match.name], True
					kept.append(match)
				continue
			if doctype == LEAD and row.status == "Converted":
				continue
			if match.kinds == {DOMAIN} and _same_group(doc, row):
				continue
			match.title, match.holder = row.title or match.name, row.holder
			kept.append(match)
	allowed = {(row["doctype"], row["name"]) for row in visible([vars(m) for m in kept if not m.visible])}
	for match in kept:
		match.visible = match.visible or (match.doctype, match.name) in allowed
	return kept


def _details(doctype: str, names: list[str]) -> list[Any]:
	fields = {
		CUSTOMER: ["name", "customer_name as title", "account_manager as holder", "parent_customer"],
		LEAD: ["name", "lead_name as title", "lead_owner as holder", "status"],
		CONTACT: ["name", "full_name as title", "owner as holder"],
	}[doctype]
	# Hidden ones too: the person has to learn that there is one and whom to ask.
	return frappe.get_all(doctype, filters={"name": ["in", names]}, fields=fields, limit_page_length=0)


def _related(doc: Any) -> set[tuple[str, str]]:
	"""Records that rightly share numbers with this one: a lead's customer and contact, a customer's contacts."""
	found = set(doc.flags.not_duplicate_of or ())
	if doc.doctype == LEAD:
		found |= {(CUSTOMER, doc.get("customer")), (CONTACT, doc.get("contact"))}
	elif doc.doctype == CONTACT:
		found |= {(row.get("link_doctype"), row.get("link_name")) for row in doc.get("links") or ()}
	elif doc.doctype == CUSTOMER and doc.get("name"):
		contacts = frappe.get_all(
			"Dynamic Link",
			filters={"parenttype": CONTACT, "link_doctype": CUSTOMER, "link_name": doc.name},
			pluck="parent",
		)
		found |= {(CONTACT, name) for name in contacts}
	return found


def _same_group(doc: Any, row: Any) -> bool:
	"""A company and its parent, or two with the same parent, may well share a domain."""
	if doc.doctype != CUSTOMER or "parent_customer" not in row:
		return False
	mine, other = doc.get("parent_customer"), row.parent_customer
	return mine == row.name or (bool(other) and other in (doc.get("name"), mine))


def _known_to_differ(doc: Any) -> set[tuple[str, str]]:
	if doc.is_new() or not doc.name:
		return set()
	table = DocType(EXCEPTION)
	rows = (
		frappe.qb.from_(table)
		.select(table.first_type, table.first_record, table.second_type, table.second_record)
		.where(
			((table.first_type == doc.doctype) & (table.first_record == doc.name))
			| ((table.second_type == doc.doctype) & (table.second_record == doc.name))
		)
		.run()
	)
	return {pair for row in rows for pair in (row[:2], row[2:])} - {(doc.doctype, doc.name)}


def _throw(found: list[Match]):
	"""Raise the typed error with the list, on screen with a button to save anyway where that is allowed."""
	if frappe.session.user == "Guest":
		# Whether and with whom a number is on file is nobody's business outside.
		frappe.throw(
			_("We have your details already. A colleague will get in touch with you."), DuplicateRecordError
		)
	refused = any(match.action == REFUSE for match in found)
	shown = [match.as_dict() for match in found[:MOST_SHOWN]]
	frappe.local.response["duplicates"] = shown
	frappe.local.response["may_ignore_duplicates"] = not refused
	head = (
		_("This record is here already and is not saved a second time.")
		if refused
		else _("This looks like a record that is here already.")
	)
	frappe.msgprint(
		"<p>{}</p><ul>{}</ul>".format(
			head, "".join(f"<li>{_sentence(match)}</li>" for match in found[:MOST_SHOWN])
		),
		title=_("Possible Duplicate"),
		indicator="red" if refused else "orange",
		primary_action=None
		if refused
		else {"label": _("Save Anyway"), "client_action": "sales_crm_pm.duplicates.save_anyway"},
	)
	plain = " ".join(_sentence(match, plain=True) for match in found[:MOST_SHOWN])
	raise DuplicateRecordError(f"{head} {plain}", shown, not refused)


def _sentence(match: Match, plain: bool = False) -> str:
	"""One line on one record, with no more than the user may know."""
	reasons = ", ".join(match.reasons())
	hints = " ".join(match.messages)
	if match.visible:
		title = f"{match.title} ({match.name})"
		if not plain:
			title = get_link_to_form(match.doctype, match.name, escape_html(title))
		text = _("{0} {1} has the same: {2}.").format(_(match.doctype), title, reasons)
	elif match.holder:
		text = _("{0} of a colleague, which you may not see, has the same: {1}. Ask {2}.").format(
			_(match.doctype), reasons, frappe.utils.get_fullname(match.holder)
		)
	else:
		text = _("{0} that you may not see has the same: {1}. Ask your manager.").format(
			_(match.doctype), reasons
		)
	return f"{text} {hints if plain else escape_html(hints)}".strip()
