"""Tests that need no records: no connection is asked for."""

import datetime
import unittest
from collections.abc import Sequence

import frappe
from frappe.model.base_document import BaseDocument
from frappe.tests.classes import context_managers
from frappe.utils import cint


class UnitTestCase(unittest.TestCase):
	"""Comparisons for documents, HTML and SQL, on top of unittest's own.

	In a test of a DocType's own module, `doctype` is the DocType's name."""

	doctype: str | None = None
	maxDiff = 10_000

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.doctype = cls.doctype or _doctype_of(cls)
		cls.module = frappe.get_module(cls.__module__)
		cls.addClassCleanup(frappe.set_user, "Administrator")

	def assertQueryEqual(self, first: str, second: str):
		"""Two SQL statements say the same, however they are laid out."""
		self.assertEqual(self.normalize_sql(first), self.normalize_sql(second))

	def assertSequenceSubset(self, larger: Sequence, smaller: Sequence, msg=None):
		"""Everything in the one is in the other."""
		self.assertTrue(set(smaller).issubset(set(larger)), msg=msg)

	def assertDocumentEqual(self, expected, actual):
		"""A document has the fields of the other, rows included; others are not looked at."""
		if isinstance(expected, BaseDocument):
			expected = expected.as_dict()
		if isinstance(actual, BaseDocument):
			self._compare_fields(expected, actual)
		else:
			self._compare_fields(expected, frappe._dict(actual))

	def _compare_fields(self, expected, actual):
		for field, value in expected.items():
			found = actual.get(field)
			if isinstance(value, list):
				self.assertEqual(len(value), len(found), msg=f"{field} should have the same number of rows")
				for expected_row, row in zip(value, found, strict=True):
					self.assertDocumentEqual(expected_row, row)
			elif isinstance(value, datetime.datetime | datetime.date | datetime.time):
				self.assertEqual(str(value), str(found), msg=f"{field} should be the same")
			elif isinstance(value, float):
				precision = getattr(actual, "precision", None)
				places = (precision(field) if precision else None) or 9
				self.assertAlmostEqual(value, found, places=places, msg=f"{field} should be the same")
			elif isinstance(value, bool | int):
				self.assertEqual(value, cint(found), msg=f"{field} should be the same")
			else:
				self.assertEqual(value, found, msg=f"{field} should be the same")

	def normalize_html(self, code: str) -> str:
		"""Return HTML with every element on its own line."""
		from bs4 import BeautifulSoup

		return BeautifulSoup(code, "html.parser").prettify(formatter=None)

	def normalize_sql(self, query: str) -> str:
		"""Return SQL in one layout, without quotes of names."""
		import sqlparse

		query = query.replace("`", "").replace('"', "")
		return sqlparse.format(query.strip(), keyword_case="upper", reindent=True, strip_comments=True)

	# each of them serves as a context manager and as a decorator of a test
	set_user = staticmethod(context_managers.set_user)
	freeze_time = staticmethod(context_managers.freeze_time)
	change_settings = staticmethod(context_managers.change_settings)
	patch_hooks = staticmethod(context_managers.patch_hooks)
	switch_site = staticmethod(context_managers.switch_site)
	enable_safe_exec = staticmethod(context_managers.enable_safe_exec)
	trace_fields = staticmethod(context_managers.trace_fields)
	debug_on = staticmethod(context_managers.debug_on)
	timeout = staticmethod(context_managers.timeout)


def _doctype_of(cls) -> str | None:
	"""Return the DocType that a test in `…/doctype/<name>/test_<name>.py` is about."""
	parts = cls.__module__.split(".")
	if len(parts) < 3 or parts[-3] != "doctype" or not parts[-1].startswith("test_"):
		return None
	if not frappe.db:
		return None
	for name in frappe.get_all("DocType", pluck="name"):
		if frappe.scrub(name) == parts[-2]:
			return name
	return None
