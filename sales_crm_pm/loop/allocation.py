"""Allocations: what each of them means in hours, who may make them, and what happens to them with their deal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import add_days, flt, format_date, get_fullname, getdate

from sales_crm_pm.exceptions import OverAllocationError, SPMError
from sales_crm_pm.loop import capacity
from sales_crm_pm.loop.capacity import CONFIRMED, HOURS, SHARE, TENTATIVE
from sales_crm_pm.permissions.query import visible_names
from sales_crm_pm.permissions.rules import PROJECT_MANAGER, SALES_MANAGER, SYSTEM_MANAGER
from sales_crm_pm.rules import capacity as rules

ALLOCATION, PROJECT, OPPORTUNITY = "SPM Allocation", "SPM Project", "SPM Opportunity"
LONGEST_DAYS = 5 * 366
MOST_SPANS = 4
"""Stretches of too full days that a message names; the rest is counted."""
WHOLE = 100.0
RUNNING = ("Approved", "In Progress", "Delivered")
"""Status of projects whose team is booked for certain."""


# What an allocation means
# ------------------


def set_target(doc: Any) -> None:
	"""Customer and title of an allocation, from its project or deal."""
	project = deal = None
	if doc.project:
		project = frappe.db.get_value(
			PROJECT, doc.project, ["project_name", "customer", "opportunity", "status"], as_dict=True
		)
	if project and project.opportunity and doc.opportunity != project.opportunity:
		if doc.opportunity:
			frappe.throw(
				_(
					"The sales project {0} belongs to another opportunity. Leave the opportunity empty."
				).format(frappe.bold(project.project_name)),
				exc=SPMError,
			)
		doc.opportunity = project.opportunity
	if doc.opportunity and not project:
		deal = frappe.db.get_value(
			OPPORTUNITY,
			doc.opportunity,
			["title", "customer", "status", "probability", "project"],
			as_dict=True,
		)
		if deal and deal.status == "Lost" and doc.is_new():
			frappe.throw(
				_("{0} is lost. Time is planned for open deals and for projects.").format(
					frappe.bold(deal.title)
				),
				exc=SPMError,
			)
		if deal and deal.project and doc.is_new():
			# The deal was won meanwhile: its time is the project's.
			doc.project = deal.project
	target = project or deal
	if target:
		doc.customer = target.customer
		who = get_fullname(doc.user) if doc.user else _(doc.project_role or "")
		doc.title = f"{who} · {target.get('project_name') or target.get('title')}"[:140]
	doc.flags.deal_probability = flt(deal.probability) if deal and not doc.project else WHOLE


def set_figures(doc: Any) -> None:
	"""Probability, total hours over the working days, and the other way to say the amount."""
	doc.probability = WHOLE if doc.status == CONFIRMED else doc.flags.deal_probability
	worker = _worker_of(doc)
	if doc.measure == HOURS:
		doc.percent = flt(flt(doc.hours_per_day) / worker.hours_per_day * 100, 1)
	else:
		doc.hours_per_day = flt(worker.hours_per_day * flt(doc.percent) / 100, 2)
	doc.total_hours = flt(rules.total_hours(capacity.booking_of(doc), worker), 2)
	doc.weighted_hours = flt(rules.weighted(doc.total_hours, doc.probability), 2)


def _worker_of(doc: Any) -> rules.Worker:
	if not doc.user:
		return capacity.site_worker()
	return capacity.workers([doc.user], getdate(doc.from_date), getdate(doc.to_date))[doc.user]


def check_rights(doc: Any) -> None:
	"""Project managers book for the projects they run, sales plans tentatively for its own deals.

	:raises frappe.PermissionError: the person may not make this allocation
	"""
	user = frappe.session.user
	if doc.flags.ignore_permissions or user == "Administrator":
		return
	roles = set(frappe.get_roles())
	if {SYSTEM_MANAGER, SALES_MANAGER} & roles:
		return
	if doc.project and not (
		PROJECT_MANAGER in roles and frappe.has_permission(PROJECT, "write", doc=doc.project)
	):
		frappe.throw(
			_("Only whoever runs the sales project books people for it. Ask its project manager."),
			frappe.PermissionError,
		)
	if doc.status == CONFIRMED and PROJECT_MANAGER not in roles:
		frappe.throw(
			_("You can plan people tentatively. A project manager or sales manager confirms it."),
			frappe.PermissionError,
		)


# Too much for one day
# ------------------


def refuse_over_allocation(doc: Any) -> None:
	"""Raise when the settings refuse a booking that fills a day beyond the limit.

	:raises OverAllocationError: naming the days and the projects
	"""
	if _policy() != "Refuse" or not _takes_more(doc):
		return
	# Two bookings at once would each find room: the person is locked until this one is stored.
	frappe.db.get_value("User", doc.user, "name", for_update=True)
	if found := over_allocation(doc):
		frappe.throw(
			"<br>".join(found) + "<br>" + _("Take another day, fewer hours or another person."),
			title=_("Booked for Too Much"),
			exc=OverAllocationError,
		)


def warn_of_over_allocation(doc: Any) -> None:
	"""Say which days an allocation fills beyond the limit; the allocation is saved all the same."""
	if _policy() != "Warn" or frappe.flags.in_import or doc.flags.in_bulk or not _takes_more(doc):
		return
	if found := over_allocation(doc):
		frappe.msgprint("<br>".join(found), title=_("Booked for Too Much"), indicator="orange")


def _policy() -> str:
	return frappe.get_cached_doc("SPM Settings").get("over_allocation") or "Warn"


def _takes_more(doc: Any) -> bool:
	"""Whether this save can fill a day more than before."""
	fields = ("user", "from_date", "to_date", "measure", "hours_per_day", "percent", "status", "probability")
	return bool(doc.user) and any(doc.has_value_changed(field) for field in fields)


def over_allocation(doc: Any) -> list[str]:
	"""Sentences on the days this allocation fills beyond the limit: which days, how far, with what else."""
	start, end = getdate(doc.from_date), getdate(doc.to_date)
	rows = [*capacity.stored([doc.user], start, end, without=doc.name), _as_row(doc)]
	worker = capacity.workers([doc.user], start, end)[doc.user]
	limit = flt(frappe.get_cached_doc("SPM Settings").get("over_allocation_percent")) or WHOLE
	bookings = {row.name: capacity.booking_of(row) for row in rows}
	found = rules.spans(rules.over_days(worker, bookings.values(), start, end, limit), worker.calendar)
	if not found:
		return []
	names = _shown_names(rows)
	sentences = []
	for first, last, percent in found[:MOST_SPANS]:
		parts = [
			f"{names[row.name]} {_percent(booking.on(first, worker) * booking.weight, worker.hours(first))}"
			for row in rows
			if (booking := bookings[row.name]).on(first, worker)
		]
		values = (
			get_fullname(doc.user),
			_number(percent),
			format_date(first),
			format_date(last),
			", ".join(parts),
		)
		sentences.append(
			_("{0} is booked for {1} % on {2}: {3}.").format(values[0], values[1], values[2], values[4])
			if first == last
			else _("{0} is booked for {1} % from {2} to {3}: {4}.").format(*values)
		)
	if len(found) > MOST_SPANS:
		sentences.append(_("… and {0} more stretches of time.").format(len(found) - MOST_SPANS))
	return sentences


def _as_row(doc: Any) -> frappe._dict:
	return frappe._dict({column: doc.get(column) for column in capacity.COLUMNS}, name=doc.name or "new")


def _number(value: float) -> str:
	return f"{flt(value, 1):g}"


def _percent(hours: float, available: float) -> str:
	return f"{_number(rules.percent(hours, available) or 0)} %"


def _shown_names(rows: list[frappe._dict]) -> dict[str, str]:
	"""What each allocation is for, as far as the user may know it."""
	seen = {
		doctype: visible_names(doctype, list({row[field] for row in rows if row[field]}))
		for doctype, field in ((PROJECT, "project"), (OPPORTUNITY, "opportunity"))
	}
	titles = target_titles(rows)
	shown = {}
	for row in rows:
		is_seen = row.project in seen[PROJECT] if row.project else row.opportunity in seen[OPPORTUNITY]
		shown[row.name] = frappe.bold(
			titles.get(row.project or row.opportunity, "") if is_seen else _("other work")
		)
	return shown


def target_titles(rows: Iterable[Any]) -> dict[str, str]:
	"""Titles of the projects and deals that rows name; two statements at most."""
	found: dict[str, str] = {}
	for doctype, field, title in (
		(PROJECT, "project", "project_name"),
		(OPPORTUNITY, "opportunity", "title"),
	):
		names = {
			row.get(field)
			for row in rows
			if row.get(field) and (field == "project" or not row.get("project"))
		}
		if names:
			found.update(
				frappe.get_all(
					doctype,
					filters={"name": ["in", sorted(names)]},
					fields=["name", title],
					as_list=True,
					limit_page_length=0,
				)
			)
	return found


# With the deal, the calendar and the leave
# ------------------


def follow_opportunity(deal: Any) -> None:
	"""Tentative hours of a deal are as likely as the deal: called when a deal is saved."""
	if deal.is_new() or not deal.has_value_changed("probability") or deal.get_doc_before_save() is None:
		return
	table = DocType(ALLOCATION)
	(
		frappe.qb.update(table)
		.set(table.probability, flt(deal.probability))
		.set(table.weighted_hours, table.total_hours * flt(deal.probability) / 100)
		.where((table.opportunity == deal.name) & (table.status == TENTATIVE))
		.where(table.project.isnull() | (table.project == ""))
		.run()
	)


def team_of(opportunity: str) -> list[dict[str, Any]]:
	"""Team rows of the people who are planned for a deal, for its project; each person once."""
	rows = frappe.get_all(
		ALLOCATION,
		filters={"opportunity": opportunity, "project": ["is", "not set"], "user": ["is", "set"]},
		fields=["user", "project_role", "from_date", "to_date", "percent"],
		order_by="from_date asc, name asc",
	)
	found: dict[str, dict[str, Any]] = {}
	for row in rows:
		member = found.setdefault(
			row.user,
			{
				"user": row.user,
				"project_role": _(row.project_role) if row.project_role else None,
				"raci": "Responsible",
				"from_date": row.from_date,
				"to_date": row.to_date,
				"allocation_percent": row.percent,
			},
		)
		member["to_date"] = max(getdate(member["to_date"]), getdate(row.to_date))
	return list(found.values())


def carry_over(opportunity: str, project: str) -> None:
	"""What was planned tentatively for a deal is booked for the project it became."""
	table = DocType(ALLOCATION)
	(
		frappe.qb.update(table)
		.set(table.project, project)
		.set(table.status, CONFIRMED)
		.set(table.probability, WHOLE)
		.set(table.weighted_hours, table.total_hours)
		.where((table.opportunity == opportunity) & (table.project.isnull() | (table.project == "")))
		.run()
	)


def follow_absence(doc: Any) -> None:
	"""Leave takes hours out of what somebody is booked for."""
	before = doc.get_doc_before_save()
	dates = [doc.from_date, doc.to_date, *((before.from_date, before.to_date) if before else ())]
	users = {doc.user, *([before.user] if before else ())}
	refresh_hours(users, min(map(getdate, dates)), max(map(getdate, dates)))


def refresh_hours(
	users: Iterable[str] | None = None, start: date | None = None, end: date | None = None
) -> int:
	"""Compute total hours anew where calendar, capacity or leave have changed.

	:param users: people concerned; everybody, and the demand without a person, when not given
	:param start: only allocations that end on this day or later; today when nobody is named
	:param end: only allocations that begin on this day or earlier
	:return: how many allocations have other hours now
	"""
	table = DocType(ALLOCATION)
	query = frappe.qb.from_(table).select(*[table[column] for column in capacity.COLUMNS])
	if users is not None:
		query = query.where(table.user.isin(sorted(users)))
	else:
		start = start or getdate()
	if start:
		query = query.where(table.to_date >= start)
	if end:
		query = query.where(table.from_date <= end)
	rows = query.run(as_dict=True)
	if not rows:
		return 0
	first, last = min(getdate(row.from_date) for row in rows), max(getdate(row.to_date) for row in rows)
	known = capacity.workers({row.user for row in rows}, first, last)
	unknown = capacity.site_worker()
	changes = {}
	for row in rows:
		worker = known.get(row.user, unknown)
		total = flt(rules.total_hours(capacity.booking_of(row), worker), 2)
		hours = flt(row.hours_per_day)
		if row.measure == SHARE:
			hours = flt(worker.hours_per_day * flt(row.percent) / 100, 2)
		if abs(total - flt(row.total_hours)) > 0.001 or abs(hours - flt(row.hours_per_day)) > 0.001:
			changes[row.name] = {
				"total_hours": total,
				"weighted_hours": flt(rules.weighted(total, flt(row.probability)), 2),
				"hours_per_day": hours,
			}
	frappe.db.bulk_update(ALLOCATION, changes, chunk_size=200, update_modified=False)
	return len(changes)


CALENDAR_FIELDS = ("work_on_saturday", "work_on_sunday", "planning_hours_per_day")


def follow_settings(doc: Any) -> None:
	"""Compute all hours anew in the background when the site's working days have changed."""
	before = doc.get_doc_before_save()
	if before is None:
		return

	def holidays(settings: Any) -> set[tuple]:
		return {
			(getdate(row.holiday_date), bool(row.is_working_day)) for row in settings.get("holidays") or []
		}

	if holidays(before) != holidays(doc) or any(before.get(f) != doc.get(f) for f in CALENDAR_FIELDS):
		frappe.enqueue(
			"sales_crm_pm.loop.allocation.refresh_all",
			enqueue_after_commit=True,
			job_id="spm-allocation-hours",
			deduplicate=True,
		)


