"""Forecast, snapshots, funnel, cycle and velocity on built deals, as the people who look at them."""

from __future__ import annotations

from datetime import date

import frappe
import pytest
from frappe.utils import add_days, add_months, get_first_day, get_last_day, getdate

from sales_crm_pm.api.v1 import forecast as api
from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.insight import forecast as view
from sales_crm_pm.loop import forecast
from sales_crm_pm.permissions import teams
from sales_crm_pm.sales_crm_pm.report.spm_forecast_changes import spm_forecast_changes
from sales_crm_pm.sales_crm_pm.report.spm_new_and_existing_revenue import spm_new_and_existing_revenue
from sales_crm_pm.sales_crm_pm.report.spm_pipeline_velocity import spm_pipeline_velocity
from sales_crm_pm.sales_crm_pm.report.spm_sales_cycle import spm_sales_cycle
from sales_crm_pm.sales_crm_pm.report.spm_sales_forecast import spm_sales_forecast
from sales_crm_pm.sales_crm_pm.report.spm_stage_conversion import spm_stage_conversion
from sales_crm_pm.sales_crm_pm.report.spm_win_rate import spm_win_rate
from tests.factories import make, make_customer, make_opportunity, make_pipeline, make_user, unique

MONTH = getdate(get_first_day(add_months(date.today(), 2)))
"""A month nobody else's deals are expected in is not to be had; tests narrow to their own pipeline instead."""
NEXT = getdate(add_months(MONTH, 1))


@pytest.fixture
def house(site):
	"""Two sellers with open deals in one pipeline of their own, and a manager of both."""
	pipeline, stages = make_pipeline()
	one, two = make_user("SPM Sales User"), make_user("SPM Sales User")

	def deal(owner, amount, probability, close=MONTH, **values):
		return make_opportunity(
			pipeline=pipeline.name,
			opportunity_owner=owner,
			customer=make_customer(account_manager=owner).name,
			amount=amount,
			probability=probability,
			probability_reason="for the test",
			expected_close_date=close,
			**values,
		)

	deals = {
		"a": deal(one, 100_000, 50),
		"b": deal(one, 40_000, 25),
		"c": deal(two, 10_000, 90, forecast_category="Commit"),
		"later": deal(two, 7_000, 50, NEXT),
		"omitted": deal(two, 9_000, 50, forecast_category="Omitted"),
	}
	return frappe._dict(
		pipeline=pipeline.name,
		stages=stages,
		one=one,
		two=two,
		deals=deals,
		manager=make_user("SPM Sales Manager"),
	)


def ask(house, start=MONTH, end=None, **values):
	end = end or getdate(get_last_day(start))
	return view.lines(view.Question(start, end, pipeline=house.pipeline, **values))


def only(lines):
	assert len(lines) == 1
	return lines[0]


