"""Conversion by source, campaign and owner; response times; and sites from before the pool."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, today

from sales_crm_pm.api.v1 import lead as api
from sales_crm_pm.patches.v1_0 import leads_in_the_pool
from sales_crm_pm.sales_crm_pm.report.spm_lead_conversion import spm_lead_conversion as conversion
from sales_crm_pm.sales_crm_pm.report.spm_lead_response_times import spm_lead_response_times as response
from tests.factories import make, make_lead, make_opportunity, make_user, unique
from tests.factories_lead import make_pool, make_pool_lead, make_target, no_rules


@pytest.fixture
def world(site):
	"""One campaign with four leads: two became deals of one seller, one of them was won."""
	no_rules()
	make_pool()
	campaign = make("SPM Campaign", campaign_name=unique("Fair ")).name
	seller, rival = make_user("SPM Sales User"), make_user("SPM Sales User")
	source = make("SPM Source", source_name=unique("Source ")).name
	leads = [make_lead(campaign=campaign, lead_owner=seller, source=source) for _n in range(3)]
	leads.append(make_lead(campaign=campaign, lead_owner=rival, status="Junk", source=source))
	deals = [make_opportunity(opportunity_owner=seller, amount=700 * (n + 1)) for n in range(2)]
	for lead, deal in zip(leads, deals, strict=False):
		lead.db_set({"opportunity": deal.name, "customer": deal.customer, "status": "Converted"})
		lead.db_set({"creation": add_days(today(), -10), "converted_on": add_days(today(), -4)})
	deals[1].db_set("status", "Won")
	return frappe._dict(
		campaign=campaign, seller=seller, rival=rival, leads=leads, deals=deals, source=source
	)


def rows_of(report, **filters):
	return {row["key"]: row for row in report.execute(filters)[1]}


class TestConversion:
	def test_numerator_and_denominator(self, world):
		row = rows_of(conversion, group_by="Campaign", campaign=world.campaign)[world.campaign]
		assert (row["leads"], row["qualified"], row["deals"], row["won"]) == (4, 2, 2, 1)
		assert (row["deal_rate"], row["won_rate"], row["win_rate"]) == (50, 25, 50)
		assert row["won_value"] == world.deals[1].amount_base and row["days"] == 6

	@pytest.mark.parametrize("group_by", conversion.GROUPS)
	def test_every_grouping_counts_each_lead_once(self, world, group_by):
		rows = rows_of(conversion, group_by=group_by, campaign=world.campaign)
		assert sum(row["leads"] for row in rows.values()) == 4
		assert sum(row["won"] for row in rows.values()) == 1

	def test_the_deals_behind_a_number(self, world):
		filters = {"group_by": "Campaign", "campaign": world.campaign}
		assert set(api.deals_behind(filters, world.campaign)) == {deal.name for deal in world.deals}
		assert api.deals_behind(filters, world.campaign, won=True) == [world.deals[1].name]

	def test_people_see_their_own(self, world, as_user):
		with as_user(world.rival):
			row = rows_of(conversion, group_by="Campaign", campaign=world.campaign)[world.campaign]
			assert (row["leads"], row["deals"], row["won_value"]) == (1, 0, 0)
			assert api.deals_behind({"group_by": "Campaign"}, world.campaign) == []
		with as_user(make_user("SPM Marketing User")):
			row = rows_of(conversion, group_by="Campaign", campaign=world.campaign)[world.campaign]
			assert (row["leads"], row["deals"]) == (4, 2)

	def test_period_and_emptiness(self, world):
		assert rows_of(conversion, campaign=world.campaign, from_date=add_days(today(), 1)) == {}
		assert conversion.execute({"campaign": world.campaign, "from_date": add_days(today(), 1)})[3] is None
		with pytest.raises(frappe.ValidationError, match="after its last day"):
			conversion.execute({"from_date": "2026-02-01", "to_date": "2026-01-01"})
		with pytest.raises(frappe.ValidationError, match="cannot be grouped"):
			conversion.execute({"group_by": "Moon"})

	def test_a_fixed_number_of_statements(self, world, assert_query_count):
		conversion.execute({"campaign": world.campaign})
		with assert_query_count(5):
			conversion.execute({"campaign": world.campaign})


class TestResponse:
	def test_shares_mean_and_median(self, world):
		target = make_target().name
		states = (("Fulfilled", 10, None), ("Fulfilled", 30, None), ("Failed", 200, "2026-03-02"))
		for lead, (status, minutes, missed) in zip(world.leads, states, strict=False):
			lead.db_set(
				{
					"response_target": target,
					"sla_status": status,
					"response_minutes": minutes,
					"first_responded_on": "2026-03-02 10:00:00",
					"response_missed_on": missed,
				}
			)
		world.leads[3].db_set({"response_target": target, "sla_status": "First Response Due"})
		row = rows_of(response, group_by="Response Target", response_target=target)[target]
		assert (row["leads"], row["in_time"], row["late"], row["waiting"]) == (4, 2, 1, 1)
		assert row["rate"] == pytest.approx(66.6667)
		assert (row["mean"], row["median"], row["longest"]) == (80, 30, 200)
		assert rows_of(response, group_by="Owner", response_target=target)[world.seller]["leads"] == 3

	def test_leads_without_a_target_are_left_out(self, world):
		rows = rows_of(response, group_by="Source", source=world.source)
		assert rows == {}


def test_a_site_from_before_the_pool_is_brought_up_to_date(site):
	no_rules()
	pool = make_pool()
	lead = make_pool_lead()
	frappe.db.delete("SPM Pool Lead", {"lead": lead.name})
	word = unique("spring ")
	lead.db_set({"pool": None, "in_pool_since": None, "campaign": word})
	for _twice in range(2):
		leads_in_the_pool.execute()
	assert frappe.get_value("SPM Campaign", word, ["status", "page_is_open"]) == ("Finished", 0)
	assert frappe.db.count("SPM Pool Lead", {"lead": lead.name}) == 1
	lead.reload()
	assert lead.pool == pool.name and lead.in_pool_since
	lead.save()