def refresh_all() -> int:
	"""Job: holidays or hours per day of the site were changed."""
	return refresh_hours()


# What planners do
# ------------------


def shift(
	name: str,
	from_date: date | None = None,
	to_date: date | None = None,
	user: str | None = None,
	percent: float | None = None,
	hours_per_day: float | None = None,
) -> Any:
	"""Move an allocation to other days, another person or another amount.

	With a first day alone it keeps its number of working days.
	"""
	doc = frappe.get_doc(ALLOCATION, name, for_update=True)
	doc.check_permission("write")
	if from_date and not to_date:
		site = capacity.site_worker()
		from_date, to_date = rules.moved(
			getdate(doc.from_date), getdate(doc.to_date), getdate(from_date), site.calendar
		)
	doc.from_date = from_date or doc.from_date
	doc.to_date = to_date or doc.to_date
	doc.user = user or doc.user
	_set_amount(doc, percent, hours_per_day)
	doc.save()
	return doc


def split(name: str, on: date, user: str | None = None, percent: float | None = None) -> tuple[Any, Any]:
	"""Cut an allocation in two on a day; the second part may go to somebody else.

	:raises SPMError: the day is not inside the allocation
	"""
	doc = frappe.get_doc(ALLOCATION, name, for_update=True)
	doc.check_permission("write")
	try:
		(_first, last), (start, end) = rules.split(getdate(doc.from_date), getdate(doc.to_date), getdate(on))
	except ValueError:
		frappe.throw(
			_("Choose a day after {0} and not after {1}.").format(
				format_date(doc.from_date), format_date(doc.to_date)
			),
			exc=SPMError,
		)
	second = frappe.copy_doc(doc)
	second.update({"from_date": start, "to_date": end, "user": user or doc.user})
	_set_amount(second, percent, None)
	doc.to_date = last
	doc.save()
	second.insert()
	return doc, second


