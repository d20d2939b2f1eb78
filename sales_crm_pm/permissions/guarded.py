"""Base class of our documents with row rules: `class SPMTask(GuardedDocument)`."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from sales_crm_pm.permissions.document import check_change


class GuardedDocument(Document):
	"""A document that checks its stored version on save and never hands out levels its reader may not read."""

	COMPUTED: tuple[str, ...] = ()
	"""Fields that only set-based statements of ours write; what a form or a request brings for them is ignored."""
	FIXED: tuple[str, ...] = ()
	"""Fields and tables that are given once, when the document is made, and never changed by a request."""

	def check_if_latest(self):
		"""Load the stored version as the framework does, then see that this user may change it."""
		super().check_if_latest()
		check_change(self)
		self.keep_derived()

	def keep_derived(self):
		"""Put derived fields back to what is stored.

		Read-only in the form is not read-only for REST. And a form that was opened before a milestone was
		accepted must not write yesterday's progress over today's: derived fields change without a new
		timestamp. Trusted code sets `flags.derived` to write them itself.
		"""
		if self.flags.derived:
			return
		before = self.get_doc_before_save()
		for fieldname in self.COMPUTED:
			self.set(fieldname, before.get(fieldname) if before else None)
		for fieldname in self.FIXED if before else ():
			self.set(fieldname, before.get(fieldname))

	def update_if_missing(self, d):
		"""Take over defaults, except the site's currency, which says nothing about this customer or deal.

		The framework fills every link named like a site default. A currency left open is the customer's, and
		only then the base currency; the rules of each record see to that.
		"""
		given = self.get("currency")
		super().update_if_missing(d)
		if not given and self.meta.has_field("currency"):
			self.set("currency", None)

	def as_dict(self, *args, **kwargs):
		"""The document's values without the fields whose permission level the session's user may not read.

		The framework strips them where it answers a read, but not where it answers a save, an insert or
		`set_value`. A document on its way to the recycle bin keeps everything, so that restoring is whole.
		"""
		return without_hidden_levels(self, super().as_dict(*args, **kwargs))


def without_hidden_levels(doc: Document, values: dict) -> dict:
	"""Take the fields out of a document's values whose level the session's user may not read."""
	if frappe.session.user == "Administrator" or doc.flags.in_delete:
		return values
	high = [df for df in doc.meta.fields if df.permlevel]
	if high:
		readable = doc.get_permlevel_access("read")
		for df in high:
			if df.permlevel not in readable:
				values.pop(df.fieldname, None)
	return values
