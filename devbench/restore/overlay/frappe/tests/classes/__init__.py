"""Base classes of tests."""

from frappe.tests.classes.integration_test_case import IntegrationTestCase
from frappe.tests.classes.unit_test_case import UnitTestCase

__all__ = ["IntegrationTestCase", "UnitTestCase"]
