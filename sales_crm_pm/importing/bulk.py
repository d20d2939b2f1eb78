"""Writes many records with the checks of `Document.insert` and a handful of statements.

What makes insert() slow for thousands of rows is not the rules but the round trips: two for every name, one
for every row and child row, several for effects that the next row repeats. Here every document still goes
through permission, links, naming, the controller's own methods, doc_events and the framework's field checks,
in insert()'s order; only names are taken in blocks and rows are written together.
tests/site/test_importing_bulk.py holds the two ways against each other, field for field.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.model import table_fields
from frappe.model.base_document import get_controller
from frappe.model.naming import make_autoname, parse_naming_series, set_new_name
from frappe.query_builder import DocType
from frappe.utils import cint, cstr, strip_html
from frappe.utils.global_search import get_formatted_value, sync_value
from redis.exceptions import ConnectionError as RedisConnectionError

from sales_crm_pm.importing.fast import (
	LinkMemory,
	idle_methods,
	memoised,
	restore_checks,
	skip_needless_checks,
)
from sales_crm_pm.loop import duplicates, search_keys
from sales_crm_pm.loop.bulk import insert_rows


class SeriesBlock:
	"""Numbers of naming series, locked once and written back once per chunk."""

	def __init__(self):
		self.current: dict[str, int] = {}
		self.last: str | None = None

	def __call__(self, prefix: str, digits: int) -> str:
		if prefix not in self.current:
			self.current[prefix] = self._lock(prefix)
		self.current[prefix] += 1
		self.last = prefix
		return str(self.current[prefix]).zfill(digits)

	def _lock(self, prefix: str) -> int:
		series = DocType("Series")
		row = frappe.qb.from_(series).select(series.current).where(series.name == prefix).for_update().run()
		if row:
			return cint(row[0][0])
		frappe.qb.into(series).columns("name", "current").insert(prefix, 0).run()
		return 0

	def give_back(self):
		"""Return the last number: its row was refused, and insert() would not have used it up either."""
		if self.last:
			self.current[self.last] -= 1
			self.last = None

	def write_back(self):
		"""Store the counters, which also makes them valid for whoever waits for the lock."""
		series = DocType("Series")
		for prefix, current in self.current.items():
			frappe.qb.update(series).set(series.current, current).where(series.name == prefix).run()
		self.current, self.last = {}, None


class BulkWriter:
	"""Collects checked documents of one DocType and writes them together.

	Use it inside `importing_mode()`. add() one document at a time, then flush(); repeat.

	:param doctype: a normal DocType (not a Single, not virtual)
	"""

	def __init__(self, doctype: str):
		self.doctype = doctype
		self.meta = frappe.get_meta(doctype)
		self.template = frappe.new_doc(doctype, as_dict=True)
		self.child_templates = {
			df.fieldname: frappe.new_doc(df.options, as_dict=True) for df in self.meta.get_table_fields()
		}
		self.metas = {
			dt: memoised(frappe.get_meta(dt))
			for dt in (doctype, *(df.options for df in self.meta.get_table_fields()))
		}
		self.hash_named = {df.options: _is_hash_named(df.options) for df in self.meta.get_table_fields()}
		self.idle = idle_methods(
			doctype, get_controller(doctype), ("before_insert", "before_naming", "after_insert", "on_change")
		)
		self.rules_are_ours = self._rules_are_ours()
		self.permitted: set[tuple] = set()
		self.links = LinkMemory()
		self.series = SeriesBlock()
		self.uses_block = self._names_come_from_series()
		self.docs: list = []

	def _names_come_from_series(self) -> bool:
		if not (self.meta.autoname or "").startswith("naming_series:"):
			return False
		if frappe.db.exists("Document Naming Rule", {"document_type": self.doctype, "disabled": 0}):
			return False
		controller = get_controller(self.doctype)
		return not hasattr(controller, "autoname")

	def build(self, values: dict):
		"""A new document with the defaults insert() would give it.

		:param values: field values; tables as lists of dicts
		"""
		doc = frappe.get_doc({"doctype": self.doctype, **values})
		# Dates of winning and closing are facts of the past here, not today's clicks.
		doc.flags.history = True
		doc.set("__islocal", True)
		self._use_memoised(doc)
		doc.update_if_missing(self.template)
		for fieldname, template in self.child_templates.items():
			for child in doc.get(fieldname) or ():
				child.update_if_missing(template)
		return doc

	def check(self, doc, named: bool = True):
		"""Everything insert() does before it writes.

		:param doc: from build()
		:param named: False for a preview, which must not use up numbers
		:raises Exception: whatever the rules raise; the document is then out of the game
		"""
		doc.flags.notifications_executed = []
		doc.set_user_and_timestamp()
		doc.set_docstatus()
		self._check_permission(doc)
		doc.check_if_latest()
		self.links.check(doc)
		self._run(doc, "before_insert")
		if named:
			self._name(doc)
		else:
			doc.name = f"new-{frappe.scrub(self.doctype)}"
			for child in doc.get_all_children():
				child.name = f"new-{frappe.scrub(child.doctype)}"
		doc.flags.name_set = True
		doc.set_parent_in_children()
		doc.validate_higher_perm_levels()
		doc.flags.in_insert = True
		doc.run_before_save_methods()
		self._use_memoised(doc)
		skip_needless_checks(doc)
		with _strictly():
			doc._validate()
		restore_checks(doc)
		doc.set_docstatus()

	def _check_permission(self, doc):
		"""Ask once per chunk for documents that point to the same records.

		The right to create depends on roles, on User Permissions for what is linked and on our row rules,
		which look at what is linked too. Rules of other apps may look at anything, so then each row is asked.
		"""
		links = None
		if self.rules_are_ours:
			links = tuple((df.fieldname, doc.get(df.fieldname)) for df in doc.meta.get_link_fields())
			if links in self.permitted:
				return
		doc.check_permission("create")
		if links:
			self.permitted.add(links)

	def _rules_are_ours(self) -> bool:
		hooks = frappe.get_hooks("has_permission")
		methods = [*hooks.get(self.doctype, []), *hooks.get("*", [])]
		return all(method.startswith("sales_crm_pm.") for method in methods)

	def _run(self, doc, method: str):
		if method not in self.idle:
			doc.run_method(method)

	def _use_memoised(self, doc):
		# `meta` is a cached property (v16) or reads `_meta` (v15); both look into the instance first.
		for one in (doc, *doc.get_all_children()):
			one.__dict__["meta"] = one.__dict__["_meta"] = self.metas[one.doctype]

	def _name(self, doc):
		if not self.uses_block:
			doc.set_new_name()
			return
		self._run(doc, "before_naming")
		series = doc.naming_series or self.template.get("naming_series")
		doc.name = parse_naming_series(f"{series}.#####".split("."), doc=doc, number_generator=self.series)
		for child in doc.get_all_children():
			self._name_child(child)

	def _name_child(self, child):
		if self.hash_named[child.doctype]:
			child.name = make_autoname("hash", child.doctype)
		else:
			set_new_name(child)

	def add(self, values: dict):
		"""Build and check a document and keep it for flush().

		:raises Exception: as check(); nothing of the document remains
		"""
		doc = self.build(values)
		try:
			self.check(doc)
		except Exception:
			if self.uses_block:
				self.series.give_back()
			raise
		# The number is used now; an error of the next row must not take this one back.
		self.series.last = None
		self.docs.append(doc)
		duplicates.remember(doc)
		return doc

	def waits_for(self, name: str | None) -> bool:
		"""Whether a document of this name is added but not yet written, so that nothing can link to it."""
		return bool(name) and any(doc.name == name for doc in self.docs)

	def flush(self) -> tuple[list, list[tuple[object, str]]]:
		"""Write what was added.

		:returns: (written documents, [(refused document, reason)]); the database may refuse what no rule
			knows of, such as a duplicate key, and then only that record is left out
		"""
		docs, self.docs = self.docs, []
		self.links.forget()
		self.permitted = set()
		if not docs:
			return [], []
		self.series.write_back()
		refused: list[tuple[object, str]] = []
		for doc in docs:
			self._complete_children(doc)
		frappe.db.savepoint("spm_bulk")
		try:
			self._write(docs)
		except Exception as error:
			# A lost connection or a deadlock has ended the transaction: the caller repeats the chunk.
			if isinstance(
				error, frappe.QueryDeadlockError | frappe.QueryTimeoutError | frappe.db.InterfaceError
			):
				raise
			frappe.db.rollback(save_point="spm_bulk")
			docs, refused = self._write_one_by_one(docs)
		for doc in docs:
			doc.flags.keys_follow = True
			self._run(doc, "after_insert")
			doc.run_method("on_update")
			self._run(doc, "on_change")
			doc.flags.in_insert = doc.flags.keys_follow = False
			doc.set("__islocal", False)
		search_keys.insert_many(docs)
		index_for_search(docs)
		return docs, refused

	def _complete_children(self, doc):
		"""Rows that the rules appended have no name and time yet; db_insert() would give them both."""
		for child in doc.get_all_children():
			if not child.name:
				self._name_child(child)
			if not child.creation:
				child.creation = child.modified = doc.modified
				child.owner = child.modified_by = doc.modified_by

	def _write(self, docs: list):
		insert_rows(self.doctype, [_row(doc) for doc in docs])
		for df in self.meta.get_table_fields():
			insert_rows(df.options, [_row(child) for doc in docs for child in doc.get(df.fieldname) or ()])

	def _write_one_by_one(self, docs: list) -> tuple[list, list[tuple[object, str]]]:
		written, refused = [], []
		for doc in docs:
			frappe.db.savepoint("spm_bulk_row")
			try:
				doc.db_insert()
				for child in doc.get_all_children():
					child.db_insert()
				written.append(doc)
			except Exception as error:
				frappe.db.rollback(save_point="spm_bulk_row")
				refused.append((doc, reason_of(error)))
		return written, refused


def _row(doc) -> dict:
	return doc.get_valid_dict(convert_dates_to_str=True, ignore_virtual=True)


def _is_hash_named(doctype: str) -> bool:
	autoname = (frappe.get_meta(doctype).autoname or "").lower()
	return autoname in ("", "hash") and not hasattr(get_controller(doctype), "autoname")


def index_for_search(docs: list):
	"""Hand documents to the global search once they are committed.

	The table of the global search knows no transactions, so writing to it earlier would leave the names of
	records that were rolled back. Goes through the framework's own queue, with one message per chunk.

	:param docs: written documents of one DocType
	"""
	if frappe.local.conf.get("disable_global_search"):
		return
	entries = []
	for doc in docs:
		if doc.get("disabled"):
			continue
		content = [
			get_formatted_value(row.get(df.fieldname), df)
			for row in (doc, *doc.get_all_children())
			for df in row.meta.get_global_search_fields()
			if row.get(df.fieldname) and df.fieldtype not in table_fields
		]
		if content:
			entries.append(
				{
					"doctype": doc.doctype,
					"name": doc.name,
					"content": " ||| ".join(content),
					"published": 0,
					"title": cstr(doc.get_title())[: int(frappe.db.VARCHAR_LEN)],
					"route": "",
				}
			)
	if entries:
		frappe.db.after_commit.add(lambda: _queue_for_search(entries))


def _queue_for_search(entries: list[dict]):
	try:
		messages = [json.dumps(entry) for entry in entries]
		frappe.cache.execute_command("LPUSH", frappe.cache.make_key("global_search_queue"), *messages)
	except RedisConnectionError:
		for entry in entries:
			sync_value(entry)


@contextmanager
def importing_mode() -> Iterator[None]:
	"""Flags under which the framework neither mails nor announces every single record, undone at the end.

	`spm_bulk` tells our own controllers that the figures derived from many records follow set-based.
	"""
	names = ("in_import", "mute_emails", "spm_bulk")
	before = {name: frappe.flags.get(name) for name in names}
	saving = frappe.flags.currently_saving
	for name in names:
		frappe.flags[name] = True
	# insert() notes what is being saved in a list it searches; thousands of notes would slow every row.
	frappe.flags.currently_saving = []
	try:
		yield
	finally:
		frappe.flags.update(before)
		frappe.flags.currently_saving = saving


@contextmanager
def _strictly() -> Iterator[None]:
	"""The framework lets its own Data Import pass with options that no Select has; we do not."""
	before, frappe.flags.in_import = frappe.flags.in_import, False
	try:
		yield
	finally:
		frappe.flags.in_import = before


def reason_of(error: Exception) -> str:
	"""What to tell the person: the sentences shown on screen, else the error's own words; then forgets them."""
	messages = []
	for message in frappe.local.message_log or []:
		text = message.get("message") if isinstance(message, dict) else str(message)
		text = " ".join(strip_html(str(text or "")).split())
		if text and text not in messages:
			messages.append(text)
	frappe.clear_messages()
	frappe.flags.error_message = None
	if messages:
		return " ".join(messages)[:500]
	if frappe.db.is_duplicate_entry(error):
		return _("A record with the same key is here already.")
	return " ".join(strip_html(str(error)).split())[:500] or type(error).__name__
