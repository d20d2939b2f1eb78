"""Shortcuts past checks whose answer is known, each equal to the framework's own check in its result.

They touch single documents of a bulk run only; nothing of the framework is replaced.
"""

from __future__ import annotations

from functools import cache

import frappe

# Every varchar column takes 140 characters unless its field says otherwise; every int column takes this.
LARGEST_INT = 2**31 - 1


def memoised(meta):
	"""A copy of a Meta that remembers the answers of get().

	The field checks of the framework search all fields by type again for every document, which is most of
	their time. The copy lives as long as its writer; nothing else sees it.
	"""
	copy = _memoising(type(meta)).__new__(_memoising(type(meta)))
	copy.__dict__.update(meta.__dict__)
	copy.__dict__["_answers"] = {}
	return copy


@cache
def _memoising(meta_class: type) -> type:
	class MemoisingMeta(meta_class):
		def get(self, key, filters=None, limit=None, default=None):
			if not filters or not isinstance(key, str):
				return super().get(key, filters, limit, default)
			question = (key, repr(filters), limit)
			if question not in self._answers:
				self._answers[question] = super().get(key, filters, limit, default)
			return list(self._answers[question])

	return MemoisingMeta


class LinkMemory:
	"""Remembers which links were valid and what was fetched through them, for one chunk.

	Thousands of rows link to the same few customers, products and stages. A document whose links have all
	been seen before takes the remembered answers; any other one is checked by the framework.
	"""

	def __init__(self):
		self.known: dict[tuple, tuple] = {}

	def forget(self):
		"""Start anew: between chunks other people may delete what was there."""
		self.known = {}

	def check(self, doc):
		"""Do what doc._validate_links() does.

		:raises frappe.LinkValidationError: a link leads nowhere
		"""
		parts = [(one, *self._keys(one)) for one in (doc, *doc.get_all_children())]
		if all(plain and all(key in self.known for key in keys) for _one, keys, plain in parts):
			for one, keys, _plain in parts:
				for key in keys:
					name, fetched = self.known[key]
					one.set(key[1], name)
					for fieldname, value in fetched:
						one.set(fieldname, value)
			return
		doc._validate_links()
		for one, keys, plain in parts:
			for key in keys if plain else ():
				# What was fetched into a field that another link also fills is that link's business.
				self.known[key] = (one.get(key[1]), tuple((f, one.get(f)) for f in key[3]))

	def _keys(self, one) -> tuple[list[tuple], bool]:
		"""Keys of the filled links of a document; False when it has a link that cannot be remembered."""
		links, dynamic = _links_of(one.meta)
		if any(one.get(fieldname) for fieldname in dynamic):
			return [], False
		keys = []
		for fieldname, fetched in links:
			value = one.get(fieldname)
			if value:
				wanted = tuple(f for f, if_empty in fetched if not if_empty or not one.get(f))
				keys.append((one.doctype, fieldname, value, wanted))
		return keys, True


def _links_of(meta) -> tuple[list, list]:
	if "_links_of" not in meta.__dict__:
		links = [
			(
				df.fieldname,
				[
					(f.fieldname, bool(f.get("fetch_if_empty")))
					for f in meta.get_fields_to_fetch(df.fieldname)
				],
			)
			for df in meta.get_link_fields()
		]
		dynamic = [df.fieldname for df in meta.get("fields", {"fieldtype": ("=", "Dynamic Link")})]
		meta.__dict__["_links_of"] = (links, dynamic)
	return meta.__dict__["_links_of"]


def skip_needless_checks(doc):
	"""Spare a document the search for overlong values and for HTML when it has neither.

	Both searches convert every column of the table first. One look at the values that are set tells whether
	they could find anything; if so, they run.
	"""
	for one in (doc, *doc.get_all_children()):
		shortest = _shortest_text(one.meta)
		fits = harmless = True
		for value in one.__dict__.values():
			if type(value) is str:
				if len(value) > shortest:
					fits = False
				if "<" in value or ">" in value:
					harmless = False
			elif (type(value) is int or type(value) is float) and not -LARGEST_INT <= value <= LARGEST_INT:
				fits = False
		if fits:
			one.__dict__["_validate_length"] = _nothing
		if harmless:
			one.__dict__["_sanitize_content"] = _nothing


def restore_checks(doc):
	"""Take the shortcuts away again, so that a later save of the same document checks everything."""
	for one in (doc, *doc.get_all_children()):
		one.__dict__.pop("_validate_length", None)
		one.__dict__.pop("_sanitize_content", None)


def _nothing():
	return None


def _shortest_text(meta) -> int:
	if "_shortest_text" not in meta.__dict__:
		lengths = [frappe.utils.cint(df.get("length")) for df in meta.fields]
		meta.__dict__["_shortest_text"] = min([140, *(length for length in lengths if length)])
	return meta.__dict__["_shortest_text"]


def idle_methods(doctype: str, controller: type, methods: tuple[str, ...]) -> set[str]:
	"""Those of some document methods that neither the controller nor any app, script or webhook listens to.

	:param doctype: the DocType
	:param controller: its class
	:param methods: names such as before_insert
	"""
	if frappe.db.exists("Webhook", {"webhook_doctype": doctype, "enabled": 1}) or frappe.db.exists(
		"Server Script", {"reference_doctype": doctype, "disabled": 0}
	):
		return set()
	events = frappe.get_doc_hooks()
	return {
		method
		for method in methods
		if not hasattr(controller, method)
		and not events.get(doctype, {}).get(method)
		and not events.get("*", {}).get(method)
	}
