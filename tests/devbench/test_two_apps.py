"""Two apps on one site: each one's modules, hooks, files, pages and patches are found under its own name."""

import frappe
import pytest

from tests.devbench.conftest import PROBE, RECORD

PRODUCT = "sales_crm_pm"


def default(key: str):
	return frappe.db.get_default(f"devbench_probe_{key}")


def test_all_apps_are_listed_in_order():
	apps = frappe.get_all_apps()
	assert apps[0] == "frappe" and PROBE in apps
	installed = frappe.get_installed_apps()
	assert installed[0] == "frappe" and PROBE in installed
	assert set(installed) <= set(apps)


def test_site_and_paths_have_the_shape_of_an_official_bench(bench):
	assert frappe.local.site == bench.site
	assert frappe.get_site_path("site_config.json").endswith(f"{bench.site}/site_config.json")
	assert frappe.get_app_path(PROBE).endswith(f"{PROBE}/{PROBE}")
	assert frappe.get_app_path(PROBE, "hooks.py").endswith("/hooks.py")
	assert frappe.get_app_source_path(PROBE).endswith(f"/{PROBE}")
	assert frappe.utils.get_site_path("private", "files")
	assert bench.site in frappe.utils.get_sites(str(bench.sites))


def test_module_belongs_to_its_app():
	assert frappe.get_module_list(PROBE) == ["Devbench Probe"]
	assert frappe.local.module_app["devbench_probe"] == PROBE
	assert "devbench_probe" in frappe.local.app_modules[PROBE]
	assert frappe.db.get_value("Module Def", "Devbench Probe", "app_name") == PROBE
	assert frappe.db.get_value("Module Def", "Core", "app_name") == "frappe"


def test_hooks_can_be_asked_per_app():
	assert frappe.get_hooks("app_name", app_name=PROBE) == [PROBE]
	assert frappe.get_hooks("app_name", app_name="frappe") == ["frappe"]
	assert PROBE in frappe.get_hooks("app_name")
	assert frappe.get_hooks("no_such_hook", default="none") == "none"


def test_doc_events_of_the_app_run_on_its_own_and_on_foreign_doctypes(make_record):
	record = make_record()
	assert frappe.db.get_value(RECORD, record.name, "updates") == 1
	todo = frappe.get_doc(doctype="ToDo", description="probe").insert()
	assert todo.color == "#123456"


def test_doc_events_of_one_app_see_records_of_the_other():
	if PRODUCT not in frappe.get_installed_apps():
		pytest.fail(f"{PRODUCT} is not installed on this site")
	handlers = frappe.get_doc_hooks().get("SPM Customer", {})
	assert handlers["after_insert"] == ["devbench_probe.events.note_customer"]

	from tests.factories import make_customer

	customer = make_customer()
	assert default("customer") == customer.name


def test_fixtures_were_installed():
	assert frappe.db.get_value("Role", "Devbench Probe User", "desk_access") == 1


def test_install_hooks_ran_and_patches_did_not():
	assert default("before_install") == "1" and default("after_install") == "1"
	# A new installation only marks the patches as done.
	patches = frappe.get_all("Patch Log", {"patch": ("like", "%devbench_probe%")}, pluck="patch")
	assert sorted(patches) == [
		"devbench_probe.patches.after_model",
		"devbench_probe.patches.before_model",
		'execute:frappe.db.set_default("devbench_probe_line", "ran")',
	]


def test_boot_carries_every_app(people, as_user):
	from frappe.boot import get_bootinfo

	frappe.set_user(people["ann"])
	frappe.local.request = None
	boot = get_bootinfo()
	assert boot.devbench_probe["greeting"] == "Hello from the probe"
	assert boot.versions[PROBE]
	assert boot.module_app["devbench_probe"] == PROBE
	assert PROBE in [app["name"] for app in boot.app_data if app.get("name")] or PROBE in [
		app.get("app_name") for app in boot.app_data
	]


def test_jinja_methods_and_filters_of_the_app_are_known_in_templates():
	text = frappe.render_template("{{ probe_greeting('Ann') }} {{ 'loud' | probe_shout }}", {})
	assert text == "Hello Ann from the probe LOUD"


def test_template_and_page_of_the_app_are_served(http):
	answer = http().request("GET", "/devbench-probe", status=200)
	assert "Hello Guest from the probe" in answer.text
	assert "QUIET" in answer.text and "A note from an included template" in answer.text
	answer = http().request("GET", "/probe/anything", status=200)
	assert '<p class="probe-route">anything</p>' in answer.text


def test_whitelisted_method_is_overridden_over_http(http, people):
	assert http(people["ann"]).call("devbench_probe.api.overridden") == "override"


def test_strings_of_the_app_are_translated():
	frappe.local.lang = "zh"
	assert frappe._("Hello from the probe") == "探针向您问好"
	assert frappe._(RECORD) == "探针记录"
	frappe.local.lang = "en"
	# English is looked up too: the label of a prefixed DocType depends on it.
	assert frappe._(RECORD) == "Probe Record"


def test_code_of_an_app_that_is_not_installed_is_not_run():
	with pytest.raises(frappe.AppNotInstalledError):
		frappe.get_attr("not_installed_app.api.anything")


def test_scheduled_events_of_the_app_are_synced():
	job = frappe.get_doc("Scheduled Job Type", {"method": "devbench_probe.events.every_minute"})
	assert (job.frequency, job.cron_format) == ("Cron", "* * * * *")
	assert frappe.db.exists("Scheduled Job Type", {"method": "devbench_probe.events.every_day", "frequency": "Daily"})
