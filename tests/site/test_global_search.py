"""Our record types join the desk's global search on a site that was set up before, and leave it again."""

from __future__ import annotations

import frappe

from sales_crm_pm.setup.global_search import ROWS, SETTINGS, add_to_global_search, remove_from_global_search


def listed() -> list[str]:
	return frappe.get_all(ROWS, filters={"parent": SETTINGS}, order_by="idx", pluck="document_type")


def start_with(*doctypes: str) -> None:
	frappe.db.delete(ROWS, {"parent": SETTINGS})
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	settings = frappe.get_doc(SETTINGS)
	settings.allowed_in_global_search = []
	for name in doctypes:
		settings.append("allowed_in_global_search", {"document_type": name})
	settings.save()


def test_our_types_come_after_what_the_admin_has_and_only_once():
	start_with("ToDo", "SPM Lead")
	add_to_global_search()
	add_to_global_search()
	names = listed()
	assert names[:2] == ["ToDo", "SPM Lead"]
	assert {"SPM Customer", "SPM Opportunity", "SPM Project", "SPM Milestone", "SPM Task"} <= set(names)
	assert len(names) == len(set(names))


def test_before_the_setup_wizard_nothing_is_added():
	start_with()
	add_to_global_search()
	assert listed() == []


def test_they_leave_together_and_others_stay(monkeypatch):
	start_with("ToDo", "SPM Customer", "SPM Task")
	# The search index keeps no transaction (MyISAM), so this test leaves it alone.
	real = frappe.db.delete
	monkeypatch.setattr(
		frappe.db, "delete", lambda table, *args, **kw: table == "__global_search" or real(table, *args, **kw)
	)
	remove_from_global_search()
	assert listed() == ["ToDo"]
