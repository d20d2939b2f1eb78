"""The figures of projects on one day: read in one statement, computed by the rules, put into words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce
from frappe.utils import cint, cstr, flt, getdate, now_datetime
from pypika.terms import NullValue, ValueWrapper

from sales_crm_pm.loop import budget_alerts, value
from sales_crm_pm.loop.calendar import named as calendar_named
from sales_crm_pm.rules import health as health_rules
from sales_crm_pm.rules import progress as progress_rules
from sales_crm_pm.rules import schedule
from sales_crm_pm.rules.earned_value import EarnedValue, Plan
from sales_crm_pm.rules.progress import MilestoneFacts, TaskFacts

NOT_BEGUN = ("Draft", "Pending Approval", "Cancelled")
ACTIVE = ("Approved", "In Progress", "On Hold", "Delivered")
FINISHED = ("Delivered", "Accepted", "Closed")
MILESTONE_DONE = ("Accepted", "Cancelled")

PROJECT_COLUMNS = (
	"name",
	"project_name",
	"auto_schedule",
	"schedule_from",
	"calendar",
	"scheduled_end_date",
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
	"parent_project",
	"sub_projects",
	"project_manager",
	"budget_alert_level",
	"worst_risk_band",
	"calendar",
	*value.COLUMNS,
)


@dataclass
class Figures:
	"""What follows from the facts of one project on one day."""

	percent_complete: float = 0.0
	percent_planned: float = 0.0
	spi: float | None = None
	value: EarnedValue = field(default_factory=EarnedValue)
	project: Any = None
	"""The row or document these are the figures of."""
	alerts: list[frappe._dict] = field(default_factory=list)
	"""Levels of the budget that are reached."""
	health: health_rules.Health = field(default_factory=lambda: health_rules.Health(""))
	next_milestone: frappe._dict | None = None
	forecast_end_date: date | None = None
	milestone_progress: dict[str, float] = field(default_factory=dict)
	task_progress: dict[str, float] = field(default_factory=dict)
	"""Progress of the tasks that have parts."""
	open_tasks: dict[str, str] = field(default_factory=dict)
	"""Name and subject of the tasks that are not done, for who wants to say what is waited for."""
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
			**value.project_values(self.project, self.value),
		}


def facts(project: str, locking: bool = False) -> tuple[list[frappe._dict], list[frappe._dict]]:
	"""Read milestones and tasks of a project in one statement (see `facts_of`)."""
	return facts_of([project], locking)[project]


def facts_of(
	projects: list[str], locking: bool = False
) -> dict[str, tuple[list[frappe._dict], list[frappe._dict]]]:
	"""Read milestones, tasks and the rows of the current baselines of projects in one statement.

	A locking read sees what others committed since this transaction began; without it, the total of the
	second of two savers would miss the first one's change. Baselines never change, so they are not locked.
	"""
	m, t = DocType("SPM Milestone"), DocType("SPM Task")
	b, r = DocType("SPM Baseline"), DocType("SPM Baseline Row")
	nothing = NullValue()
	milestones = (
		frappe.qb.from_(m)
		.select(
			ValueWrapper("milestone").as_("kind"),
			m.project,
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
			nothing.as_("parent_task"),
		)
		.where(m.project.isin(projects))
	)
	tasks = (
		frappe.qb.from_(t)
		.select(
			ValueWrapper("task").as_("kind"),
			t.project,
			t.name,
			t.subject,
			t.status,
			t.weight,
			t.progress,
			ValueWrapper(0),
			t.planned_start_date,
			t.planned_end_date,
			nothing,
			nothing,
			t.milestone,
			t.parent_task,
		)
		# The work of the bid is told as phase 0; it is no progress of the delivery.
		.where(t.project.isin(projects) & (Coalesce(t.bid_task, 0) == 0))
	)
	promised = (
		frappe.qb.from_(b)
		.inner_join(r)
		.on(r.baseline == b.name)
		.select(
			ValueWrapper("baseline").as_("kind"),
			b.project,
			r.reference_name,
			nothing,
			nothing,
			nothing,
			nothing,
			ValueWrapper(0),
			r.start_date,
			r.end_date,
			nothing,
			nothing,
			nothing,
			nothing,
		)
		.where(b.project.isin(projects) & (b.current == 1))
	)
	if locking:
		milestones, tasks = milestones.for_update(), tasks.for_update()
	# Each part keeps its own lock clause only inside brackets.
	milestones.wrap_set_operation_queries = True
	rows = milestones.union_all(tasks).union_all(promised).run(as_dict=True)
	baseline = {row.name: row for row in rows if row.kind == "baseline"}
	found: dict[str, tuple[list[frappe._dict], list[frappe._dict]]] = {name: ([], []) for name in projects}
	for row in rows:
		kept = baseline.get(row.name)
		if row.kind == "milestone":
			row.promised_date = kept.baseline_date if kept else row.baseline_date
			found[row.project][0].append(row)
		elif row.kind == "task":
			row.planned_start_date, row.planned_end_date = (
				(kept.planned_date, kept.baseline_date) if kept else (row.planned_date, row.baseline_date)
			)
			found[row.project][1].append(row)
	for of_project in found.values():
		of_project[0].sort(key=lambda row: (row.sequence or 0, row.name))
	return found


def compute(
	project: Any, milestones: list[frappe._dict], tasks: list[frappe._dict], today: date | None = None
) -> Figures:
	"""Return the figures of a project (row or document) from the rows of its milestones and tasks."""
	today = today or getdate()
	all_tasks = [_task_facts(t) for t in tasks]
	task_facts = progress_rules.leaves(all_tasks)
	by_milestone: dict[str, list[TaskFacts]] = {}
	for task in task_facts:
		by_milestone.setdefault(task.milestone or "", []).append(task)
	weighed = [_milestone_facts(m) for m in milestones]
	own = {m.name: progress_rules.milestone_percent(m.status, by_milestone.get(m.name, ())) for m in weighed}

	method = project.completion_method or progress_rules.MILESTONE_WEIGHT
	complete = progress_rules.percent_complete(
		method, [(m, own[m.name]) for m in weighed], task_facts, flt(project.manual_percent_complete)
	)
	plan = plan_of(project, weighed, task_facts, today)
	has_begun = project.status not in NOT_BEGUN
	planned = progress_rules.percent_planned(plan, today)
	spi = progress_rules.schedule_performance(plan.earned_share(), plan.planned_share(today))
	earned = value.evaluate(project, plan, today, has_begun)
	alerts = budget_alerts.reached(earned, complete) if has_begun else []
	counting = [m for m in milestones if m.status != "Cancelled"]
	is_finished = project.status in FINISHED
	expected = [
		schedule.ExpectedEnd(
			_date(m.planned_date), _date(m.forecast_date), _date(m.actual_date), m.status == "Accepted"
		)
		for m in counting
	]
	if (scheduled := _date(project.get("scheduled_end_date"))) and not is_finished:
		# Work beyond the last milestone counts, too.
		expected.append(schedule.ExpectedEnd(scheduled, actual=scheduled, is_done=True))
	forecast = schedule.forecast_end(
		expected,
		_date(project.planned_end_date),
		today,
		is_finished,
	)
	return Figures(
		percent_complete=complete,
		percent_planned=planned,
		spi=spi,
		value=earned,
		project=project,
		alerts=alerts,
		health=_health(project, counting, spi, earned.cpi, alerts, forecast, today),
		next_milestone=_next_milestone(counting),
		forecast_end_date=forecast,
		milestone_progress=own,
		task_progress=progress_rules.summary_percents(all_tasks),
		open_tasks={t.name: t.title for t in tasks if t.status not in ("Completed", "Cancelled")},
		as_of=now_datetime(),
	)


def plan_and_figures(project: Any, today: date | None = None) -> tuple[Plan, EarnedValue]:
	"""Return the plan of a project and its earned value, computed for a day; one statement."""
	today = today or getdate()
	milestones, tasks = facts(project.name)
	work = progress_rules.leaves(_task_facts(t) for t in tasks)
	plan = plan_of(project, [_milestone_facts(m) for m in milestones], work, today)
	return plan, value.evaluate(project, plan, today, project.status not in NOT_BEGUN)


def plan_of(
	project: Any, milestones: list[MilestoneFacts], tasks: list[TaskFacts], today: date
) -> Plan:
	"""Lay out the work of a project over its working days."""
	return progress_rules.plan_of(
		project.completion_method or progress_rules.MILESTONE_WEIGHT,
		milestones,
		tasks,
		today,
		calendar_named(project.calendar),
		_date(project.planned_start_date),
		_date(project.planned_end_date),
		flt(project.manual_percent_complete),
		value.technique_of(project),
	)


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
		# What the work has cost is not for everybody who may know how it stands.
		"cpi": figures.value.cpi if value.may_see_cost() else None,
		"as_of": cstr(figures.as_of)[:19],
	}


def sentences(health: health_rules.Health, lang: str | None = None) -> list[str]:
	"""Return the reasons of a health as sentences in a language (the session's when not given)."""
	return [_sentence(reason, lang or frappe.local.lang) for reason in health.reasons]


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
		cpi_amber=flt(settings.cpi_amber) or default.cpi_amber,
		cpi_red=flt(settings.cpi_red) or default.cpi_red,
	)


