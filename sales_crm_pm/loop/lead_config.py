"""Everything admins set up for leads, read once and kept: pools, assignment, response targets, scoring.

Every save of a lead asks all of it; from the cache that costs no statement.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.model import no_value_fields
from frappe.utils import cint, get_time, getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.rules.conditions import OPERATORS, Condition, all_hold
from sales_crm_pm.rules.lead_pool import Limits
from sales_crm_pm.rules.lead_score import ScoringRule
from sales_crm_pm.rules.working_time import Calendar

CACHE_KEY = "spm_lead_config"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

# Known only after the rules were asked, so no rule can wait for them.
COMPUTED_LATER = (
	"rating",
	"sla_status",
	"response_by",
	"response_target",
	"response_manager",
	"first_responded_on",
	"response_minutes",
	"assigned_on",
	"recycle_on",
	"converted_on",
)


@dataclass(frozen=True)
class Pool:
	"""A public pool with its limits."""

	name: str
	is_default: bool
	territories: tuple[str, ...]
	roles: frozenset[str]
	users: frozenset[str]
	limits: Limits
	recycle_after_days: int
	warn_days_before: int
	recycle_qualified: bool


@dataclass(frozen=True)
class Assignment:
	"""A rule that gives leads without an owner to people."""

	name: str
	method: str
	conditions: tuple[Condition, ...]
	people: tuple[tuple[str, int], ...]
	max_open: dict[str, int]
	hours: Calendar | None


@dataclass(frozen=True)
class Target:
	"""How soon a lead must hear from us."""

	name: str
	response_minutes: int
	rolling_minutes: int
	calendar: Calendar
	conditions: tuple[Condition, ...]
	pause_statuses: frozenset[str]
	runs_in_pool: bool
	escalate_after_minutes: int
	escalate_to: str | None


@dataclass(frozen=True)
class LeadConfig:
	"""All of it, in the order in which rules are asked."""

	pools: dict[str, Pool] = field(default_factory=dict)
	assignments: tuple[Assignment, ...] = ()
	targets: tuple[Target, ...] = ()
	scoring: tuple[ScoringRule, ...] = ()
	above: dict[str, tuple[str, ...]] = field(default_factory=dict)
	managers: dict[str, str] = field(default_factory=dict)

	def values_of(self, lead: Any) -> dict[str, Any]:
		"""The lead's fields as conditions see them: a territory stands for those above it as well."""
		values = dict(lead) if isinstance(lead, dict) else dict(lead.__dict__)
		if values.get("territory"):
			values["territory"] = self.above.get(values["territory"], (values["territory"],))
		return values

	def pool_for(self, territory: str | None) -> str | None:
		"""The pool of a territory or of the nearest one above it, else the default pool."""
		for name in self.above.get(territory or "", (territory,) if territory else ()):
			for pool in self.pools.values():
				if name in pool.territories:
					return pool.name
		return next((p.name for p in self.pools.values() if p.is_default), None)

	def manager_of(self, territory: str | None) -> str | None:
		"""The manager of a territory or of the nearest one above it."""
		return next(
			(self.managers[t] for t in self.above.get(territory or "", ()) if t in self.managers), None
		)

	def target_for(self, lead: Any) -> Target | None:
		"""The first response target whose conditions the lead meets."""
		values = self.values_of(lead)
		return next((t for t in self.targets if all_hold(values, t.conditions)), None)

	def target(self, name: str | None) -> Target | None:
		"""A response target by its name."""
		return next((t for t in self.targets if t.name == name), None)


def config() -> LeadConfig:
	"""What is set up now."""
	return frappe.cache.get_value(CACHE_KEY, _load)


def forget(doc: Any = None, method: str | None = None) -> None:
	"""Read anew from the next question on; call when any of the records changes.

	Again after the transaction ends, either way: until then somebody else may have read the old state.
	"""
	_drop()
	frappe.db.after_commit.add(_drop)
	frappe.db.after_rollback.add(_drop)