class TestForecast:
	def test_the_month_of_the_domain(self, house, as_user):
		with as_user(house.one):
			line = only(ask(house))
		assert (line.deals, line.weighted, line.closed, line.forecast) == (2, 60_000, 0, 60_000)

	def test_won_deals_count_whole_in_the_month_they_were_won(self, house):
		deal = house.deals["a"]
		deal.stage = house.stages["Won"].name
		deal.save()
		this_month = getdate(get_first_day(getdate()))
		line = only(ask(house, this_month))
		assert (line.won_deals, line.closed, line.forecast) == (1, 100_000, 100_000)
		assert only(ask(house)).weighted == 10_000 + 9_000

	def test_deals_on_hold_and_omitted_ones_take_no_part(self, house):
		house.deals["c"].stage = house.stages["Paused"].name
		house.deals["c"].save()
		line = only(ask(house))
		assert (line.deals, line.weighted, line.commit) == (2, 60_000, 0)

	def test_groups_add_up_to_the_same_total(self, house):
		end = getdate(get_last_day(NEXT))
		totals = {
			group: round(sum(line.forecast for line in ask(house, MONTH, end, group_by=group)), 2)
			for group in view.GROUPS
		}
		assert set(totals.values()) == {60_000 + 9_000 + 3_500}
		by_month = ask(house, MONTH, end)
		assert [line.key for line in by_month] == [f"{MONTH}", f"{NEXT}"]
		by_category = {line.key: line for line in ask(house, group_by="Forecast Category")}
		assert by_category["Commit"].commit == 10_000

	def test_a_seller_forecasts_own_deals_a_manager_all(self, house, as_user):
		with as_user(house.two):
			assert only(ask(house)).weighted == 9_000
		with as_user(house.manager):
			assert only(ask(house)).weighted == 69_000
		with as_user(make_user("SPM Delivery Member")):
			assert ask(house) == []

	def test_other_currencies_are_summed_in_the_base_currency(self, house):
		make_opportunity(
			pipeline=house.pipeline,
			currency="EUR",
			exchange_rate=2,
			amount=1_000,
			probability=50,
			probability_reason="for the test",
			expected_close_date=MONTH,
		)
		assert only(ask(house)).weighted == 69_000 + 1_000

	def test_statements_do_not_grow_with_deals(self, house, assert_query_count):
		def count():
			with assert_query_count(12) as queries:
				spm_sales_forecast.execute({"from_date": MONTH, "to_date": NEXT, "group_by": "Salesperson"})
			return len(queries)

		before = count()
		for n in range(5):
			make_opportunity(pipeline=house.pipeline, expected_close_date=MONTH, title=f"Deal {n}")
		assert count() == before

	def test_an_unknown_grouping_or_snapshot_is_refused_in_words(self, house):
		with pytest.raises(SPMError, match="Shoe Size"):
			ask(house, group_by="Shoe Size")
		with pytest.raises(SPMError, match="FC-1900"):
			ask(house, snapshot="FC-1900-01-01")

	def test_overdue_deals_are_named(self, house):
		frappe.db.set_value(
			"SPM Opportunity", house.deals["a"].name, "expected_close_date", add_days(getdate(), -3)
		)
		question = view.Question(MONTH, NEXT, pipeline=house.pipeline)
		assert view.overdue(question) == (1, 100_000)
		message = spm_sales_forecast.execute({"pipeline": house.pipeline})[2]
		assert message.startswith("1 open deals")


