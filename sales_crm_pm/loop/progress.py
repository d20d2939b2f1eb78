"""Progress, health and expected end of projects, and what opportunity and customer show of them.

One place computes them (`compute`, on facts read in one statement), so that a saved task, the daily job
and a recomputation from nothing give the same numbers. Every change runs in the transaction that caused
it, under a lock on the customer and the project: two people finishing two tasks at once wait for each
other instead of overwriting each other's total.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import CustomFunction, DocType
from frappe.query_builder.functions import Coalesce, Count, Sum
from frappe.utils import cint, cstr, flt, getdate, now_datetime
from pypika import Case
from pypika.functions import Avg
from pypika.terms import NullValue, ValueWrapper

from sales_crm_pm.permissions.guarded import GuardedDocument
from sales_crm_pm.rules import health as health_rules
from sales_crm_pm.rules import progress as progress_rules
from sales_crm_pm.rules import schedule
from sales_crm_pm.rules.progress import MilestoneFacts, TaskFacts

Round = CustomFunction("ROUND", ["number", "digits"])

NOT_BEGUN = ("Draft", "Pending Approval", "Cancelled")
ACTIVE = ("Approved", "In Progress", "On Hold", "Delivered")
FINISHED = ("Delivered", "Accepted", "Closed")
MILESTONE_DONE = ("Accepted", "Cancelled")

PROJECT_COLUMNS = (
	"name",
	"customer",
	"opportunity",
	"status",
	"completion_method",
	"manual_percent_complete",
	"planned_start_date",
	"planned_end_date",
	"baseline_end_date",
	"health_override",
	"health_override_reason",
	"deal_chain",
)


@dataclass
class Figures:
	"""What follows from the facts of one project on one day."""

	percent_complete: float = 0.0
	percent_planned: float = 0.0
	spi: float | None = None
	health: health_rules.Health = field(default_factory=lambda: health_rules.Health(""))
	next_milestone: frappe._dict | None = None
	forecast_end_date: date | None = None
	milestone_progress: dict[str, float] = field(default_factory=dict)
	as_of: Any = None

	def project_values(self) -> dict[str, Any]:
		"""Return the values of the SPM Project fields that are derived."""
		return {
			"percent_complete": self.percent_complete,
			"percent_planned": self.percent_planned,
			"spi": self.spi or 0,
			"health": self.health.color,
			"health_reasons": "\n".join(sentences(self.health, site_language())),
			"next_milestone": self.next_milestone.name if self.next_milestone else None,
			"next_milestone_date": self.next_milestone.expected if self.next_milestone else None,
			"forecast_end_date": self.forecast_end_date,
			"as_of": self.as_of,
		}


class RollsUp(GuardedDocument):
	"""A milestone or task: locks its customer and project before it is read for writing.

	Taking the locks from the top down, in the same order everywhere, is what keeps two savers from
	waiting for each other; taking them here, before the framework locks the row itself, is the only
	place early enough.
	"""

	def check_if_latest(self):
		if self.get("project"):
			self.flags.locked_project = lock(self.project, self.get("customer"))
		super().check_if_latest()


def lock(project: str, customer: str | None = None) -> frappe._dict | None:
	"""Lock a project and its customer until the transaction ends; returns the project's row or None.

	`customer` spares a statement when it is right; a wrong one is looked up.
	"""
	customers, projects = DocType("SPM Customer"), DocType("SPM Project")
	for known in (customer, None):
		known = known or frappe.db.get_value("SPM Project", project, "customer")
		rows = (
			frappe.qb.from_(customers)
			.inner_join(projects)
			.on(projects.customer == customers.name)
			.select(*[projects[column] for column in PROJECT_COLUMNS])
			.where(customers.name == known)
			.where(projects.name == project)
			.for_update()
			.run(as_dict=True)
		)
		if rows:
			return rows[0]
	return None


def roll_up(project: str, row: frappe._dict | None = None, customers: bool = True) -> Figures | None:
	"""Bring the derived numbers of a project up to date, and what its opportunity and customer show.

	Args:
	        project: the project's name.
	        row: its locked row as `lock` returned it, when it has not changed since.
	        customers: False leaves the customer to the caller, who refreshes many at once.

	Returns the figures, or None when there is no such project.
	"""
	row = row or lock(project)
	if not row:
		return None
	milestones, tasks = _facts(project, locking=True)
	figures = compute(row, milestones, tasks)
	_write_milestone_progress(milestones, figures)
	frappe.db.set_value("SPM Project", project, figures.project_values(), update_modified=False)
	show_on_opportunity(row, figures)
	if customers:
		refresh_customers([row.customer])
	return figures


def compute(
	project: Any, milestones: list[frappe._dict], tasks: list[frappe._dict], today: date | None = None
) -> Figures:
	"""Return the figures of a project (row or document) from the rows of its milestones and tasks."""
	today = today or getdate()
	task_facts = [_task_facts(t) for t in tasks]
	by_milestone: dict[str, list[TaskFacts]] = {}
	for task in task_facts:
		by_milestone.setdefault(task.milestone or "", []).append(task)
	facts = [_milestone_facts(m) for m in milestones]
	own = {m.name: progress_rules.milestone_percent(m.status, by_milestone.get(m.name, ())) for m in facts}

	method = project.completion_method or progress_rules.MILESTONE_WEIGHT
	complete = progress_rules.percent_complete(
		method, [(m, own[m.name]) for m in facts], task_facts, flt(project.manual_percent_complete)
	)
	planned = progress_rules.percent_planned(
		method, facts, task_facts, today, _date(project.planned_start_date), _date(project.planned_end_date)
	)
	spi = progress_rules.schedule_performance(complete, planned)
	counting = [m for m in milestones if m.status != "Cancelled"]
	is_finished = project.status in FINISHED
	forecast = schedule.forecast_end(
		[
			schedule.ExpectedEnd(
				_date(m.planned_date), _date(m.forecast_date), _date(m.actual_date), m.status == "Accepted"
			)
			for m in counting
		],
		_date(project.planned_end_date),
		today,
		is_finished,
	)
	return Figures(
		percent_complete=complete,
		percent_planned=planned,
		spi=spi,
		health=_health(project, counting, spi, forecast, today),
		next_milestone=_next_milestone(counting),
		forecast_end_date=forecast,
		milestone_progress=own,
		as_of=now_datetime(),
	)


def apply_to(doc: Document) -> Figures:
	"""Set the derived fields on a project that is about to be saved; nothing is written yet."""
	milestones, tasks = ([], []) if doc.is_new() else _facts(doc.name, locking=True)
	figures = compute(doc, milestones, tasks)
	doc.update(figures.project_values())
	return figures


def status(project: str) -> dict[str, Any]:
	"""Return how a project stands now, computed for today (the shape of `project.status` in the API).

	Raises DoesNotExistError when there is no such project. The caller checks permission.
	"""
	row = frappe.db.get_value("SPM Project", project, PROJECT_COLUMNS, as_dict=True)
	if not row:
		raise frappe.DoesNotExistError(_("There is no project {0}.").format(project))
	return as_status(row, compute(row, *_facts(project)))


def as_status(project: Any, figures: Figures) -> dict[str, Any]:
	"""Return figures in the shape that the API promises, reasons in the language of the session."""
	coming = figures.next_milestone
	return {
		"project": project.name,
		"customer": project.customer,
		"status": project.status,
		"percent_complete": figures.percent_complete,
		"percent_planned": figures.percent_planned,
		"health": figures.health.color or None,
		"health_reasons": sentences(figures.health),
		"next_milestone": (
			{"name": coming.name, "title": coming.title, "date": _iso(coming.expected)} if coming else None
		),
		"forecast_end_date": _iso(figures.forecast_end_date),
		"baseline_end_date": _iso(project.baseline_end_date),
		"spi": figures.spi,
		# Cost performance needs cost entries, which the records of this version do not have yet.
		"cpi": None,
		"as_of": cstr(figures.as_of)[:19],
	}


def sentences(health: health_rules.Health, lang: str | None = None) -> list[str]:
	"""Return the reasons of a health as sentences in a language (the session's when not given)."""
	return [_sentence(reason, lang or frappe.local.lang) for reason in health.reasons]


def show_on_opportunity(project: Any, figures: Figures) -> None:
	"""Write what an opportunity shows of its project, without touching its own modification time."""
	if not project.opportunity:
		return
	values = figures.project_values()
	frappe.db.set_value(
		"SPM Opportunity",
		project.opportunity,
		{
			"project_status": project.status,
			"project_percent_complete": values["percent_complete"],
			"project_health": values["health"],
			"next_milestone": values["next_milestone"],
			"next_milestone_date": values["next_milestone_date"],
			"project_forecast_end_date": values["forecast_end_date"],
		},
		update_modified=False,
	)


def refresh_customers(customers: list[str] | None = None) -> None:
	"""Count the projects of these customers (all when None) and write what the customers show of them.

	One statement for any number: how many run, how many will end late, and their mean progress.
	"""
	if customers is not None and not (customers := [c for c in customers if c]):
		return
	projects, table = DocType("SPM Project"), DocType("SPM Customer")
	promised = Coalesce(projects.baseline_end_date, projects.planned_end_date)
	totals = (
		frappe.qb.from_(projects)
		.select(
			projects.customer,
			Count("*").as_("active"),
			Sum(Case().when(projects.forecast_end_date > promised, 1).else_(0)).as_("late"),
			Round(Avg(projects.percent_complete), 2).as_("complete"),
		)
		.where(projects.status.isin(ACTIVE))
		.groupby(projects.customer)
	)
	if customers is not None:
		totals = totals.where(projects.customer.isin(customers))
	totals = totals.as_("totals")
	query = (
		frappe.qb.update(table)
		.left_join(totals)
		.on(totals.customer == table.name)
		.set(table.active_projects, Coalesce(totals.active, 0))
		.set(table.late_projects, Coalesce(totals.late, 0))
		.set(table.projects_percent_complete, Coalesce(totals.complete, 0))
	)
	if customers is not None:
		query = query.where(table.name.isin(customers))
	query.run()
	if customers is None:
		frappe.clear_document_cache("SPM Customer")
	for name in customers or ():
		frappe.clear_document_cache("SPM Customer", name)


def recompute(project: str | None = None) -> int:
	"""Compute the derived numbers from nothing, for one project or for all; returns how many there were.

	Nothing stored is used, so the result shows whether the running totals are right.
	"""
	names = [project] if project else frappe.get_all("SPM Project", pluck="name", order_by="name")
	for name in names:
		roll_up(name, customers=bool(project))
	if not project:
		refresh_customers()
	return len(names)


def refresh_dated_figures() -> None:
	"""Daily job: a new day makes milestones late and plans due without anybody saving anything."""
	names = frappe.get_all(
		"SPM Project", filters={"status": ["in", ACTIVE]}, pluck="name", order_by="customer, name"
	)
	for number, name in enumerate(names, 1):
		frappe.db.savepoint("dated_figures")
		try:
			roll_up(name)
		except Exception:
			frappe.db.rollback(save_point="dated_figures")
			frappe.log_error(title="Daily figures of a project", reference_doctype="SPM Project", reference_name=name)
		if number % 50 == 0:
			# Long batch: locks of finished projects are given back.
			frappe.db.commit()  # nosemgrep


def site_language() -> str:
	"""Return the language in which texts are stored that a list or report shows as they are."""
	return frappe.get_system_settings("language") or "en"


def thresholds() -> health_rules.Thresholds:
	"""Return when amber and red begin, from the settings."""
	settings = frappe.get_cached_doc("SPM Settings")
	default = health_rules.Thresholds()
	return health_rules.Thresholds(
		spi_amber=flt(settings.spi_amber) or default.spi_amber,
		spi_red=flt(settings.spi_red) or default.spi_red,
		late_amber_days=_or_default(settings.late_amber_days, default.late_amber_days),
		late_red_days=_or_default(settings.late_red_days, default.late_red_days),
	)


def _or_default(value: Any, default: int) -> int:
	return default if value in (None, "") else cint(value)


def _facts(project: str, locking: bool = False) -> tuple[list[frappe._dict], list[frappe._dict]]:
	"""Read milestones and tasks of a project in one statement.

	A locking read sees what others committed since this transaction began; without it, the total of the
	second of two savers would miss the first one's change.
	"""
	m, t = DocType("SPM Milestone"), DocType("SPM Task")
	nothing = NullValue()
	milestones = (
		frappe.qb.from_(m)
		.select(
			ValueWrapper("milestone").as_("kind"),
			m.name,
			m.title,
			m.status,
			m.weight,
			m.progress,
			m.sequence,
			m.planned_date,
			m.baseline_date,
			m.forecast_date,
			m.actual_date,
			nothing.as_("milestone"),
		)
		.where(m.project == project)
	)
	tasks = (
		frappe.qb.from_(t)
		.select(
			ValueWrapper("task").as_("kind"),
			t.name,
			nothing,
			t.status,
			t.weight,
			t.progress,
			ValueWrapper(0),
			t.planned_start_date,
			t.planned_end_date,
			nothing,
			nothing,
			t.milestone,
		)
		.where(t.project == project)
	)
	if locking:
		milestones, tasks = milestones.for_update(), tasks.for_update()
	# Each half keeps its own lock clause only inside brackets.
	milestones.wrap_set_operation_queries = True
	rows = milestones.union_all(tasks).run(as_dict=True)
	found = sorted((r for r in rows if r.kind == "milestone"), key=lambda r: (r.sequence or 0, r.name))
	return found, [
		frappe._dict(r, planned_start_date=r.planned_date, planned_end_date=r.baseline_date)
		for r in rows
		if r.kind == "task"
	]


def _write_milestone_progress(milestones: list[frappe._dict], figures: Figures) -> None:
	changed = {
		m.name: figures.milestone_progress[m.name]
		for m in milestones
		if flt(m.progress, 2) != figures.milestone_progress[m.name]
	}
	if not changed:
		return
	table = DocType("SPM Milestone")
	value = Case()
	for name, percent in changed.items():
		value = value.when(table.name == name, percent)
	(
		frappe.qb.update(table)
		.set(table.progress, value.else_(table.progress))
		.where(table.name.isin(list(changed)))
		.run()
	)
	for name in changed:
		frappe.clear_document_cache("SPM Milestone", name)


def _health(
	project: Any, milestones: list[frappe._dict], spi: float | None, forecast: date | None, today: date
) -> health_rules.Health:
	late = [
		(m.title, schedule.days_late(_date(m.baseline_date), _date(m.planned_date), today))
		for m in milestones
		if m.status not in MILESTONE_DONE
	]
	promised = _date(project.baseline_end_date) or _date(project.planned_end_date)
	return health_rules.project_health(
		# Once delivered there is no work left to be behind with.
		None if project.status in FINISHED else spi,
		late,
		thresholds(),
		end_late_days=(forecast - promised).days if forecast and promised else 0,
		override=project.health_override or "",
		override_reason=project.health_override_reason or "",
		has_begun=project.status not in NOT_BEGUN,
	)


def _next_milestone(milestones: list[frappe._dict]) -> frappe._dict | None:
	coming = [
		frappe._dict(m, expected=_date(m.forecast_date) or _date(m.planned_date))
		for m in milestones
		if m.status not in MILESTONE_DONE
	]
	coming.sort(key=lambda m: (m.expected or date.max, m.sequence or 0, m.name))
	return coming[0] if coming else None


def _sentence(reason: health_rules.Reason, lang: str) -> str:
	if reason.code == health_rules.SPI_LOW:
		return _("The project has done {0} % of what the plan wants by today.", lang).format(
			round(reason.values[0] * 100)
		)
	if reason.code == health_rules.MILESTONE_LATE:
		title, days = reason.values
		if days == 1:
			return _("Milestone {0} is one day late.", lang).format(title)
		return _("Milestone {0} is {1} days late.", lang).format(title, days)
	if reason.code == health_rules.END_LATE:
		return _("The project is expected to end {0} days later than promised.", lang).format(reason.values[0])
	return _("Set by hand: {0}", lang).format(reason.values[0] or _("no reason given", lang))


def _task_facts(row: frappe._dict) -> TaskFacts:
	return TaskFacts(
		status=row.status or "Open",
		progress=flt(row.progress),
		weight=flt(row.weight),
		milestone=row.milestone,
		start=_date(row.planned_start_date),
		end=_date(row.planned_end_date),
	)


def _milestone_facts(row: frappe._dict) -> MilestoneFacts:
	return MilestoneFacts(
		name=row.name,
		status=row.status or "Planned",
		weight=flt(row.weight),
		planned=_date(row.planned_date),
		baseline=_date(row.baseline_date),
	)


def _date(value: Any) -> date | None:
	# UNION columns may come back as text, and documents carry text until they are reloaded.
	return getdate(value) if value else None


def _iso(value: Any) -> str | None:
	return cstr(value)[:10] if value else None
