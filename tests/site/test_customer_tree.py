"""Groups of companies: figures of a whole group, circles, and what they cost."""

from __future__ import annotations

import random

import frappe
import pytest
from frappe.utils import flt

from sales_crm_pm.api.v1 import customer as api
from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import customer_tree, progress
from tests.factories import (
	make,
	make_customer,
	make_opportunity,
	make_pipeline,
	make_user,
	make_won_opportunity,
)

GROUP = [customer_tree.COUNT, *customer_tree.FIGURES.values()]


def group(name):
	row = frappe.db.get_value("SPM Customer", name, GROUP, as_dict=True)
	return {field: flt(row[field]) for field in GROUP}


@pytest.fixture
def family():
	"""A parent with two subsidiaries, one of which has one of its own, and somebody outside."""
	top = make_customer(customer_name="Top")
	left = make_customer(customer_name="Left", parent_customer=top.name)
	right = make_customer(customer_name="Right", parent_customer=top.name)
	low = make_customer(customer_name="Low", parent_customer=left.name)
	return frappe._dict(
		top=top.name,
		left=left.name,
		right=right.name,
		low=low.name,
		alone=make_customer().name,
		pipeline=make_pipeline()[0].name,
	)


def test_children_are_counted_at_any_depth(family):
	assert [group(family[key])[customer_tree.COUNT] for key in ("top", "left", "right", "low", "alone")] == [
		3,
		1,
		0,
		0,
		0,
	]


def test_deals_of_a_grandchild_reach_the_top_in_the_same_transaction(family):
	make_opportunity(customer=family.low, amount=300, pipeline=family.pipeline)
	won = make_won_opportunity(customer=family.right, amount=700, pipeline=family.pipeline)
	make_won_opportunity(customer=family.top, amount=50, pipeline=family.pipeline)
	top = group(family.top)
	assert (top["group_won_amount_base"], top["group_open_pipeline_base"]) == (750, 300)
	assert group(family.left)["group_open_pipeline_base"] == 300
	# A company without subsidiaries shows no group, and who is outside nothing.
	assert group(family.right)["group_won_amount_base"] == group(family.alone)["group_won_amount_base"] == 0
	won.reload()
	won.amount = 900
	won.save()
	assert group(family.top)["group_won_amount_base"] == 950
	won.delete()
	assert group(family.top)["group_won_amount_base"] == 50


def test_projects_reach_the_top(family):
	project = make(
		"SPM Project",
		project_name="P",
		customer=family.low,
		project_manager="Administrator",
		planned_start_date="2026-01-01",
		planned_end_date="2026-03-01",
	)
	frappe.db.set_value(
		"SPM Project", project.name, {"status": "In Progress", "forecast_end_date": "2026-05-01"}
	)
	progress.refresh_customers([family.low])
	top = group(family.top)
	assert (top["group_active_projects"], top["group_late_projects"]) == (1, 1)
	frappe.db.set_value("SPM Project", project.name, "status", "Cancelled")
	progress.refresh_customers([family.low])
	assert group(family.top)["group_active_projects"] == 0


def test_a_company_that_changes_its_parent_takes_its_figures_along(family):
	make_won_opportunity(customer=family.low, amount=400, pipeline=family.pipeline)
	left = frappe.get_doc("SPM Customer", family.left)
	left.parent_customer = family.alone
	left.save()
	assert (group(family.top)["group_won_amount_base"], group(family.top)[customer_tree.COUNT]) == (0, 1)
	assert (group(family.alone)["group_won_amount_base"], group(family.alone)[customer_tree.COUNT]) == (
		400,
		2,
	)
	left.parent_customer = None
	left.save()
	assert group(family.alone) == dict.fromkeys(GROUP, 0)


def test_a_deleted_subsidiary_is_no_longer_counted(family):
	frappe.delete_doc("SPM Customer", family.low)
	assert group(family.top)[customer_tree.COUNT] == 2
	assert group(family.left) == dict.fromkeys(GROUP, 0)


@pytest.mark.parametrize("depth", [1, 2, 7])
def test_circles_are_refused_at_any_depth(depth):
	names = [make_customer().name]
	for _ in range(depth):
		names.append(make_customer(parent_customer=names[-1]).name)
	top = frappe.get_doc("SPM Customer", names[0])
	for target in (names[-1], names[0]):
		top.reload()
		top.parent_customer = target
		with pytest.raises(SPMError, match="its own parent"):
			top.save()


@pytest.mark.parametrize("seed", range(4))
def test_running_totals_equal_a_computation_from_nothing(seed):
	"""Random trees, deals, moves and deletions; then everything is computed again and nothing may change."""
	luck = random.Random(seed)
	pipeline = make_pipeline()[0].name
	names = []
	for _ in range(9):
		parent = luck.choice([None, *names]) if names else None
		names.append(make_customer(parent_customer=parent).name)
	deals = []
	for _ in range(12):
		make_deal = luck.choice([make_opportunity, make_won_opportunity])
		deals.append(
			make_deal(customer=luck.choice(names), amount=luck.randint(1, 99999) / 7, pipeline=pipeline)
		)
	for deal in luck.sample(deals, 5):
		deal.reload()
		deal.customer = luck.choice(names)
		deal.amount = luck.randint(1, 9999)
		deal.save()
	for name in luck.sample(names, 4):
		doc = frappe.get_doc("SPM Customer", name)
		doc.parent_customer = luck.choice(names)
		try:
			doc.save()
		except SPMError:
			frappe.clear_messages()
	before = {name: group(name) for name in names}
	assert customer_tree.refresh(names) == 0
	blank = dict.fromkeys(GROUP, 7)
	frappe.db.set_value("SPM Customer", {"name": ["in", names]}, blank, update_modified=False)
	customer_tree.refresh()
	assert {name: group(name) for name in names} == before


def test_a_deal_of_a_subsidiary_costs_two_statements_per_level_more(family, assert_query_count):
	spent = []
	for key in ("alone", "right", "low"):
		# The first deal also moves the customer on; the second one is the everyday case.
		make_opportunity(customer=family[key], pipeline=family.pipeline)
		with assert_query_count(14) as queries:
			make_opportunity(customer=family[key], pipeline=family.pipeline)
		spent.append(len(queries))
	assert [count - spent[0] for count in spent] == [0, 2, 4]


def test_the_tree_hides_companies_of_others_but_keeps_their_place(family, as_user):
	seller = make_user("SPM Sales User")
	for key in ("top", "low"):
		frappe.db.set_value("SPM Customer", family[key], "account_manager", seller, update_modified=False)
	frappe.db.set_value("SPM Customer", {"name": ["in", [family.left, family.right]]}, "owner", "Guest")
	with as_user(seller):
		tree = api.standing(family.top)["group"]
	shown = [(row["depth"], row.get("customer_name", "hidden")) for row in tree]
	assert sorted(shown) == [(0, "Top"), (1, "hidden"), (1, "hidden"), (2, "Low")]
	assert all("won_amount_base" not in row for row in tree if row.get("hidden"))


def test_import_of_a_tree_in_bulk_gives_the_same(family):
	from sales_crm_pm.importing.bulk import BulkWriter, importing_mode

	with importing_mode():
		writer = BulkWriter("SPM Customer")
		writer.add({"customer_name": "Bulk child", "parent_customer": family.right})
		written, refused = writer.flush()
	assert not refused
	customer_tree.refresh()
	assert group(family.right)[customer_tree.COUNT] == 1
	assert group(family.top)[customer_tree.COUNT] == 4
	assert customer_tree.refresh([written[0].name]) == 0