def _or_default(value: Any, default: int) -> int:
	return default if value in (None, "") else cint(value)


def _health(
	project: Any,
	milestones: list[frappe._dict],
	spi: float | None,
	cpi: float | None,
	alerts: list[frappe._dict],
	forecast: date | None,
	today: date,
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
		cpi=cpi,
		budget_level=budget_alerts.worst_health(alerts),
		has_critical_risk=_has_critical_risk(project),
	)


def _has_critical_risk(project: Any) -> bool:
	"""Whether the worst open risk is of a critical band, and the settings want that to be seen."""
	if not project.worst_risk_band or not cint(frappe.get_cached_doc("SPM Settings").red_on_critical_risk):
		return False
	return bool(frappe.get_cached_value("SPM Risk Band", project.worst_risk_band, "is_critical"))


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
		return _("The project is expected to end {0} days later than promised.", lang).format(
			reason.values[0]
		)
	if reason.code == health_rules.COST_HIGH:
		return _("The work done so far has cost more than was planned for it.", lang)
	if reason.code == health_rules.BUDGET_USED:
		return _("More of the budget is used than was planned.", lang)
	if reason.code == health_rules.CRITICAL_RISK:
		return _("A critical risk is open.", lang)
	return _("Set by hand: {0}", lang).format(reason.values[0] or _("no reason given", lang))


def _task_facts(row: frappe._dict) -> TaskFacts:
	return TaskFacts(
		status=row.status or "Open",
		progress=flt(row.progress),
		weight=flt(row.weight),
		milestone=row.milestone,
		start=_date(row.planned_start_date),
		end=_date(row.planned_end_date),
		name=row.name,
		parent=row.parent_task,
	)


def _milestone_facts(row: frappe._dict) -> MilestoneFacts:
	return MilestoneFacts(
		name=row.name,
		status=row.status or "Planned",
		weight=flt(row.weight),
		planned=_date(row.planned_date),
		baseline=_date(row.promised_date),
	)


def _date(value: Any) -> date | None:
	# UNION columns may come back as text, and documents carry text until they are reloaded.
	return getdate(value) if value else None


def _iso(value: Any) -> str | None:
	return cstr(value)[:10] if value else None
