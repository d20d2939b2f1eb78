"""Why the open deals of a period are worth another sum than at an earlier snapshot, deal by deal."""

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import flt, getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.insight import columns as c
from sales_crm_pm.insight import deal_groups
from sales_crm_pm.loop import forecast as snapshots
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.query import readable_set
from sales_crm_pm.rules.forecast import CHANGES, Standing, explain

COLUMNS = (
	"title",
	"opportunity_owner",
	"status",
	"forecast_category",
	"expected_close_date",
	"amount_base",
	"probability",
)


def execute(filters: dict | None = None):
	"""The report's columns, rows, message, chart and summary.

	:param filters: snapshot, from_date and to_date (expected close), value (Amount or Weighted Amount), pipeline, team,
		opportunity_owner
	"""
	filters = frappe._dict(filters or {})
	filters.snapshot = filters.snapshot or snapshots.latest_before(getdate())
	if not filters.snapshot:
		return (
			get_columns(),
			[],
			_("There is no forecast snapshot yet. Take one in the sales forecast."),
			None,
			[],
		)
	snapshots.check_snapshot(filters.snapshot)
	deal_groups.check_period(filters)
	if (filters.value or "Amount") not in ("Amount", "Weighted Amount"):
		frappe.throw(_("Choose the amount or the weighted amount to compare."), exc=SPMError)
	weighted = filters.value == "Weighted Amount"
	before, after = get_remembered(filters), get_standing(filters)
	# A deal that the person may not see now, or that left the chosen team, is no deletion: it is not looked at.
	known = set(after) | get_deleted(before)
	before = {name: row for name, row in before.items() if name in known}
	changes = explain(
		_standings(before), _standings(after), _day(filters.from_date), _day(filters.to_date), weighted
	)
	rows = get_rows(changes, before, after, weighted)
	return get_columns(), rows, None, get_chart(rows), get_summary(rows, before, after, filters, weighted)


def _day(value):
	return getdate(value) if value else None


def get_remembered(filters) -> dict[str, dict]:
	"""The deals as the snapshot remembers them, by name."""
	e, t = DocType("SPM Forecast Entry"), DocType("SPM Opportunity")
	query = (
		frappe.qb.from_(e)
		.left_join(t)
		.on(t.name == e.opportunity)
		.select(e.opportunity.as_("name"), *(e[fieldname] for fieldname in COLUMNS))
		.where(e.snapshot == filters.snapshot)
	)
	for fieldname in ("pipeline", "opportunity_owner"):
		if filters.get(fieldname):
			query = query.where(e[fieldname] == filters[fieldname])
	if filters.team:
		query = query.where(deal_groups.team_condition(t, filters.team))
	seen = readable_set("SPM Forecast Entry")
	return {row.name: row for row in (query if seen is None else query.where(seen)).run(as_dict=True)}


def get_standing(filters) -> dict[str, dict]:
	"""The same deals and newer ones as they stand now, by name."""
	t, e = DocType("SPM Opportunity"), DocType("SPM Forecast Entry")
	remembered = frappe.qb.from_(e).select(e.opportunity).where(e.snapshot == filters.snapshot)
	query = (
		frappe.qb.from_(t)
		.select(t.name, *(t[fieldname] for fieldname in COLUMNS))
		.where(t.status.isin(snapshots.REMEMBERED) | t.name.isin(remembered))
	)
	for fieldname in ("pipeline", "opportunity_owner"):
		if filters.get(fieldname):
			query = query.where(t[fieldname] == filters[fieldname])
	if filters.team:
		query = query.where(deal_groups.team_condition(t, filters.team))
	seen = readable_set("SPM Opportunity")
	return {row.name: row for row in (query if seen is None else query.where(seen)).run(as_dict=True)}


def get_deleted(before: dict) -> set[str]:
	"""Remembered deals that are not there any more."""
	names = list(before)
	there = set(
		frappe.get_all(
			"SPM Opportunity", filters={"name": ["in", names or [""]]}, pluck="name", limit_page_length=0
		)
	)
	return set(names) - there


def _standings(rows: dict[str, dict]) -> dict[str, Standing]:
	return {
		name: Standing(
			flt(row.amount_base),
			flt(row.probability),
			row.expected_close_date,
			row.status,
			row.forecast_category or "Pipeline",
		)
		for name, row in rows.items()
	}


def get_rows(changes, before, after, weighted) -> list[dict]:
	"""One row per change, the reasons in their order, the largest first."""
	currency = base_currency()
	names = dict(frappe.get_all("User", fields=["name", "full_name"], as_list=True, limit_page_length=0))
	rows = []
	for change in changes:
		was, now = before.get(change.deal), after.get(change.deal)
		shown = now or was
		rows.append(
			{
				"kind": change.kind,
				"change": _(change.kind),
				"opportunity": change.deal if now else None,
				"title": shown.title,
				"owner": names.get(shown.opportunity_owner) or shown.opportunity_owner,
				"before": _value(was, weighted),
				"after": _value(now, weighted),
				"expected_before": was.expected_close_date if was else None,
				"expected_after": now.expected_close_date if now else None,
				"delta": change.delta,
				"currency": currency,
			}
		)
	return sorted(rows, key=lambda row: (CHANGES.index(row["kind"]), -abs(row["delta"]), row["title"] or ""))


def _value(row, weighted):
	if row is None:
		return None
	return flt(row.amount_base * row.probability / 100, 2) if weighted else row.amount_base


def get_columns() -> list[dict]:
	"""Columns of the report."""
	return [
		c.text("change", _("What Changed"), 150),
		c.link("opportunity", _("Opportunity"), "SPM Opportunity", 150),
		c.text("title", _("Title"), 220),
		c.text("owner", _("Owner"), 140),
		c.money("before", _("Value Then")),
		c.money("after", _("Value Now")),
		c.day("expected_before", _("Expected Then")),
		c.day("expected_after", _("Expected Now")),
		c.money("delta", _("Difference")),
		*c.hidden("currency", "kind"),
	]


def get_chart(rows: list[dict]) -> dict | None:
	"""The sum of each reason; nothing when nothing changed."""
	if not rows:
		return None
	sums: dict[str, float] = {}
	for row in rows:
		sums[row["kind"]] = sums.get(row["kind"], 0) + row["delta"]
	return {
		"data": {
			"labels": [_(kind) for kind in sums],
			"datasets": [{"name": _("Difference"), "values": [flt(value, 2) for value in sums.values()]}],
		},
		"type": "bar",
		"colors": ["blue"],
		"fieldtype": "Currency",
	}


def get_summary(rows, before, after, filters, weighted) -> list[dict]:
	"""Open deals then, what changed, open deals now."""
	start, end = _day(filters.from_date), _day(filters.to_date)
	currency = base_currency()

	def total(book):
		return sum(
			s.value(weighted)
			for s in _standings(book).values()
			if s.counts
			and (
				(start is None and end is None)
				or (
					s.expected_close
					and (start is None or s.expected_close >= start)
					and (end is None or s.expected_close <= end)
				)
			)
		)

	return [
		{"label": _("Then"), "value": total(before), "datatype": "Currency", "currency": currency},
		{
			"label": _("Difference"),
			"value": sum(row["delta"] for row in rows),
			"datatype": "Currency",
			"currency": currency,
			"indicator": "Blue",
		},
		{
			"label": _("Now"),
			"value": total(after),
			"datatype": "Currency",
			"currency": currency,
			"indicator": "Green",
		},
	]
