"""Keeps the beginnings under which customers, people, deals and projects are found (SPM Search Key).

One table serves two ends: the search ("zs" finds 张三) looks for keys that begin with what was typed, and the
duplicate check for keys that are equal. Rows are written in the transaction of the record and only when a
field that is searched has changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from typing import Any

import frappe

from sales_crm_pm.loop.bulk import insert_rows
from sales_crm_pm.rules import identity, search_words

TABLE = "SPM Search Key"
COMPANY, PERSON, PHONE, EMAIL = "Company", "Person", "Phone", "E-mail"
DOMAIN, TAX_ID, WORD = "Mail Domain", "Tax ID", "Word"
BATCH = 1000

FIELDS: dict[str, dict[str, str]] = {
	"SPM Customer": {
		"customer_name": COMPANY,
		"customer_code": WORD,
		"phone": PHONE,
		"email": EMAIL,
		"website": DOMAIN,
		"tax_id": TAX_ID,
		"social_credit_code": TAX_ID,
	},
	"SPM Lead": {
		"lead_name": PERSON,
		"organisation": COMPANY,
		"mobile": PHONE,
		"phone": PHONE,
		"email": EMAIL,
		"website": DOMAIN,
		"wechat": WORD,
	},
	"Contact": {"full_name": PERSON, "phone_nos.phone": PHONE, "email_ids.email_id": EMAIL},
	"SPM Opportunity": {"title": WORD, "contract_no": WORD},
	"SPM Project": {"project_name": WORD, "contract_no": WORD},
}
"""Which fields are searched, and as what. `table.field` reads every row of a child table."""


def keys_of(doctype: str, values: Any) -> set[tuple[str, str]]:
	"""All keys of a record as (kind, key).

	:param doctype: one of FIELDS
	:param values: document or dict with the fields; tables as lists of rows
	"""
	suffixes, shared = company_suffixes(), shared_mail_domains()
	found: set[tuple[str, str]] = set()
	for field, kind in FIELDS[doctype].items():
		for value in _read(values, field):
			if value:
				found |= _keys(kind, value, suffixes, shared)
	if doctype == "SPM Customer" and values.get("customer_type") == "Individual":
		found.add((PERSON, identity.person_key(values.get("customer_name"))[: search_words.LONGEST]))
	named = {key for kind, key in found if kind != WORD}
	return {(kind, key) for kind, key in found if key and (kind != WORD or key not in named)}


def _read(values: Any, field: str) -> list:
	table, _dot, column = field.rpartition(".")
	return [row.get(column) for row in values.get(table) or ()] if table else [values.get(field)]


def _keys(kind: str, value: str, suffixes: tuple[str, ...], shared: tuple[str, ...]) -> set[tuple[str, str]]:
	if kind == PHONE:
		digits = identity.phone_key(value)
		return {(PHONE, digits), *((WORD, part) for part in search_words.digits_of_phone(value))}
	if kind == EMAIL:
		return {(EMAIL, identity.email_key(value)[:64]), (DOMAIN, identity.domain_key(value, shared)[:64])}
	if kind == DOMAIN:
		return {(DOMAIN, identity.domain_key(value, shared)[:64])}
	if kind == TAX_ID:
		return {(TAX_ID, identity.tax_key(value)[:64])}
	found = {(WORD, word) for word in search_words.words_of(value, suffixes)}
	if kind == PERSON:
		found |= {(WORD, word) for word in search_words.words_of(search_words.surname_first(value))}
	if kind == COMPANY:
		found.add((COMPANY, identity.company_key(value, suffixes)[:64]))
	elif kind == PERSON:
		found.add((PERSON, identity.person_key(value)[:64]))
	return found


def company_suffixes() -> tuple[str, ...]:
	"""Legal forms that the site's admin lists in the settings; ours when the list is empty."""
	return _lines(frappe.get_cached_doc("SPM Settings").get("company_suffixes")) or identity.COMPANY_SUFFIXES


def shared_mail_domains() -> tuple[str, ...]:
	"""Domains of mail providers that the site's admin lists in the settings; ours when the list is empty."""
	return (
		_lines(frappe.get_cached_doc("SPM Settings").get("shared_mail_domains"))
		or identity.SHARED_MAIL_DOMAINS
	)


@lru_cache(maxsize=16)
def _lines(text: str | None) -> tuple[str, ...]:
	return tuple(line.strip().casefold() for line in (text or "").splitlines() if line.strip())


def refresh(doc: Any, method: str | None = None) -> None:
	"""Bring the keys of a saved document up to date: no statement when nothing searched has changed.

	:param doc: document of one of FIELDS, after it was written
	:param method: name of the event, when called as a hook
	"""
	if doc.flags.keys_follow:
		# A bulk run writes the keys of many records at once.
		return
	before = doc.get_doc_before_save()
	if before is None:
		if doc.flags.in_insert or doc.is_new():
			_insert(doc.doctype, {doc.name: keys_of(doc.doctype, doc)})
		return
	if not changed(doc, before):
		return
	old, new = keys_of(doc.doctype, before), keys_of(doc.doctype, doc)
	added = new - old
	if gone := {key for _kind, key in old - new}:
		frappe.db.delete(
			TABLE,
			{
				"reference_doctype": doc.doctype,
				"reference_name": doc.name,
				"search_key": ["in", sorted(gone)],
			},
		)
		# The same letters may stand for something else now (a word that has become the company's name).
		added |= {(kind, key) for kind, key in new if key in gone}
	_insert(doc.doctype, {doc.name: added})