def _set_amount(doc: Any, percent: float | None, hours_per_day: float | None) -> None:
	if percent is not None:
		doc.measure, doc.percent = SHARE, percent
	elif hours_per_day is not None:
		doc.measure, doc.hours_per_day = HOURS, hours_per_day


def confirm(names: list[str]) -> list[str]:
	"""Confirm allocations; what is confirmed already stays so. Returns the names that changed."""
	changed = []
	for name in names:
		doc = frappe.get_doc(ALLOCATION, name, for_update=True)
		doc.check_permission("write")
		if doc.status != CONFIRMED:
			doc.status = CONFIRMED
			doc.save()
			changed.append(doc.name)
	return changed


def book_team(project: str, users: list[str] | None = None) -> list[str]:
	"""Make allocations out of the rows of a project's team: everybody's who has none in the project yet.

	:param users: only these members
	:return: names of the new allocations
	"""
	doc = frappe.get_doc(PROJECT, project)
	doc.check_permission("write")
	booked = defaultdict(list)
	for row in frappe.get_all(ALLOCATION, filters={"project": project}, fields=["user", "name"]):
		booked[row.user].append(row.name)
	roles = role_names()
	made = []
	for member in doc.team:
		if (users is not None and member.user not in users) or booked.get(member.user):
			continue
		start = getdate(member.from_date or doc.planned_start_date or getdate())
		end = getdate(member.to_date or doc.forecast_end_date or doc.planned_end_date or add_days(start, 27))
		made.append(
			frappe.get_doc(
				{
					"doctype": ALLOCATION,
					"user": member.user,
					"project_role": roles.get((member.project_role or "").strip().lower()),
					"project": project,
					"from_date": start,
					"to_date": max(start, end),
					"measure": SHARE,
					"percent": flt(member.allocation_percent) or WHOLE,
					"status": CONFIRMED if doc.status in RUNNING else TENTATIVE,
				}
			)
			.insert()
			.name
		)
		booked[member.user].append(made[-1])
	return made


def role_names() -> dict[str, str]:
	"""The roles by their names in English and in the session's language: team rows hold either."""
	names = frappe.get_all("SPM Project Role", pluck="name", limit_page_length=0)
	return {word.lower(): name for name in names for word in (name, _(name))}
