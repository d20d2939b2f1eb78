"""What tests of apps are built on."""

from frappe.tests.classes import IntegrationTestCase, UnitTestCase
from frappe.tests.classes.context_managers import (
	change_settings,
	debug_on,
	freeze_time,
	patch_hooks,
	set_user,
	timeout,
	trace_fields,
)

#: DocTypes whose test records are made before any test of the framework runs
global_test_dependencies = ["User"]

__all__ = [
	"IntegrationTestCase",
	"UnitTestCase",
	"change_settings",
	"debug_on",
	"freeze_time",
	"patch_hooks",
	"set_user",
	"timeout",
	"trace_fields",
]
