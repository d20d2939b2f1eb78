"""The pipeline board: columns with their sums over all deals, and the first cards of each, in few statements.

Sums are one aggregate statement over everything the user may see; cards come with one more. Open deals show
always; closed ones only of one month (the chosen one, else this month), because a column with the wins of ten
years tells nothing. Cost and margin are not read at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType, Order
from frappe.query_builder.functions import Coalesce, Count, Sum
from frappe.utils import cint, flt, get_first_day, get_last_day, getdate
from pypika import Case
from pypika.analytics import RowNumber
from pypika.terms import Criterion, LiteralValue

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.loop.pipeline import default_pipeline, find_stage, stages_of
from sales_crm_pm.permissions import teams
from sales_crm_pm.permissions.grants import REACHED
from sales_crm_pm.permissions.query import readable_names
from sales_crm_pm.rules.stage_gate import CLOSED, Stage

OPPORTUNITY = "SPM Opportunity"
PAGE = 20
MOST = 100
OPEN = ("Open", "On Hold")
CARD = (
	"name",
	"title",
	"customer",
	"customer_name",
	"stage",
	"status",
	"amount",
	"currency",
	"amount_base",
	"weighted_amount",
	"probability",
	"expected_close_date",
	"next_step",
	"next_step_date",
	"opportunity_owner",
	"stage_entered_on",
	"stage_due_on",
	"won_on",
	"closed_on",
	"project",
	"modified",
)
SORTS = {
	"close": ("expected_close_date", Order.asc),
	"amount": ("amount_base", Order.desc),
	"age": ("stage_entered_on", Order.asc),
}


@dataclass(frozen=True)
class Wish:
	"""What a person wants to see on the board."""

	pipeline: str
	owner: str = ""
	members: tuple[str, ...] | None = None
	"""Users of the chosen team and the teams below it, None for everybody."""
	sources: tuple[str, ...] = ()
	"""Its people without a login, whose deals came from another system."""
	first_day: date | None = None
	"""First day of the chosen month."""
	search: str = ""
	sort: str = "close"

	@property
	def is_narrow(self) -> bool:
		"""Whether few deals are left, so that numbering them all is cheaper than walking an index per column."""
		return bool(self.owner or self.search)


def wish(
	pipeline: str | None = None,
	owner: str | None = None,
	team: str | None = None,
	month: str | None = None,
	search: str | None = None,
	sort: str | None = None,
) -> Wish:
	"""Read the filters of a request.

	:param pipeline: name; the default one when not given
	:param owner: user whose deals are wanted
	:param team: name of a sales team; its deals and those of the teams below it are wanted
	:param month: "2026-11": open deals expected to close then, closed deals closed then
	:param search: part of the title, of the customer's name or number of the deal
	:param sort: close, amount or age
	:raises SPMError: no such pipeline, or a month that is none
	"""
	pipeline = pipeline or default_pipeline()
	if not pipeline or not frappe.db.exists("SPM Pipeline", pipeline):
		frappe.throw(_("There is no pipeline {0}.").format(frappe.bold(pipeline or "–")), exc=SPMError)
	members, sources = None, ()
	if team:
		users, people = teams.members_of(team)
		members, sources = tuple(sorted(users)), tuple(sorted(people))
	return Wish(
		pipeline,
		owner or "",
		members,
		sources,
		_month(month),
		(search or "").strip(),
		sort if sort in SORTS else "close",
	)


def _month(month: str | None) -> date | None:
	if not month:
		return None
	try:
		return date.fromisoformat(f"{month[:7]}-01")
	except ValueError:
		frappe.throw(_("{0} is not a month. Write it as 2026-11.").format(frappe.bold(month)), exc=SPMError)


def load(wanted: Wish, length: int = PAGE) -> dict[str, Any]:
	"""The whole board: columns with count, sums and first cards.

	The number of statements depends neither on the number of deals nor on that of the stages.
	"""
	length = max(1, min(cint(length), MOST))
	mine = readable_names(OPPORTUNITY)
	sums = _sums(wanted, mine)
	stages = [s for s in stages_of(wanted.pipeline, True) if not s.disabled or s.name in sums]
	cards = _first_cards(wanted, mine, stages, length)
	columns = [_column(stage, sums.get(stage.name), cards.get(stage.name, ())) for stage in stages]
	counting = [c for c in columns if c["stage_type"] not in ("Lost", "On Hold", "Won")]
	return {
		"pipeline": wanted.pipeline,
		"currency": base_currency(),
		"closed_from": str(_closing_days(wanted)[0]),
		"columns": columns,
		"count": sum(c["count"] for c in counting),
		"amount": flt(sum(c["amount"] for c in counting), 2),
		"weighted": flt(sum(c["weighted"] for c in counting), 2),
		"people": _people({card.opportunity_owner for found in cards.values() for card in found}),
	}


def more(wanted: Wish, stage: str, start: int = 0, length: int = PAGE) -> dict[str, Any]:
	"""The next cards of one column.

	:param stage: name of the stage
	:param start: how many are shown already
	"""
	start, length = max(0, cint(start)), max(1, min(cint(length), MOST))
	found = find_stage(wanted.pipeline, stage, include_disabled=True)
	rows = _of_stage(wanted, readable_names(OPPORTUNITY), found).limit(length).offset(start).run(as_dict=True)
	return {"stage": stage, "cards": rows, "people": _people({row.opportunity_owner for row in rows})}


def changes(wanted: Wish, names: list[str]) -> dict[str, Any]:
	"""The sums of all columns and those of some deals that are on the board now.

	A deal that is not in the answer has left the board, or the sight of this user.

	:param names: names of opportunities that somebody changed
	"""
	mine = readable_names(OPPORTUNITY)
	deal = DocType(OPPORTUNITY)
	rows = (
		_where(_visible(mine, deal), deal, wanted)
		.select(*(deal[column] for column in CARD))
		.where(deal.name.isin(list(names)[:MOST] or [""]))
		.run(as_dict=True)
	)
	return {
		"sums": _sums(wanted, mine),
		"cards": rows,
		"people": _people({r.opportunity_owner for r in rows}),
	}


def options() -> dict[str, Any]:
	"""What the filters of the board offer: pipelines, teams and the people who own deals."""
	user, role = DocType("User"), DocType("Has Role")
	owners = (
		frappe.qb.from_(user)
		.inner_join(role)
		.on((role.parent == user.name) & (role.parenttype == "User"))
		.select(user.name, user.full_name, user.user_image)
		.distinct()
		.where((user.enabled == 1) & role.role.isin(["SPM Sales User", "SPM Sales Manager"]))
		.where(user.name.notin(["Administrator", "Guest"]))
		.orderby(user.full_name)
		.run(as_dict=True)
	)
	pipelines = frappe.get_all(
		"SPM Pipeline",
		filters={"disabled": 0},
		fields=["name", "pipeline_name", "is_default"],
		order_by="is_default desc, pipeline_name asc",
	)
	return {
		"pipelines": [{"value": p.name, "label": _(p.pipeline_name)} for p in pipelines],
		"default": default_pipeline(),
		"teams": sorted(teams.structure()),
		"owners": owners,
	}


# Statements
# ------------------


def _sums(wanted: Wish, mine: Any) -> dict[str, frappe._dict]:
	"""Count, amount and weighted amount of every stage, and how many deals are past their limit; one statement."""
	deal = DocType(OPPORTUNITY)
	rows = (
		_where(_visible(mine, deal), deal, wanted)
		.select(
			deal.stage,
			Count("*").as_("count"),
			Sum(deal.amount_base).as_("amount"),
			Sum(deal.weighted_amount).as_("weighted"),
			Sum(Case().when(deal.stage_due_on < getdate(), 1).else_(0)).as_("late"),
		)
		.groupby(deal.stage)
		.run(as_dict=True)
	)
	return {row.stage: row for row in rows}


def _first_cards(wanted: Wish, mine: Any, stages: list[Stage], length: int) -> dict[str, list[frappe._dict]]:
	"""The first cards of every column; one statement either way."""
	if not stages:
		return {}
	if mine is not None or wanted.is_narrow:
		rows = _numbered(wanted, mine, length)
	else:
		parts = [_of_stage(wanted, mine, stage).limit(length) for stage in stages]
		query = parts[0]
		# Each part keeps its own order and limit only inside brackets.
		query.wrap_set_operation_queries = len(parts) > 1
		for part in parts[1:]:
			query = query.union_all(part)
		rows = query.run(as_dict=True)
	found: dict[str, list[frappe._dict]] = {}
	for row in rows:
		found.setdefault(row.stage, []).append(row)
	return found


def _numbered(wanted: Wish, mine: Any, length: int) -> list[frappe._dict]:
	"""The first cards when few deals are in question: number them within their stage, keep the first ones."""
	deal = DocType(OPPORTUNITY)
	column, order = SORTS[wanted.sort]
	# Closed columns show the latest first; open ones the most urgent.
	is_closed = deal.status.isin(CLOSED)
	place = (
		RowNumber()
		.over(deal.stage)
		.orderby(Case().when(is_closed, deal.closed_on), order=Order.desc)
		.orderby(deal[column], order=order)
		.orderby(deal.name)
	)
	# Numbered by name alone: what is shown is fetched for the few cards only, not sorted along for all.
	numbered = _where(_visible(mine, deal), deal, wanted).select(deal.name, place.as_("place")).as_("numbered")
	shown = DocType(OPPORTUNITY).as_("shown")
	return (
		frappe.qb.from_(numbered)
		.inner_join(shown)
		.on(shown.name == numbered.name)
		.select(*(shown[name] for name in CARD))
		.where(numbered.place <= length)
		.orderby(shown.stage)
		.orderby(numbered.place)
		.run(as_dict=True)
	)


def _of_stage(wanted: Wish, mine: Any, stage: Stage):
	deal = DocType(OPPORTUNITY)
	query = _visible(mine, deal).select(*(deal[name] for name in CARD)).where(deal.stage == stage.name)
	query = _narrow(query, deal, wanted)
	if stage.stage_type in CLOSED:
		first, last = _closing_days(wanted)
		query = query.where(deal.closed_on[first:last]).orderby(deal.closed_on, order=Order.desc)
		return query.orderby(deal.name)
	if wanted.first_day:
		query = query.where(deal.expected_close_date[wanted.first_day : get_last_day(wanted.first_day)])
	column, order = SORTS[wanted.sort]
	return query.orderby(deal[column], order=order).orderby(deal.name, order=order)


def _visible(mine: Any, deal: Any):
	"""A query over the deals the user may see, starting from the few names when there are few."""
	if mine is None:
		return frappe.qb.from_(deal)
	if isinstance(mine, Criterion | LiteralValue):
		# A finished condition takes no other one behind it, but may stand behind one.
		return frappe.qb.from_(deal).where(deal.name.isnotnull()).where(mine)
	names = mine.as_("mine")
	return frappe.qb.from_(names).inner_join(deal).on(deal.name == names[REACHED])


def _where(query, deal: Any, wanted: Wish):
	first, last = _closing_days(wanted)
	is_open = deal.status.isin(OPEN)
	if wanted.first_day:
		is_open &= deal.expected_close_date[first:last]
	closed = deal.status.isin(CLOSED) & deal.closed_on[first:last]
	return _narrow(query.where(deal.pipeline == wanted.pipeline).where(is_open | closed), deal, wanted)


def _narrow(query, deal: Any, wanted: Wish):
	if wanted.owner:
		query = query.where(deal.opportunity_owner == wanted.owner)
	if wanted.members is not None:
		theirs = deal.opportunity_owner.isin(wanted.members or ("",))
		if wanted.sources:
			theirs |= deal.source_owner.isin(wanted.sources)
		query = query.where(theirs)
	if wanted.search:
		pattern = "%{}%".format(wanted.search.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_"))
		query = query.where(
			deal.title.like(pattern)
			| Coalesce(deal.customer_name, "").like(pattern)
			| deal.name.like(pattern)
		)
	return query


def _closing_days(wanted: Wish) -> tuple[date, date]:
	first = wanted.first_day or getdate(get_first_day(getdate()))
	return first, getdate(get_last_day(first))


def _column(stage: Stage, sums: frappe._dict | None, cards) -> dict[str, Any]:
	return {
		"stage": stage.name,
		"label": _(stage.label),
		"stage_type": stage.stage_type,
		"color": stage.color,
		"probability": stage.probability,
		"max_days": stage.max_days,
		"archived": stage.disabled,
		"count": cint(sums["count"]) if sums else 0,
		"amount": flt(sums.amount, 2) if sums else 0.0,
		"weighted": flt(sums.weighted, 2) if sums else 0.0,
		"late": cint(sums.late) if sums else 0,
		"cards": list(cards),
	}


def _people(users: set[str]) -> dict[str, dict[str, str]]:
	rows = frappe.get_all(
		"User", filters={"name": ["in", sorted(users) or [""]]}, fields=["name", "full_name", "user_image"]
	)
	return {row.name: {"name": row.full_name or row.name, "image": row.user_image or ""} for row in rows}
