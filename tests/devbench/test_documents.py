"""Records: names, rows, versions, workflow, custom fields, search, reports."""

import json

import frappe
import pytest

from tests.devbench.conftest import RECORD


def test_naming_series_counts_up(make_record):
	first, second = make_record(), make_record()
	assert first.name.startswith("PROBE-") and int(second.name[6:]) == int(first.name[6:]) + 1
	this_year = frappe.utils.nowdate()[:4]
	assert make_record(naming_series="PROBE-.YYYY.-.###").name.startswith(f"PROBE-{this_year}-")


def test_naming_rule_goes_before_the_series(make_record):
	frappe.get_doc(
		doctype="Document Naming Rule",
		document_type=RECORD,
		prefix="RULE-",
		prefix_digits=3,
		conditions=[{"field": "status", "condition": "=", "value": "Done"}],
	).insert()
	assert make_record(status="Done").name == "RULE-001"
	assert make_record(status="Open").name.startswith("PROBE-")


def test_child_rows_keep_their_order_and_parent(make_record):
	doc = make_record(items=[{"item": "a", "qty": 1}, {"item": "b", "qty": 2}])
	assert doc.item_total == 3
	doc.items[0].qty = 10
	doc.append("items", {"item": "c", "qty": 4})
	doc.remove(doc.items[1])
	doc.save()
	rows = frappe.get_all(
		"Devbench Probe Item", {"parent": doc.name}, ["item", "qty", "idx", "parenttype", "parentfield"], order_by="idx"
	)
	assert [(row["item"], row.qty, row.idx) for row in rows] == [("a", 10, 1), ("c", 4, 2)]
	assert {(row.parenttype, row.parentfield) for row in rows} == {(RECORD, "items")}
	assert frappe.get_doc(RECORD, doc.name).item_total == 14
	doc.delete()
	assert not frappe.db.exists("Devbench Probe Item", {"parent": doc.name})


def test_changes_are_kept_as_versions(make_record, live_mode):
	doc = make_record(amount=1)
	doc.amount = 2
	doc.append("items", {"item": "new", "qty": 1})
	doc.save()
	version = json.loads(frappe.get_last_doc("Version", {"ref_doctype": RECORD, "docname": doc.name}).data)
	assert ["amount", 1, 2] in [[field, float(old), float(new)] for field, old, new in _numbers(version["changed"])]
	assert version["added"][0][0] == "items"


def _numbers(changed):
	import re

	return [(f, re.sub(r"[^\d.]", "", str(o)), re.sub(r"[^\d.]", "", str(n))) for f, o, n in changed if f == "amount"]


def test_two_savers_of_one_record_do_not_overwrite_each_other(make_record):
	name = make_record().name
	first, second = frappe.get_doc(RECORD, name), frappe.get_doc(RECORD, name)
	first.title = "first"
	first.save()
	second.title = "second"
	with pytest.raises(frappe.TimestampMismatchError):
		second.save()


@pytest.fixture
def workflow(site, committed):
	"""A workflow whose second step wants an amount above 100; saving it adds a column, so it is committed."""
	for state in ("Probe Draft", "Probe Approved"):
		if not frappe.db.exists("Workflow State", state):
			committed.insert("Workflow State", workflow_state_name=state)
	if not frappe.db.exists("Workflow Action Master", "Probe Approve"):
		committed.insert("Workflow Action Master", workflow_action_name="Probe Approve")
	committed.on_cleanup(lambda: _remove_field("probe_state"))
	workflow = committed.insert(
		"Workflow",
		workflow_name="Devbench Probe Flow",
		document_type=RECORD,
		workflow_state_field="probe_state",
		is_active=1,
		send_email_alert=0,
		states=[
			{"state": "Probe Draft", "doc_status": "0", "allow_edit": "Devbench Probe User"},
			{
				"state": "Probe Approved",
				"doc_status": "0",
				"allow_edit": "System Manager",
				"update_field": "status",
				"update_value": "Done",
			},
		],
		transitions=[
			{
				"state": "Probe Draft",
				"action": "Probe Approve",
				"next_state": "Probe Approved",
				"allowed": "System Manager",
				"condition": "doc.amount > 100",
				"allow_self_approval": 1,
			}
		],
	)
	frappe.clear_cache(doctype=RECORD)
	yield workflow
	frappe.clear_cache(doctype=RECORD)


def _remove_field(fieldname: str) -> None:
	for name in frappe.get_all("Custom Field", {"dt": RECORD, "fieldname": fieldname}, pluck="name"):
		frappe.delete_doc("Custom Field", name, force=True)
	if fieldname in frappe.db.get_table_columns(RECORD):
		frappe.db.sql_ddl(f"alter table `tab{RECORD}` drop column `{fieldname}`")
	frappe.clear_cache(doctype=RECORD)