class TestSnapshots:
	@pytest.fixture(autouse=True)
	def no_others(self, site):
		frappe.db.delete(forecast.ENTRY)
		frappe.db.delete(forecast.SNAPSHOT)

	def test_one_a_day_by_one_statement_for_all_deals(self, house, assert_query_count):
		name, made = forecast.take_snapshot()
		assert made and frappe.db.count(forecast.ENTRY, {"snapshot": name, "pipeline": house.pipeline}) == 5
		with assert_query_count(1):
			assert forecast.take_snapshot() == (name, False)

	def test_last_month_s_forecast_is_compared(self, house, freeze):
		with freeze(f"{add_days(getdate(), -40)} 08:00:00"):
			name = forecast.take_snapshot("Scheduled", "before")[0]
		deal = house.deals["a"]
		deal.amount = 160_000
		deal.save()
		line = only(ask(house, snapshot=name))
		assert (line.earlier, line.forecast) == (69_000, 99_000)
		assert line.as_row("USD")["difference"] == 30_000

	def test_a_deal_won_after_the_snapshot_is_in_no_earlier_forecast(self, house, freeze):
		with freeze(f"{add_days(getdate(), -1)} 08:00:00"):
			name = forecast.take_snapshot("Scheduled")[0]
		deal = house.deals["later"]
		deal.stage = house.stages["Won"].name
		deal.save()
		this_month = getdate(get_first_day(getdate()))
		line = only(ask(house, this_month, snapshot=name))
		assert (line.closed, line.earlier) == (7_000, 0)

	def test_changes_name_their_reason_and_add_up(self, house, as_user):
		name = forecast.take_snapshot()[0]
		deals = house.deals
		for key, values in (
			("a", {"amount": 130_000}),
			("b", {"expected_close_date": NEXT}),
			("later", {"expected_close_date": MONTH}),
		):
			deals[key].update(values)
			deals[key].save()
		deals["c"].stage, deals["c"].loss_reason = (
			house.stages["Lost"].name,
			make("SPM Loss Reason", reason=unique("Price "), category="Price").name,
		)
		deals["c"].save()
		fresh = make_opportunity(pipeline=house.pipeline, amount=5_000, expected_close_date=MONTH)
		filters = {
			"snapshot": name,
			"pipeline": house.pipeline,
			"from_date": MONTH,
			"to_date": get_last_day(MONTH),
		}
		_columns, rows, _message, chart, summary = spm_forecast_changes.execute(filters)
		found = {(row["kind"], row["opportunity"]): row["delta"] for row in rows}
		assert found == {
			("New", fresh.name): 5_000,
			("Lost", deals["c"].name): -10_000,
			("Pulled In", deals["later"].name): 7_000,
			("Slipped Out", deals["b"].name): -40_000,
			("Amount Raised", deals["a"].name): 30_000,
		}
		then, difference, now = (entry["value"] for entry in summary)
		assert then + difference == now == 130_000 + 7_000 + 5_000
		assert len(chart["data"]["labels"]) == 5
		with as_user(house.two):
			seen = {row["opportunity"] for row in spm_forecast_changes.execute(filters)[1]}
		assert seen == {deals["c"].name, deals["later"].name}

	def test_a_deleted_deal_is_told_to_managers_only(self, house, as_user):
		name = forecast.take_snapshot()[0]
		frappe.delete_doc("SPM Opportunity", house.deals["a"].name)
		filters = {"snapshot": name, "pipeline": house.pipeline}
		rows = spm_forecast_changes.execute(filters)[1]
		assert [(row["kind"], row["title"], row["delta"]) for row in rows] == [
			("Deleted", house.deals["a"].title, -100_000)
		]
		with as_user(house.manager):
			assert len(spm_forecast_changes.execute(filters)[1]) == 1
		with as_user(house.one):
			assert spm_forecast_changes.execute(filters)[1] == []

	def test_entries_are_as_secret_as_their_deals(self, house, as_user):
		name = forecast.take_snapshot()[0]
		with as_user(house.two):
			seen = frappe.get_list(
				forecast.ENTRY, filters={"snapshot": name, "pipeline": house.pipeline}, pluck="opportunity"
			)
		assert set(seen) == {house.deals[key].name for key in ("c", "later", "omitted")}
		entry = frappe.db.get_value(forecast.ENTRY, {"opportunity": house.deals["a"].name})
		assert not frappe.has_permission(forecast.ENTRY, "read", doc=entry, user=house.two)
		assert frappe.has_permission(forecast.ENTRY, "read", doc=entry, user=house.one)

	def test_only_managers_take_snapshots_by_hand(self, house, as_user):
		with as_user(house.one), pytest.raises(frappe.PermissionError):
			api.take_snapshot()
		with as_user(house.manager):
			assert api.take_snapshot("start of the quarter")["created"]

	@pytest.mark.parametrize(
		("every", "day", "begin"),
		[
			("Day", "2026-11-25", "2026-11-25"),
			("Month", "2026-11-25", "2026-11-01"),
			("Never", "2026-11-25", None),
		],
	)
	def test_when_one_is_due(self, site, every, day, begin):
		assert forecast.period_begin(every, getdate(day)) == (getdate(begin) if begin else None)

	def test_the_job_runs_twice_without_harm_and_drops_what_is_old(self, house, freeze):
		settings = frappe.get_doc("SPM Settings")
		settings.forecast_snapshot_every, settings.forecast_snapshot_keep_months = "Month", 2
		settings.save()
		with freeze("2031-01-15 08:00:00"):
			old = forecast.take_due()
			assert old and forecast.take_due() is None
		with freeze("2031-04-01 08:00:00"):
			new = forecast.take_due()
		assert new != old and not frappe.db.exists(forecast.SNAPSHOT, old)
		assert not frappe.db.exists(forecast.ENTRY, {"snapshot": old})
		settings.forecast_snapshot_every = "Never"
		settings.save()
		with freeze("2031-06-01 08:00:00"):
			assert forecast.take_due() is None


