"""Helpers of tests, and the names version 15 had here."""

import frappe
from frappe.tests.classes import IntegrationTestCase, UnitTestCase
from frappe.tests.classes.context_managers import (
	change_settings,
	debug_on,
	patch_hooks,
	timeout,
)
from frappe.tests.utils.generators import (
	add_to_test_record_log,
	get_dependencies,
	get_modules,
	get_test_record_log,
	load_test_records_for,
	make_test_objects,
	make_test_records,
	make_test_records_for_doctype,
	print_mandatory_fields,
)


def toggle_test_mode(enable: bool) -> None:
	"""Switch the whole process into test mode, or back."""
	frappe.in_test = enable
	frappe.local.flags.in_test = enable


class FrappeTestCase(IntegrationTestCase):
	"""The base class of version 15; new tests use IntegrationTestCase or UnitTestCase."""


def check_orpahned_doctypes():
	"""Return the DocTypes whose table is there although nothing of them is left."""
	doctypes = set(frappe.get_all("DocType", pluck="name"))
	return [
		table
		for table in frappe.db.get_tables(cached=False)
		if table.startswith("tab") and table.removeprefix("tab") not in doctypes
	]
