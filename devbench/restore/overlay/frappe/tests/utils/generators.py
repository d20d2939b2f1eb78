"""Test records: `test_records.json` or `.toml` beside a DocType, made once per site with what they link to."""

import json
import os
import tomllib

import frappe
from frappe.modules.utils import get_module_app, get_module_name

#: DocTypes for which nothing is ever made
_NEVER = {"DocType", "Print Format", "Module Def", "Has Role", "Language"}


def make_test_records(
	doctype: str, force: bool = False, commit: bool = False, *, ignore=(), **_kwargs
) -> list[str]:
	"""Make the test records of a DocType and, before them, of what it depends on.

	:param force: make them even if they were made before.
	:param commit: keep them for other processes.
	:param ignore: DocTypes to leave out.
	Returns the names of the records of the DocType itself."""
	return _make(doctype, set(ignore), force, commit, set())


def _make(doctype: str, ignore: set, force: bool, commit: bool, on_the_way: set) -> list[str]:
	if doctype in on_the_way or doctype in ignore or doctype in _NEVER or doctype == "[Select]":
		return []
	if doctype in get_test_record_log() and not force:
		return []
	on_the_way.add(doctype)

	names = []
	records = load_test_records_for(doctype)
	if records or force:
		for dependency in get_dependencies(doctype):
			_make(dependency, ignore, False, commit, on_the_way)
		names = make_test_records_for_doctype(doctype, commit=commit)
	add_to_test_record_log(doctype)
	return names


def make_test_records_for_doctype(
	doctype: str, force: bool = False, commit: bool = False, **_kwargs
) -> list[str]:
	"""Make the test records of one DocType; those that exist stay as they are. Returns their names."""
	module, test_module = get_modules(doctype)
	if hasattr(test_module, "_make_test_records"):
		made = test_module._make_test_records()
		return [name for _doctype, name in made] if made else []
	return make_test_objects(doctype, load_test_records_for(doctype), commit=commit)


def make_test_objects(
	doctype: str, test_records=None, reset: bool = False, commit: bool = False
) -> list[str]:
	"""Insert documents given as dictionaries and return their names."""
	if test_records is None:
		test_records = load_test_records_for(doctype)
	if isinstance(test_records, dict):
		test_records = [row for rows in test_records.values() for row in rows]

	names = []
	for record in test_records:
		doc = frappe.get_doc({"doctype": doctype, **record})
		docstatus, doc.docstatus = doc.docstatus, 0
		if not doc.get("naming_series") and doc.meta.get_field("naming_series"):
			doc.naming_series = f"_T-{doctype}-"

		existing = _existing(doc)
		if existing and not reset:
			names.append(existing)
			continue
		if existing:
			frappe.delete_doc(doc.doctype, existing, force=True)

		doc.insert(ignore_if_duplicate=True)
		if docstatus == 1:
			doc.submit()
		names.append(doc.name)
	if commit:
		frappe.db.commit()
	return names


def _existing(doc) -> str | None:
	if doc.name and frappe.db.exists(doc.doctype, doc.name):
		return doc.name
	autoname = doc.meta.autoname or ""
	if autoname.startswith("field:"):
		return frappe.db.exists(doc.doctype, {autoname[6:]: doc.get(autoname[6:])})
	return None


def load_test_records_for(doctype: str) -> list[dict]:
	"""Return the test records that lie beside a DocType, an empty list if there are none."""
	_module, test_module = get_modules(doctype)
	if hasattr(test_module, "test_records") and isinstance(test_module.test_records, list):
		return test_module.test_records

	folder = frappe.get_module_path(frappe.get_meta(doctype).module, "doctype", frappe.scrub(doctype))
	path = os.path.join(folder, "test_records.json")
	if os.path.exists(path):
		with open(path) as f:
			return json.load(f)
	path = os.path.join(folder, "test_records.toml")
	if os.path.exists(path):
		with open(path, "rb") as f:
			return tomllib.load(f).get(doctype, [])
	return []


def get_modules(doctype: str):
	"""Return the name of a DocType's module and the module of its test, None if it has no test."""
	module = frappe.db.get_value("DocType", doctype, "module")
	try:
		name = get_module_name(doctype, module, "test_", app=get_module_app(module))
		test_module = frappe.get_module(name)
	except ImportError:
		test_module = None
	return module, test_module


def get_dependencies(doctype: str) -> list[str]:
	"""Return the DocTypes that a DocType links to, with what its test adds and without what it ignores."""
	_module, test_module = get_modules(doctype)
	meta = frappe.get_meta(doctype)
	links = [field.options for field in meta.get_link_fields()]
	for table in meta.get_table_fields():
		links += [field.options for field in frappe.get_meta(table.options).get_link_fields()]

	links += getattr(test_module, "EXTRA_TEST_RECORD_DEPENDENCIES", None) or getattr(
		test_module, "test_dependencies", []
	)
	ignored = {
		doctype,
		*(
			getattr(test_module, "IGNORE_TEST_RECORD_DEPENDENCIES", None)
			or getattr(test_module, "test_ignore", [])
		),
	}
	return [link for link in dict.fromkeys(links) if link not in ignored]


def get_test_record_log() -> list[str]:
	"""Return the DocTypes whose test records were made on this site."""
	if "test_record_log" not in frappe.flags:
		path = frappe.get_site_path(".test_log")
		frappe.flags.test_record_log = []
		if os.path.exists(path):
			with open(path) as f:
				frappe.flags.test_record_log = f.read().splitlines()
	return frappe.flags.test_record_log


def add_to_test_record_log(doctype: str) -> None:
	"""Write down that a DocType's test records were made."""
	log = get_test_record_log()
	if doctype not in log:
		frappe.flags.test_record_log = [*log, doctype]
		with open(frappe.get_site_path(".test_log"), "w") as f:
			f.write("\n".join(filter(None, frappe.flags.test_record_log)))


def _clear_test_log() -> None:
	"""Forget which test records were made."""
	path = frappe.get_site_path(".test_log")
	if os.path.exists(path):
		os.remove(path)
	frappe.flags.pop("test_record_log", None)


def print_mandatory_fields(doctype: str) -> None:
	"""Print the fields a record of the DocType needs."""
	meta = frappe.get_meta(doctype)
	print(f"Please setup make_test_records for: {doctype}")
	for field in meta.get("fields", {"reqd": 1}):
		print(f"{field.parent}:{field.fieldname} | {field.fieldtype} | {field.options}")