class TestTeams:
	@pytest.fixture
	def team(self, house):
		lead = make_user("SPM Sales User")
		north = make(
			"SPM Sales Team", team_name=unique("North "), manager=lead, members=[{"user": house.one}]
		)
		south = make(
			"SPM Sales Team",
			team_name=unique("South "),
			parent_team=north.name,
			members=[{"user": house.two}],
		)
		return frappe._dict(lead=lead, north=north, south=south)

	def test_whoever_leads_a_team_sees_its_deals_and_those_below(self, house, team, as_user):
		with as_user(team.lead):
			seen = set(frappe.get_list("SPM Opportunity", {"pipeline": house.pipeline}, pluck="name"))
			assert seen == {deal.name for deal in house.deals.values()}
			assert only(ask(house)).weighted == 69_000
			assert frappe.get_doc("SPM Opportunity", house.deals["c"].name).has_permission("read")
			assert not frappe.get_doc("SPM Opportunity", house.deals["c"].name).has_permission("write")
		with as_user(house.one):
			assert only(ask(house)).weighted == 60_000

	def test_and_no_longer_when_the_team_is_closed(self, house, team, as_user):
		team.north.disabled = 1
		team.north.save()
		with as_user(team.lead):
			assert frappe.get_list("SPM Opportunity", {"pipeline": house.pipeline}) == []

	def test_the_forecast_by_team_and_of_one_team(self, house, team):
		by_team = {line.key: line.forecast for line in ask(house, group_by="Team")}
		assert by_team == {team.north.name: 60_000, team.south.name: 9_000}
		assert only(ask(house, team=team.south.name)).forecast == 9_000
		assert only(ask(house, team=team.north.name)).forecast == 69_000
		managers = {line.key: line.forecast for line in ask(house, group_by="Team Manager")}
		assert managers[f"user:{team.lead}"] == 60_000

	def test_nobody_sells_in_two_teams(self, house, team):
		with pytest.raises(SPMError, match="already in the team"):
			make("SPM Sales Team", team_name=unique("West "), members=[{"user": house.one}])
		with pytest.raises(SPMError, match="twice"):
			make(
				"SPM Sales Team",
				team_name=unique("West "),
				members=[{"person_name": "Al"}, {"person_name": "Al"}],
			)
		with pytest.raises(SPMError, match="Row 1"):
			make("SPM Sales Team", team_name=unique("West "), members=[{}])

	def test_no_team_is_part_of_itself(self, team):
		team.north.parent_team = team.south.name
		with pytest.raises(SPMError, match="part of itself"):
			team.north.save()

	def test_names_of_a_former_system_belong_to_teams(self, house):
		team = make(
			"SPM Sales Team",
			team_name=unique("Old "),
			manager_name="Dustin",
			members=[{"person_name": unique("Anna ")}],
		)
		name = team.members[0].person_name
		make_opportunity(pipeline=house.pipeline, amount=500, source_owner=name, expected_close_date=NEXT)
		lines = {line.label: line for line in ask(house, NEXT, group_by="Team Manager")}
		assert lines["Dustin"].deals == 1
		assert teams.team_of()[f"source:{name}"] == team.name