def check_conditions(rows: list[Any]) -> None:
	"""Refuse a condition on a field that leads do not have or that says nothing.

	:raises SPMError: names the row and what to do
	"""
	meta = frappe.get_meta("SPM Lead")
	for row in rows:
		if not meta.has_field(row.fieldname):
			frappe.throw(
				_("Row {0}: leads have no field {1}. Choose one from the list.").format(
					row.idx, frappe.bold(row.fieldname)
				),
				exc=SPMError,
			)
		if row.operator not in OPERATORS:
			frappe.throw(_("Row {0}: {1} is not a comparison.").format(row.idx, row.operator), exc=SPMError)
		if row.operator not in ("is set", "is not set", "=", "!=") and not (row.value or "").strip():
			frappe.throw(_("Row {0}: enter the value to compare with.").format(row.idx), exc=SPMError)


def condition_fields() -> list[dict[str, str]]:
	"""Fields a condition may name, with their label in the reader's language."""
	return [
		{
			"value": df.fieldname,
			"label": _(df.label, context="SPM Lead"),
			"fieldtype": df.fieldtype,
			"options": df.options or "",
		}
		for df in frappe.get_meta("SPM Lead").fields
		if df.fieldtype not in no_value_fields
		and df.fieldtype not in ("Text Editor", "Table", "Dynamic Link")
		and not df.hidden
		and not df.get("is_virtual")
		and df.fieldname not in COMPUTED_LATER
	]


def _drop() -> None:
	frappe.cache.delete_value(CACHE_KEY)


def _load() -> LeadConfig:
	calendars = _calendars()
	above, managers = _territories()
	return LeadConfig(
		_pools(), _assignments(calendars), _targets(calendars), scoring_rules(), above, managers
	)


def _rows(doctype: str, fields: list[str], **options) -> list[Any]:
	# Settings everybody's leads obey; who reads the result is asked elsewhere.
	return frappe.get_all(doctype, fields=fields, limit_page_length=0, **options)


def _children(doctype: str, parenttype: str, fields: list[str]) -> dict[str, list[Any]]:
	found = defaultdict(list)
	for row in _rows(
		doctype,
		["parent", "parentfield", *fields],
		filters={"parenttype": parenttype},
		order_by="parent, idx",
	):
		found[row.parent].append(row)
	return found


def _conditions(parenttype: str) -> dict[str, tuple[Condition, ...]]:
	rows = _children("SPM Lead Condition", parenttype, ["fieldname", "operator", "value"])
	return {
		parent: tuple(Condition(r.fieldname, r.operator, r.value or "") for r in found)
		for parent, found in rows.items()
	}


def _calendars() -> dict[str, Calendar]:
	days = _children("SPM Working Hours Day", "SPM Working Hours", ["weekday", "start_time", "end_time"])
	fields = ["holiday_date", "is_working_day"]
	holidays = _children("SPM Holiday", "SPM Working Hours", fields)
	company = _children("SPM Holiday", "SPM Settings", fields)["SPM Settings"]
	return {
		name: calendar_of(days[name], [*company, *holidays[name]])
		for name in _rows("SPM Working Hours", ["name"], pluck="name")
	}


def calendar_of(rows: list[Any], holidays: list[Any]) -> Calendar:
	"""A calendar from rows of weekday, start and end, and from rows of holidays (and days worked instead)."""
	spans: dict[int, list[tuple[time, time]]] = defaultdict(list)
	for row in rows:
		spans[WEEKDAYS.index(row.weekday)].append((_time(row.start_time), _time(row.end_time)))
	return Calendar(
		{day: tuple(found) for day, found in spans.items()},
		frozenset(getdate(r.holiday_date) for r in holidays if not r.is_working_day),
		frozenset(getdate(r.holiday_date) for r in holidays if r.is_working_day),
	)


