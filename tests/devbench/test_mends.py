"""What was broken in the package the framework is restored from, and must stay mended."""

import importlib

import frappe
import pytest


@pytest.mark.parametrize(
	"name",
	[
		"frappe.modules.import_file:import_file_by_path",
		"frappe.modules.export_file:export_to_files",
		"frappe.modules.utils:export_customizations",
		"frappe.modules.patch_handler:run_single",
		"frappe.modules:get_module_path",
		"frappe.modules:scrub",
		"frappe.commands:pass_context",
		"frappe.commands:get_site",
		"frappe.utils.bench_helper:get_app_groups",
		"frappe.tests:IntegrationTestCase",
		"frappe.tests:UnitTestCase",
		"frappe.tests.utils:FrappeTestCase",
		"frappe.installer:install_app",
		"frappe.installer:remove_app",
		"frappe.utils.pdf:get_pdf",
		"frappe.utils.pdf:prepare_options",
		"frappe.utils.pdf:read_options_from_html",
		"frappe.utils.pdf:inline_private_images",
		"frappe.utils.pdf:get_file_data_from_writer",
		"frappe.core.doctype.installed_applications.installed_applications:get_installed_app_order",
		"frappe.core.doctype.installed_applications.installed_applications:get_setup_wizard_completed_apps",
		"frappe.deprecation_dumpster:deprecated",
		"frappe.model.sync:sync_for",
		"frappe.utils.fixtures:sync_fixtures",
		"frappe.utils.dashboard:sync_dashboards",
	],
)
def test_names_that_apps_import_are_where_they_belong(name):
	module, _colon, attribute = name.partition(":")
	assert hasattr(importlib.import_module(module), attribute)


def test_the_fork_left_no_trace_of_its_name(bench):
	import re

	files = [
		path
		for path in (bench.path / "apps" / "frappe" / "frappe").rglob("*.py")
		if re.search("monoframe", path.read_text(), re.IGNORECASE)
	]
	assert files == []


def test_version_is_that_of_the_real_framework():
	assert frappe.__version__.startswith("16.")


def test_signatures_are_the_official_ones():
	import inspect

	def parameters(function):
		return list(inspect.signature(inspect.unwrap(function)).parameters)

	assert parameters(frappe.init) == ["site", "sites_path", "new_site", "force"]
	assert parameters(frappe.connect)[:2] == ["site", "db_name"]
	assert parameters(frappe.get_hooks) == ["hook", "default", "app_name"]
	assert parameters(frappe.utils.pdf.get_pdf) == ["html", "options", "output"]
	assert parameters(frappe.get_print)[:10] == [
		"doctype",
		"name",
		"print_format",
		"style",
		"as_pdf",
		"doc",
		"output",
		"no_letterhead",
		"password",
		"pdf_options",
	]


def test_uuid_names_sort_by_the_time_they_were_made():
	from frappe.utils.uuid7 import uuid7

	made = [uuid7() for _ in range(2000)]
	assert made == sorted(made) and len(set(made)) == len(made)
	assert {one.version for one in made} == {7}
	import time

	assert abs((made[0].int >> 80) / 1000 - time.time()) < 5


def test_uuid_names_keep_their_order_when_the_clock_goes_back(monkeypatch):
	from frappe.utils import uuid7 as module

	first = module.uuid7()
	monkeypatch.setattr(module.time, "time_ns", lambda: 0)
	assert module.uuid7() > first


def test_naming_uses_them():
	from frappe.model import naming

	assert naming.uuid7().version == 7


def test_setup_is_complete_on_a_finished_site():
	assert frappe.is_setup_complete()


def test_git_is_not_needed_for_templates_and_translations(monkeypatch):
	import sys

	monkeypatch.setitem(sys.modules, "git", None)
	from frappe.gettext.translate import get_is_gitignored_function_for_app

	ignored = get_is_gitignored_function_for_app("frappe")
	assert ignored("public/dist/js") and not ignored("public/js")
	import frappe.utils.boilerplate

	importlib.reload(frappe.utils.boilerplate)


def test_website_theme_compiles(site, bench):
	theme = frappe.get_doc(
		doctype="Website Theme", theme=f"Probe {frappe.generate_hash(length=6)}", custom=1, module="Website"
	)
	theme.custom_scss = ".probe { color: lighten(#000000, 20%); }"
	theme.insert()
	path = frappe.get_site_path("public", *theme.theme_url.removeprefix("/").split("/"))
	with open(path) as stream:
		css = stream.read()
	assert ".probe" in css and "#333" in css
	import os

	os.remove(path)


def test_heat_map_chart_returns_points(make_record):
	from frappe.desk.doctype.dashboard_chart.dashboard_chart import get

	make_record()
	chart = frappe.get_doc(
		doctype="Dashboard Chart",
		chart_name=f"Probe {frappe.generate_hash(length=6)}",
		chart_type="Count",
		document_type="Devbench Probe Record",
		based_on="creation",
		type="Heatmap",
		filters_json="[]",
		timeseries=1,
	).insert()
	data = get(chart_name=chart.name, refresh=1)
	assert sum(data["dataPoints"].values()) >= 1
	assert all(float(moment) > 1_500_000_000 for moment in data["dataPoints"])


def test_bench_uses_mariadb():
	assert frappe.db.db_type == "mariadb"
	assert "MariaDB" in frappe.db.sql("select version()")[0][0]
