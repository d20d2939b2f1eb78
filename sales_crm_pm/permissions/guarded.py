"""Base class of our documents with row rules: `class SPMTask(GuardedDocument)`."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from sales_crm_pm.permissions.document import check_change


class GuardedDocument(Document):
	"""A document that checks its stored version on save and never hands out levels its reader may not read."""

	def check_if_latest(self):
		"""Load the stored version as the framework does, then see that this user may change it."""
		super().check_if_latest()
		check_change(self)

	def as_dict(self, *args, **kwargs):
		"""The document's values without the fields whose permission level the session's user may not read.

		The framework strips them where it answers a read, but not where it answers a save, an insert or
		`set_value`. A document on its way to the recycle bin keeps everything, so that restoring is whole.
		"""
		values = super().as_dict(*args, **kwargs)
		if frappe.session.user == "Administrator" or self.flags.in_delete:
			return values
		high = [df for df in self.meta.fields if df.permlevel]
		if high:
			readable = self.get_permlevel_access("read")
			for df in high:
				if df.permlevel not in readable:
					values.pop(df.fieldname, None)
		return values
