"""`migrate` brings the database to the state of the code, and a second run changes nothing."""

import hashlib

import frappe
import pytest

from devbench import site as bench_site
from tests.devbench.conftest import RECORD

# What every run writes: its own log, the times of jobs, mail, sessions and caches.
MOVING = {
	"tabPatch Log",
	"tabVersion",
	"tabError Log",
	"tabAccess Log",
	"tabActivity Log",
	"tabRoute History",
	"tabSessions",
	"tabScheduled Job Log",
	"tabSingles",
	"tabDefaultValue",
	"tabInstalled Application",
	"tabDeleted Document",
	"tabSeries",
	"__global_search",
	"__Auth",
}
MOVING_COLUMNS = {"modified", "modified_by", "creation", "owner", "last_execution", "name", "parent"}


def snapshot() -> dict[str, str]:
	"""Return, per table, a hash over its columns and its rows apart from times and generated names."""
	frappe.db.rollback()
	result = {}
	for (table,) in frappe.db.sql("show tables"):
		columns = [row[0] for row in frappe.db.sql(f"show columns from `{table}`")]
		schema = frappe.db.sql(f"show create table `{table}`")[0][1].split("\n) ENGINE")[0]
		text = schema
		if table not in MOVING:
			stable = ", ".join(f"`{column}`" for column in columns if column not in MOVING_COLUMNS) or "1"
			rows = frappe.db.sql(f"select {stable} from `{table}`")
			text += "\n".join(sorted(repr(row) for row in rows))
		result[table] = hashlib.sha256(text.encode()).hexdigest()
	return result


@pytest.fixture(scope="module")
def migrated(bench, probe):
	"""The state after one migration and after a second."""
	frappe.db.rollback()
	role = frappe.get_doc("Role", "Devbench Probe User")
	role.db_set("desk_access", 0)
	record_field = frappe.get_doc(
		doctype="Property Setter",
		doctype_or_field="DocField",
		doc_type=RECORD,
		field_name="title",
		property="label",
		property_type="Data",
		value="Changed by an admin",
	).insert()
	frappe.db.commit()
	bench_site.migrate(bench.site)
	first = snapshot()
	bench_site.migrate(bench.site)
	second = snapshot()
	frappe.clear_cache()
	yield first, second
	frappe.db.rollback()
	frappe.delete_doc("Property Setter", record_field.name)
	frappe.db.commit()


def test_second_migration_changes_nothing(migrated):
	first, second = migrated
	assert [table for table in first if first[table] != second.get(table)] == []
	assert set(first) == set(second)


def test_hooks_and_records_of_the_app_came_with_it(migrated):
	assert int(frappe.db.get_default("devbench_probe_before_migrate")) >= 2
	assert int(frappe.db.get_default("devbench_probe_after_migrate")) >= 2
	shipped = frappe.get_doc(RECORD, "PROBE-SHIPPED")
	assert (shipped.amount, shipped.items[0].item) == (12.5, "shipped")


def test_fixture_is_forced_but_the_admins_customization_stays(migrated):
	assert frappe.db.get_value("Role", "Devbench Probe User", "desk_access") == 1
	assert frappe.get_meta(RECORD).get_field("title").label == "Changed by an admin"


def test_patches_of_the_app_did_not_run_again(migrated):
	assert frappe.db.get_default("devbench_probe_before") is None
	assert frappe.db.get_default("devbench_probe_line") is None


def test_a_new_patch_runs_once_in_its_phase(site):
	from frappe.modules.patch_handler import get_patches_from_app, run_single

	patches = get_patches_from_app("devbench_probe")
	assert "devbench_probe.patches.before_model" in patches
	frappe.db.delete("Patch Log", {"patch": "devbench_probe.patches.after_model"})
	run_single("devbench_probe.patches.after_model")
	assert frappe.db.get_default("devbench_probe_after") == "1"
	assert frappe.db.exists("Patch Log", {"patch": "devbench_probe.patches.after_model"})