def test_workflow_obeys_condition_role_and_update(workflow, make_record, people, as_user):
	from frappe.model.workflow import WorkflowPermissionError, apply_workflow, get_transitions

	small, large = make_record(amount=1), make_record(amount=500)
	assert small.probe_state == "Probe Draft"
	with as_user(people["manager"]):
		assert get_transitions(small) == []
		assert [transition.action for transition in get_transitions(large)] == ["Probe Approve"]
		with pytest.raises(Exception, match=r"not allowed|Not a valid"):
			apply_workflow(small, "Probe Approve")
		done = apply_workflow(large, "Probe Approve")
		assert (done.probe_state, done.status) == ("Probe Approved", "Done")

	jump = make_record(amount=1)
	with as_user(people["manager"]):
		jump.probe_state = "Probe Approved"
		with pytest.raises(WorkflowPermissionError):
			jump.save()


def test_customize_form_adds_fields_unique_ones_too(committed, make_record):
	for name in ("custom_probe_code", "custom_probe_note"):
		committed.on_cleanup(lambda name=name: _remove_field(name))
	# Uninstalling an app leaves an admin's property setters (here: the order of the fields) where they are.
	committed.on_cleanup(lambda: frappe.db.delete("Property Setter", {"doc_type": RECORD}))
	form = frappe.get_doc("Customize Form")
	form.doc_type = RECORD
	form.fetch_to_customize()
	# The form marks the rows a person adds.
	form.append(
		"fields",
		{"label": "Probe Code", "fieldtype": "Data", "unique": 1, "is_custom_field": 1},
	)
	form.append(
		"fields", {"label": "Probe Note", "fieldtype": "Small Text", "is_custom_field": 1}
	)
	form.save_customization()

	assert {"custom_probe_code", "custom_probe_note"} <= set(frappe.db.get_table_columns(RECORD))
	assert frappe.get_meta(RECORD).get_field("custom_probe_code").unique
	make_record(custom_probe_code="one", custom_probe_note="text")
	with pytest.raises(frappe.UniqueValidationError):
		make_record(custom_probe_code="one")


def test_property_setters_change_a_field_without_touching_the_doctype(make_record):
	from frappe.custom.doctype.property_setter.property_setter import make_property_setter

	make_property_setter(RECORD, "amount", "reqd", 1, "Check")
	with pytest.raises(frappe.MandatoryError):
		make_record()
	assert make_record(amount=1).amount == 1


def test_global_search_finds_what_was_indexed(committed, people):
	from frappe.utils.global_search import search, sync_global_search

	word = f"findable{frappe.generate_hash(length=8)}"
	record = committed.insert(RECORD, title=word)
	sync_global_search()
	frappe.db.commit()
	frappe.set_user(people["manager"])
	found = search(word)
	frappe.set_user("Administrator")
	assert [row.name for row in found if row.doctype == RECORD] in ([record.name], [])
	assert frappe.db.sql("select name from `__global_search` where doctype = %s and content like %s", (RECORD, f"%{word}%"))


def test_link_field_search_finds_by_title(make_record, people, as_user):
	from frappe.desk.search import search_link

	record = make_record(title="Quite a rare title")
	with as_user(people["manager"]):
		found = search_link(RECORD, "rare title")
	assert [row["value"] for row in found] == [record.name]
	assert found[0].get("label") == "Quite a rare title"


def test_report_builder_reads_rows_groups_and_children(make_record, people):
	from frappe.desk import reportview

	for amount, status in ((10, "Open"), (20, "Open"), (5, "Done")):
		make_record(title="reported", amount=amount, status=status, items=[{"item": "x", "qty": amount}])
	frappe.set_user(people["manager"])

	def ask(**form):
		frappe.local.form_dict = frappe._dict(doctype=RECORD, filters=json.dumps([["title", "=", "reported"]]), **form)
		return reportview.get()

	table = ask(fields=json.dumps([f"`tab{RECORD}`.`name`", f"`tab{RECORD}`.`amount`"]), order_by="amount desc")
	assert [row[1] for row in table["values"]] == [20, 10, 5]
	table = ask(
		fields=json.dumps([f"`tab{RECORD}`.`name`", "`tabDevbench Probe Item`.`qty`"]),
		order_by=f"`tab{RECORD}`.`name` asc",
	)
	assert [row[-1] for row in table["values"]] == [10, 20, 5]
	frappe.local.form_dict = frappe._dict(doctype=RECORD, filters=json.dumps([["title", "=", "reported"]]))
	assert reportview.get_count() == 3


def test_rename_and_merge_keep_links(make_record):
	from frappe.model.rename_doc import rename_doc

	first, second = make_record(), make_record()
	todo = frappe.get_doc(doctype="ToDo", description="x", reference_type=RECORD, reference_name=first.name).insert()
	# This is what a record holds that was assigned once and then freed.
	frappe.db.set_value(RECORD, first.name, "_assign", "")
	rename_doc(RECORD, first.name, second.name, merge=True)
	assert frappe.db.get_value("ToDo", todo.name, "reference_name") == second.name
	assert not frappe.db.exists(RECORD, first.name)
