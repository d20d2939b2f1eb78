"""The report on how promptly talks are written down."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, add_to_date, now_datetime, today

from sales_crm_pm.rules.rates import timeliness
from sales_crm_pm.sales_crm_pm.report.spm_timeliness_of_logging.spm_timeliness_of_logging import execute
from tests.factories import make_customer, make_interaction, make_user


@pytest.fixture
def sellers():
	"""One who logs three of four within a day, and one who never does."""
	prompt, slow = make_user("SPM Sales User"), make_user("SPM Sales User")
	for user, delays in ((prompt, (1, 23.9, 24, 30)), (slow, (25, 100))):
		customer = make_customer(account_manager=user).name
		for hours in delays:
			talk = make_interaction(customer=customer, happened_on=add_to_date(now_datetime(), hours=-hours))
			talk.db_set({"owner": user, "logged_delay_hours": hours})
	return prompt, slow


def rows_of(**filters) -> dict[str, dict]:
	return {row["key"]: row for row in execute(filters)[1]}


def test_the_share_is_in_time_divided_by_all(sellers):
	prompt, slow = sellers
	rows = rows_of()
	assert (rows[prompt]["logged"], rows[prompt]["in_time"], rows[prompt]["timeliness"]) == (4, 3, 75)
	assert (rows[slow]["in_time"], rows[slow]["timeliness"], rows[slow]["longest"]) == (0, 0, 100)
	assert rows_of(hours=48, owner=slow)[slow]["timeliness"] == 50
	assert timeliness(0, 0) is None


def test_groups_period_and_summary(sellers):
	prompt, slow = sellers
	assert rows_of(owner=prompt, group_by="Type")["Call"]["logged"] == 4
	assert sum(row["logged"] for row in rows_of(owner=prompt, group_by="Month").values()) == 4
	assert rows_of(owner=slow, from_date=add_days(today(), -2), to_date=today())[slow]["logged"] == 1
	summary = execute({"owner": prompt})[4]
	assert summary[0]["value"] == 75
	with pytest.raises(frappe.ValidationError):
		execute({"from_date": today(), "to_date": add_days(today(), -1)})
	with pytest.raises(frappe.ValidationError):
		execute({"group_by": "Shoe Size"})


def test_it_is_empty_without_talks_and_shows_only_what_one_may_see(sellers, as_user):
	prompt, slow = sellers
	with as_user(prompt):
		assert set(rows_of()) == {prompt}
	with as_user(make_user("SPM Sales User")):
		assert execute({})[1:] == ([], None, None, [])
	with as_user(make_user("SPM Sales Manager")):
		assert {prompt, slow} <= set(rows_of())


def test_one_statement_whatever_the_number(sellers, assert_query_count):
	execute({})
	with assert_query_count(2):
		execute({})
