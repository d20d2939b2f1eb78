"""Rows that a test commits because another process must see them, removed again afterwards."""

from __future__ import annotations

import frappe

from tests.support.http import PASSWORD
from tests.support.jobs import forget_jobs


class Committed:
	"""Makes committed documents and deletes them, newest first, when the test ends."""

	def __init__(self):
		self._made: list[tuple[str, str]] = []
		self._undo: list = []

	def insert(self, doc, **values):
		"""Insert a document (a Document, a dict, or a DocType name with field values) and commit it."""
		if isinstance(doc, str):
			doc = frappe.get_doc({"doctype": doc, **values})
		elif isinstance(doc, dict) and not hasattr(doc, "insert"):
			doc = frappe.get_doc(doc)
		doc.insert(ignore_permissions=True)
		self.track(doc.doctype, doc.name)
		self.commit()
		return doc

	def user(self, email: str, *roles: str, password: str = PASSWORD, **values) -> str:
		"""Make an enabled user with these roles who can log in with the suite's password; returns its name."""
		values.setdefault("user_type", "System User")
		if frappe.db.exists("User", email):
			# A run that was cut off could not tidy up.
			frappe.delete_doc("User", email, force=True, ignore_permissions=True)
		doc = frappe.get_doc(
			{
				"doctype": "User",
				"email": email,
				"first_name": email.split("@")[0],
				"send_welcome_email": 0,
				"enabled": 1,
				"roles": [{"role": role} for role in roles],
				**values,
			}
		)
		doc.flags.no_welcome_mail = True
		doc.flags.ignore_password_policy = True
		doc.new_password = password
		self.insert(doc)
		return doc.name

	def api_key(self, user: str) -> tuple[str, str]:
		"""Give the user an API key and return (key, secret)."""
		doc = frappe.get_doc("User", user)
		secret = frappe.generate_hash(length=15)
		doc.api_key = doc.api_key or frappe.generate_hash(length=15)
		doc.api_secret = secret
		doc.save(ignore_permissions=True)
		self.commit()
		return doc.api_key, secret

	def track(self, doctype: str, name: str) -> None:
		"""Have a document deleted at the end that the test (or the server) made by other means."""
		self._made.append((doctype, name))

	def on_cleanup(self, function) -> None:
		"""Call a function at the end, before the tracked documents are deleted."""
		self._undo.append(function)

	def commit(self) -> None:
		"""Commit what the test's connection has written so far."""
		frappe.db.commit()

	def clean_up(self) -> None:
		"""Delete everything that was made, newest first, and commit; complains about what will not go."""
		frappe.db.rollback()
		frappe.set_user("Administrator")
		problems = []
		for function in reversed(self._undo):
			try:
				function()
				frappe.db.commit()
			except Exception as e:
				frappe.db.rollback()
				problems.append(f"{function}: {e!r}")
		for doctype, name in reversed(self._made):
			try:
				if frappe.db.exists(doctype, name):
					frappe.delete_doc(
						doctype, name, force=True, ignore_permissions=True, delete_permanently=True
					)
				frappe.db.commit()
			except Exception as e:
				frappe.db.rollback()
				problems.append(f"{doctype} {name}: {e!r}")
		forget_jobs()
		if problems:
			raise AssertionError("The test left rows behind: " + "; ".join(problems))
