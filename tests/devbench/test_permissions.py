"""Who sees what: by role, owner, user permission, share and condition, in lists and in hand-written SQL."""

import frappe
import pytest

from tests.devbench.conftest import RECORD


@pytest.fixture
def three(people, make_record):
	"""Ann's and Bob's own record, and Bob's secret one."""
	return frappe._dict(
		ann=make_record(owner=people["ann"], country="Germany").name,
		bob=make_record(owner=people["bob"], country="France").name,
		secret=make_record(owner=people["bob"], secret=1, country="Germany").name,
	)


def names(three, **kwargs):
	found = frappe.get_list(RECORD, filters={"name": ("in", list(three.values()))}, pluck="name", **kwargs)
	return {key for key, name in three.items() if name in found}


def test_without_the_role_nothing_can_be_read(three, people, as_user):
	with as_user(people["outsider"]):
		assert not frappe.has_permission(RECORD, "read")
		with pytest.raises(frappe.PermissionError):
			frappe.get_list(RECORD)
		with pytest.raises(frappe.PermissionError):
			frappe.get_doc(RECORD, three.ann).check_permission("read")


def test_owner_sees_own_records_only(three, people, as_user):
	with as_user(people["ann"]):
		assert names(three) == {"ann"}
		assert frappe.get_doc(RECORD, three.ann).has_permission("write")
		assert not frappe.get_doc(RECORD, three.bob).has_permission("read")
		assert not frappe.get_doc(RECORD, three.ann).has_permission("delete")


def test_query_condition_of_a_hook_hides_rows_and_may_contain_or(three, people, as_user):
	with as_user(people["manager"]):
		assert names(three) == {"ann", "bob"}
	assert names(three) == {"ann", "bob", "secret"}


def test_user_permission_limits_by_a_linked_value(three, people, as_user):
	frappe.get_doc(doctype="User Permission", user=people["manager"], allow="Country", **{"for_value": "France"}).insert()
	with as_user(people["manager"]):
		assert names(three) == {"bob"}
		assert not frappe.get_doc(RECORD, three.ann).has_permission("read")
		assert frappe.get_list("Country", pluck="name") == ["France"]


def test_share_opens_one_record_to_one_user(three, people, as_user):
	from frappe.share import add

	add(RECORD, three.ann, people["outsider"], read=1)
	with as_user(people["outsider"]):
		assert names(three) == {"ann"}
		doc = frappe.get_doc(RECORD, three.ann)
		assert doc.has_permission("read") and not doc.has_permission("write")


def test_conditions_for_hand_written_sql_are_bracketed(three, people, as_user):
	"""`x AND cond` must mean `x AND (cond)` even where cond is `a OR b`; unbracketed it leaked every row."""
	from frappe.desk.reportview import build_match_conditions, get_filters_cond, get_match_cond

	frappe.get_doc(doctype="User Permission", user=people["manager"], allow="Country", for_value="France").insert()
	from frappe.share import add

	add(RECORD, three.ann, people["manager"], read=1)
	with as_user(people["manager"]):
		condition = build_match_conditions(RECORD)
		assert condition.startswith("(") and condition.endswith(")")
		assert " or " in condition.lower()
		for fragment in (
			get_match_cond(RECORD),
			f" and {condition}",
			get_filters_cond(RECORD, {"status": "Open"}, [], with_match_conditions=True),
		):
			sql = f"select name from `tab{RECORD}` where name = %s {fragment}"
			rows = {key: frappe.db.sql(sql, name) for key, name in three.items()}
			assert [key for key, found in rows.items() if found] == ["ann", "bob"], fragment


def test_filter_conditions_are_bracketed_one_by_one(three):
	from frappe.desk.reportview import get_filters_cond

	condition = get_filters_cond(RECORD, {"country": ["!=", "France"], "status": "!Done"}, [])
	assert condition.startswith(" and (") and ") and (" in condition
	found = frappe.db.sql(f"select name from `tab{RECORD}` where name in %s {condition}", [list(three.values())])
	assert {row[0] for row in found} == {three.ann, three.secret}


def test_conditions_of_administrator_are_empty():
	from frappe.desk.reportview import build_match_conditions, get_match_cond

	assert build_match_conditions(RECORD) == ""
	assert get_match_cond(RECORD) == ""


def test_role_permission_manager_replaces_the_shipped_rules(three, people, as_user):
	from frappe.permissions import add_permission, update_permission_property

	role = frappe.get_doc(doctype="Role", role_name=f"Probe {frappe.generate_hash(length=6)}").insert().name
	add_permission(RECORD, role, 0)
	update_permission_property(RECORD, role, 0, "write", 0, validate=False)
	frappe.get_doc("User", people["outsider"]).add_roles(role)
	frappe.clear_cache(user=people["outsider"])
	with as_user(people["outsider"]):
		assert names(three) == {"ann", "bob"}
		assert not frappe.get_doc(RECORD, three.ann).has_permission("write")