class TestReports:
	@pytest.fixture
	def closed(self, site):
		"""Six won and four lost deals of 10,000 with known cycles; the first two have one customer."""
		pipeline, stages = make_pipeline()
		reason = make("SPM Loss Reason", reason=unique("Late "), category="Timing").name
		owner, customer = make_user("SPM Sales User"), None
		for n in range(10):
			if n != 1:
				customer = make_customer(account_manager=owner).name
			won = n < 6
			deal = make_opportunity(
				pipeline=pipeline.name,
				opportunity_owner=owner,
				customer=customer,
				amount=10_000,
				opened_on=add_days(getdate(), -100),
			)
			deal.stage = stages["Won" if won else "Lost"].name
			deal.closed_on = add_days(getdate(), -100 + 10 * (n + 1))
			deal.won_on = deal.closed_on if won else None
			deal.loss_reason = None if won else reason
			deal.save()
		return frappe._dict(pipeline=pipeline.name, owner=owner, stages=stages)

	def test_win_rate_and_cycle_of_the_domain(self, closed):
		filters = {"pipeline": closed.pipeline, "group_by": "Pipeline"}
		row = spm_win_rate.execute(filters)[1][0]
		assert (row["rate"], row["rate_by_value"]) == (60, 60)
		row = spm_sales_cycle.execute(filters)[1][0]
		assert (row["won"], row["mean"], row["median"], row["longest"]) == (6, 35, 35, 60)
		assert (row["low"], row["high"]) == (22.5, 47.5)

	def test_velocity(self, closed):
		for n in range(7):
			make_opportunity(pipeline=closed.pipeline, opportunity_owner=closed.owner, title=f"Open {n}")
		row = spm_pipeline_velocity.execute({"pipeline": closed.pipeline, "group_by": "Pipeline"})[1][0]
		assert (row["open"], row["average"], row["rate"], row["cycle"]) == (7, 10_000, 60, 35)
		assert row["velocity"] == round(7 * 10_000 * 0.6 / 35, 2)

	def test_new_and_existing_add_up(self, closed):
		rows = spm_new_and_existing_revenue.execute({"pipeline": closed.pipeline, "group_by": "Salesperson"})[
			1
		]
		assert [(row["new_deals"], row["existing_deals"], row["total"]) for row in rows] == [(5, 1, 60_000)]

	def test_conversion_of_a_cohort(self, closed, as_user):
		pipeline, stages = make_pipeline()
		ways = (("Proposal", "Won"), ("Proposal", "Lost"), ("Won",), ())
		reason = frappe.get_all("SPM Loss Reason", limit=1, pluck="name")[0]
		for way in ways:
			deal = make_opportunity(pipeline=pipeline.name, opportunity_owner=closed.owner)
			for step in way:
				deal.stage, deal.loss_reason = stages[step].name, reason
				deal.save()
		first, proposal = spm_stage_conversion.execute({"pipeline": pipeline.name})[1]
		# The deal that went straight to won skipped the proposal, which counts as passed.
		assert (first["entered"], first["passed"], first["conversion"], first["won"]) == (4, 3, 75, 2)
		assert (proposal["entered"], proposal["passed"], proposal["won"]) == (3, 2, 2)
		with as_user(make_user("SPM Sales User")):
			assert spm_stage_conversion.execute({"pipeline": pipeline.name})[1][0]["entered"] == 0

	@pytest.mark.parametrize(
		"report",
		[
			spm_forecast_changes,
			spm_new_and_existing_revenue,
			spm_pipeline_velocity,
			spm_sales_cycle,
			spm_sales_forecast,
			spm_stage_conversion,
		],
	)
	def test_no_report_shows_a_stranger_anything(self, closed, report, as_user):
		with as_user(make_user("SPM Sales User")):
			rows = report.execute({"pipeline": closed.pipeline})[1]
		assert not any(
			row.get("total") or row.get("won") or row.get("entered") or row.get("deals") for row in rows
		)

	def test_a_period_that_ends_before_it_begins_is_refused(self, site):
		with pytest.raises(SPMError, match="first day"):
			spm_sales_cycle.execute({"from_date": "2026-05-01", "to_date": "2026-04-01"})


def test_the_endpoint_gives_rows_and_total(house, as_user):
	with as_user(house.one):
		answer = api.summary(from_date=f"{MONTH}", pipeline=house.pipeline)
	assert answer["total"]["weighted"] == 60_000
	assert answer["rows"][0]["label"] == f"{MONTH:%Y-%m}"
	with as_user(make_user("SPM Delivery Member")), pytest.raises(frappe.PermissionError):
		api.summary()