def changed(doc: Any, before: Any) -> bool:
	"""Whether a searched field differs from the stored version."""
	fields = [*FIELDS[doc.doctype], *(("customer_type",) if doc.doctype == "SPM Customer" else ())]
	return any(_read(doc, field) != _read(before, field) for field in fields)


def records_with(doctype: str, kind: str, keys: list[str]) -> list[tuple[str, str]]:
	"""Records of a type that have one of these keys, as (name, key)."""
	return frappe.get_all(
		TABLE,
		filters={"reference_doctype": doctype, "search_key": ["in", keys], "kind": kind},
		fields=["reference_name", "search_key"],
		as_list=True,
		limit_page_length=0,
	)


def insert_many(docs: Iterable[Any]) -> None:
	"""Write the keys of new documents of one type in few statements."""
	docs = list(docs)
	if docs and docs[0].doctype in FIELDS:
		_insert(docs[0].doctype, {doc.name: keys_of(doc.doctype, doc) for doc in docs})


def forget(doctype: str, names: Iterable[str]) -> None:
	"""Take the keys of records away that are gone."""
	names = list(names)
	if doctype in FIELDS and names:
		frappe.db.delete(TABLE, {"reference_doctype": doctype, "reference_name": ["in", names]})


def forget_deleted(doc: Any, method: str | None = None) -> None:
	"""Hook of a deleted document."""
	forget(doc.doctype, [doc.name])


def follow_rename(doc: Any, method: str, old: str, new: str, merge: bool = False) -> None:
	"""Hook of a renamed document (core's Contact may be renamed, and merged by renaming)."""
	forget(doc.doctype, [old, new])
	rebuild(doc.doctype, [new])


def rebuild(doctype: str, names: list[str]) -> None:
	"""Write the keys of records anew from what is stored.

	:param doctype: one of FIELDS
	:param names: as many as fit into a statement
	"""
	_delete_keys_of(doctype, names)
	_insert(
		doctype, {row["name"]: keys_of(doctype, row) for row in _stored(doctype, {"name": ["in", names]})}
	)


def rebuild_all(doctypes: Iterable[str] = tuple(FIELDS), commit: bool = True) -> dict[str, int]:
	"""Write all keys anew, in batches that each stand for themselves; safe to repeat and to interrupt.

	:param doctypes: some of FIELDS
	:param commit: False within a test
	:return: number of records per type
	"""
	counts: dict[str, int] = {}
	for doctype in doctypes:
		last = ""
		counts[doctype] = 0
		while rows := _stored(doctype, {"name": [">", last]}, BATCH):
			_delete_keys_of(doctype, [row["name"] for row in rows])
			_insert(doctype, {row["name"]: keys_of(doctype, row) for row in rows})
			counts[doctype] += len(rows)
			last = rows[-1]["name"]
			if commit:
				frappe.db.commit()  # nosemgrep: a batch of a long job stands for itself
	return counts


def rebuild_in_background() -> None:
	"""Have a worker write all keys anew, once this transaction is committed."""
	frappe.enqueue(
		"sales_crm_pm.loop.search_keys.rebuild_all",
		queue="long",
		timeout=6 * 3600,
		job_id="spm_search_keys",
		deduplicate=True,
		enqueue_after_commit=True,
	)


def _delete_keys_of(doctype: str, names: list[str]) -> None:
	frappe.db.delete(TABLE, {"reference_doctype": doctype, "reference_name": ["in", names or [""]]})


def _stored(doctype: str, filters: dict, limit: int = 0) -> list[dict]:
	own = [field for field in FIELDS[doctype] if "." not in field]
	if doctype == "SPM Customer":
		own.append("customer_type")
	rows = frappe.get_all(
		doctype, filters=filters, fields=["name", *own], order_by="name asc", limit_page_length=limit
	)
	by_name = {row["name"]: row for row in rows}
	for field in FIELDS[doctype] if by_name else ():
		table, _dot, column = field.rpartition(".")
		if not table:
			continue
		for row in rows:
			row[table] = []
		children = frappe.get_all(
			frappe.get_meta(doctype).get_field(table).options,
			filters={"parenttype": doctype, "parent": ["in", list(by_name)]},
			fields=["parent", column],
			limit_page_length=0,
		)
		for child in children:
			by_name[child["parent"]][table].append(child)
	return rows


def _insert(doctype: str, keys: dict[str, set[tuple[str, str]]]) -> None:
	moment, user = frappe.utils.now(), frappe.session.user
	rows = [
		{
			"name": _row_name(doctype, name, kind, key),
			"creation": moment,
			"modified": moment,
			"owner": user,
			"modified_by": user,
			"search_key": key,
			"kind": kind,
			"reference_doctype": doctype,
			"reference_name": name,
		}
		for name, pairs in keys.items()
		for kind, key in pairs
	]
	# A key that is there already (two jobs rebuild at once) has the same name and stays. In the order of their
	# names, rows of one record lie side by side on disk, which is most of the speed of a rebuild.
	insert_rows(TABLE, sorted(rows, key=itemgetter("name")), ignore_duplicates=True)


def _row_name(doctype: str, name: str, kind: str, key: str) -> str:
	"""Name of a key's row, the same whenever it is written, and beside those of the same record."""
	own = blake2b(f"{doctype}\0{name}\0{kind}\0{key}".encode(), digest_size=6).hexdigest()
	return f"{name[:100]}:{own}"
