"""The test suite of Sales CRM PM: unit (no site), site (on a real site), web (over HTTP and in a browser)."""

try:
	from frappe.tests import IntegrationTestCase, UnitTestCase
except ImportError:
	try:
		# Version 15 has one class for both; version 16 kept it under this name only for compatibility.
		from frappe.tests.utils import FrappeTestCase as IntegrationTestCase
	except ImportError:
		# Outside a bench only tests/unit runs, which needs no framework at all.
		from unittest import TestCase as IntegrationTestCase
	UnitTestCase = IntegrationTestCase

__all__ = ["IntegrationTestCase", "UnitTestCase"]