def _time(value: Any) -> time:
	return (
		(frappe.utils.get_datetime("2000-01-01") + value).time()
		if isinstance(value, timedelta)
		else get_time(value)
	)


def _pools() -> dict[str, Pool]:
	territories = _children("SPM Lead Pool Territory", "SPM Lead Pool", ["territory"])
	claimers = _children("SPM Lead Pool Claimer", "SPM Lead Pool", ["role", "user"])
	fields = [
		"name",
		"is_default",
		"max_open",
		"max_per_day",
		"cool_down_days",
		"recycle_after_days",
		"warn_days_before",
		"recycle_qualified",
	]
	return {
		p.name: Pool(
			p.name,
			bool(p.is_default),
			tuple(r.territory for r in territories[p.name]),
			frozenset(r.role for r in claimers[p.name] if r.role),
			frozenset(r.user for r in claimers[p.name] if r.user),
			Limits(cint(p.max_open), cint(p.max_per_day), cint(p.cool_down_days)),
			cint(p.recycle_after_days),
			cint(p.warn_days_before),
			bool(p.recycle_qualified),
		)
		for p in _rows("SPM Lead Pool", fields, filters={"disabled": 0}, order_by="is_default, name")
	}


def _assignments(calendars: dict[str, Calendar]) -> tuple[Assignment, ...]:
	conditions = _conditions("SPM Assignment Rule")
	people = _children("SPM Assignment User", "SPM Assignment Rule", ["user", "max_open", "share"])
	return tuple(
		Assignment(
			r.name,
			r.method,
			conditions.get(r.name, ()),
			tuple((p.user, max(1, cint(p.share))) for p in people[r.name]),
			{p.user: cint(p.max_open) for p in people[r.name] if cint(p.max_open)},
			calendars.get(r.skip_outside_hours),
		)
		for r in _rows(
			"SPM Assignment Rule",
			["name", "method", "skip_outside_hours"],
			filters={"disabled": 0},
			order_by="priority, name",
		)
	)


def _targets(calendars: dict[str, Calendar]) -> tuple[Target, ...]:
	conditions = _conditions("SPM Response Target")
	pauses = _children("SPM Response Pause", "SPM Response Target", ["status"])
	fields = [
		"name",
		"response_minutes",
		"rolling_minutes",
		"working_hours",
		"clock_runs_in_pool",
		"escalate_after_minutes",
		"escalate_to",
	]
	return tuple(
		Target(
			t.name,
			cint(t.response_minutes),
			cint(t.rolling_minutes),
			calendars.get(t.working_hours) or Calendar(),
			conditions.get(t.name, ()),
			frozenset(r.status for r in pauses[t.name]),
			bool(t.clock_runs_in_pool),
			cint(t.escalate_after_minutes),
			t.escalate_to,
		)
		for t in _rows("SPM Response Target", fields, filters={"disabled": 0}, order_by="priority, name")
	)


def scoring_rules() -> tuple[ScoringRule, ...]:
	"""The scoring rules in force, as stored."""
	conditions = _conditions("SPM Scoring Rule")
	fields = ["name", "kind", "points", "activity", "half_life_days", "max_points"]
	return tuple(
		ScoringRule(
			r.name,
			r.kind,
			cint(r.points),
			conditions.get(r.name, ()),
			r.activity or "",
			cint(r.half_life_days),
			cint(r.max_points),
		)
		for r in _rows("SPM Scoring Rule", fields, filters={"disabled": 0}, order_by="name")
	)


def _territories() -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
	rows = {t.name: t for t in _rows("SPM Territory", ["name", "parent_territory", "manager"])}
	above = {}
	for name in rows:
		chain: list[str] = []
		here: str | None = name
		while here and here in rows and here not in chain:
			chain.append(here)
			here = rows[here].parent_territory
		above[name] = tuple(chain)
	return above, {name: row.manager for name, row in rows.items() if row.manager}
