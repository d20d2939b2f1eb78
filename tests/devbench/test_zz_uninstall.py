"""The last module: taking an app off the site leaves nothing of it and nothing of others harmed."""

import frappe
import pytest

from devbench import site as bench_site
from tests.devbench.conftest import PROBE, RECORD, reopen


@pytest.fixture(scope="module")
def removed(bench, probe):
	"""The site without the probe app, and the number of DocTypes that the others had before."""
	frappe.db.rollback()
	kept = frappe.db.count("DocType", {"module": ("!=", "Devbench Probe")})
	bench_site.remove_app(bench.site, PROBE)
	reopen(bench)
	return kept


def test_uninstall_leaves_nothing(removed, bench):
	assert PROBE not in frappe.get_installed_apps()
	assert bench_site.installed_apps(bench.site) == frappe.get_installed_apps()
	for doctype, filters in {
		"DocType": {"module": "Devbench Probe"},
		"Module Def": {"app_name": PROBE},
		"Role": {"name": ("like", "Devbench Probe%")},
		"Scheduled Job Type": {"method": ("like", "devbench_probe.%")},
		"Patch Log": {"patch": ("like", "%devbench_probe%")},
		"DefaultValue": {"defkey": ("like", "devbench_probe_%")},
		"Property Setter": {"doc_type": RECORD},
		"Custom Field": {"dt": RECORD},
		"Desktop Icon": {"app": PROBE},
		"Workspace Sidebar": {"app": PROBE},
	}.items():
		assert frappe.get_all(doctype, filters) == [], doctype
	assert frappe.db.sql("show tables like '%Devbench Probe%'") == ()


def test_uninstall_takes_nothing_of_others(removed):
	assert frappe.db.count("DocType") == removed
	assert frappe.get_doc(doctype="ToDo", description="still works").insert().color != "#123456"
