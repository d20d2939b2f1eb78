"""A change request and the plan: what its lines mean for the scheduler, the two plans side by side, writing one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import frappe
from frappe.utils import cint, flt, getdate

from sales_crm_pm.loop import baselines, estimate, scheduling
from sales_crm_pm.rules.change import Moved, promised
from sales_crm_pm.rules.money import rounded

MILESTONE_DONE = ("Accepted", "Cancelled")
MILESTONE_COLUMNS = ("name", "title", "status", "planned_date", "visible_to_customer")


@dataclass
class Outlook:
	"""Dates of a project with and without a change."""

	end_before: date | None = None
	end_after: date | None = None
	milestones: list[Moved] = field(default_factory=list)
	tasks: list[Moved] = field(default_factory=list)
	conflicts: list[str] = field(default_factory=list)
	"""Constraints of tasks that the change leaves no room for, in words."""

	@property
	def days(self) -> int:
		"""Calendar days the end moves."""
		if not self.end_before or not self.end_after:
			return 0
		return (self.end_after - self.end_before).days


# Reading
# ------------------


def outlook(doc: Any) -> Outlook:
	"""The plan as it is and as it would be with the lines of a change request; nothing is written.

	:raises SPMError: the lines make no plan (tasks would wait for each other, a task is unknown)
	"""
	network = scheduling.load(doc.project)
	standing = scheduling.compute(doc.project, network=network)
	changed = scheduling.compute(doc.project, changes_of(doc, network), network=network)
	milestones = _milestones(doc, standing.milestone_dates(), changed.milestone_dates())
	planned_end = frappe.db.get_value("SPM Project", doc.project, "planned_end_date")
	before, after = _end(_day(planned_end), standing, changed, milestones)
	return Outlook(
		before,
		after,
		milestones,
		_tasks(changed),
		[c["message"] for c in changed.conflicts],
	)


def changes_of(doc: Any, network: Any) -> dict[str, Any]:
	"""The lines of a change request as the scheduler wants them."""
	changes: dict[str, Any] = {"add": [], "drop": []}
	links: dict[str, list[dict[str, Any]]] = {}
	for row in doc.lines:
		if row.kind == "Add Task":
			key = _key(row)
			changes["add"].append({"name": key, **_new_task(doc, row)})
			if row.successor and row.successor in network.tasks:
				links.setdefault(row.successor, _links_of(network, row.successor)).append(
					{"task": key, "link_type": "FS", "lag_days": 0}
				)
		elif row.kind == "Change Task" and row.task in network.tasks:
			changes.setdefault(row.task, {}).update(_changed_task(row))
		elif row.kind == "Drop Task" and row.task in network.tasks:
			changes["drop"].append(row.task)
	for name, depends_on in links.items():
		changes.setdefault(name, {})["depends_on"] = depends_on
	return changes


def _key(row: Any) -> str:
	return f"line-{row.idx}"


def _new_task(doc: Any, row: Any) -> dict[str, Any]:
	values = {
		"subject": row.subject,
		"duration_days": cint(row.days) or 1,
		"estimate_hours": flt(row.hours),
		"milestone": row.milestone or None,
		"assigned_to": row.assigned_to or None,
		"depends_on": [{"task": row.predecessor, "link_type": "FS", "lag_days": 0}]
		if row.predecessor
		else [],
	}
	if row.start_date or not row.predecessor:
		# What waits for nothing would otherwise begin with the project, in the past.
		values["planned_start_date"] = getdate(row.start_date) if row.start_date else getdate()
	return values


def _changed_task(row: Any) -> dict[str, Any]:
	values: dict[str, Any] = {}
	if cint(row.days):
		values["duration_days"] = cint(row.days)
	if flt(row.hours):
		values["estimate_hours"] = flt(row.hours)
	if row.start_date:
		values["planned_start_date"] = getdate(row.start_date)
	if row.assigned_to:
		values["assigned_to"] = row.assigned_to
	return values


def _links_of(network: Any, name: str) -> list[dict[str, Any]]:
	return [
		{"task": link.predecessor, "link_type": link.kind, "lag_days": link.lag}
		for link in network.links
		if link.successor == name
	]


def _tasks(changed: Any) -> list[Moved]:
	"""Tasks whose end moves, that are new, or that go; parts only, what they are parts of follows."""
	found = [
		Moved("task", row["task"], row["subject"], _day(row["old_end"]), _day(row["end"]))
		for row in changed.moved
		if not row["is_summary"]
	]
	known = {row.name for row in found}
	for name in changed.added:
		if name not in known:
			end = changed.plan.tasks[name].finish if name in changed.plan.tasks else None
			found.append(Moved("task", name, changed.network.tasks[name].subject, None, end))
	for name in changed.dropped:
		row = changed.network.tasks[name]
		found.append(Moved("task", name, row.subject, _day(row.planned_end_date), None))
	return found


def _milestones(doc: Any, old: dict[str, date], new: dict[str, date]) -> list[Moved]:
	"""Promised dates: one that a line moves goes where the line says, the others follow the work behind them."""
	chosen = {row.milestone: getdate(row.new_date) for row in doc.lines if row.kind == "Move Milestone"}
	rows = frappe.get_all(
		"SPM Milestone",
		filters={"project": doc.project, "status": ["!=", "Cancelled"]},
		fields=list(MILESTONE_COLUMNS),
		order_by="sequence, planned_date, name",
	)
	found = []
	for row in rows:
		before = after = _day(row.planned_date)
		if row.status not in MILESTONE_DONE:
			after = chosen.get(row.name) or promised(before, old.get(row.name), new.get(row.name))
		found.append(Moved("milestone", row.name, row.title, before, after, bool(row.visible_to_customer)))
	return found


def _end(
	planned: date | None, standing: Any, changed: Any, milestones: list[Moved]
) -> tuple[date | None, date | None]:
	"""The promised end of the project: its planned end, or its last milestone."""
	last_before = max((m.before for m in milestones if m.before), default=None)
	last_after = max((m.after for m in milestones if m.after), default=None)
	before = planned or last_before or standing.end
	after = promised(before, standing.end, changed.end)
	if last_before and last_after and before and after:
		if last_after > last_before:
			after = max(after, last_after)
		elif last_after < last_before == before and (not changed.end or changed.end <= last_after):
			after = min(after, last_after)
	return before, after


# Writing
# ------------------


def first_baseline(doc: Any) -> str | None:
	"""The baseline that the change starts from; one is taken when the project has none yet."""
	current = frappe.db.get_value("SPM Baseline", {"project": doc.project, "current": 1})
	return current or baselines.take(doc.project, doc.name, doc.title)


def carry_out(doc: Any, plan: Outlook) -> None:
	"""Write the plan with the change: tasks, links, and the promised dates of milestones.

	:param doc: locked request; its lines get the names of the tasks that were made
	:param plan: what was computed under the same lock
	"""
	network = scheduling.load(doc.project, locking=True)
	changes = changes_of(doc, network)
	added = [row for row in doc.lines if row.kind == "Add Task"]
	if added or any(changes.get("drop") or ()) or len(changes) > 2:
		_apply(doc, changes, added)
	for moved in plan.milestones:
		if moved.before != moved.after:
			milestone = frappe.get_doc("SPM Milestone", moved.name, for_update=True)
			milestone.planned_date = moved.after
			milestone.save(ignore_permissions=True)


def _apply(doc: Any, changes: dict[str, Any], added: list[Any]) -> None:
	for values in changes["add"]:
		# So that everybody sees what a task comes from.
		values["change_request"] = doc.name
	result = scheduling.apply(doc.project, changes, reason=f"{doc.name} {doc.title}", trusted=True)
	for row, name in zip(added, result["names"], strict=True):
		row.result_task = name
	touched = sorted({row.task for row in doc.lines if row.kind in ("Change Task", "Drop Task") and row.task})
	if touched:
		frappe.db.set_value(
			"SPM Task", {"name": ["in", touched]}, "change_request", doc.name, update_modified=False
		)


def new_baseline(doc: Any) -> str | None:
	"""The plan as it was agreed becomes the one that is measured against."""
	return baselines.take(doc.project, doc.name, doc.title, change_request=doc.name)


def add_estimate(doc: Any, project: Any) -> None:
	"""What the change costs joins the estimate of the project, or its budget while there is no estimate.

	The caller saves the project.
	"""
	rows = [row for row in doc.lines if flt(row.line_cost)]
	if not project.get("estimate"):
		project.budget_cost = rounded(flt(project.budget_cost) + sum(flt(row.line_cost) for row in rows))
		return
	for row in rows:
		project.append("estimate", estimate_line(doc, row))
	estimate.reckon(project)


def cost_impact(doc: Any) -> float:
	"""What the budget of the project changes by: the costs of the lines, with the estimate's contingency on them."""
	cost = sum(flt(row.line_cost) for row in doc.lines)
	if not cost:
		return 0.0
	percents = frappe.get_all(
		"SPM Estimate Line",
		filters={"parenttype": "SPM Project", "parent": doc.project, "kind": "Contingency"},
		pluck="percent",
	)
	return rounded(cost * (1 + sum(map(flt, percents)) / 100))


def estimate_line(doc: Any, row: Any) -> dict[str, Any]:
	"""One cost of a change as a line of the project's estimate."""
	return {
		# Labour is reckoned by hours and rate, contingency by percent; here a sum is given.
		"kind": row.category if row.category in ("Purchase", "Travel", "Subcontract") else "Other",
		"description": f"{row.subject} ({doc.name})"[:140],
		"quantity": 1,
		"unit_cost": flt(row.line_cost),
	}


def _day(value: Any) -> date | None:
	return getdate(value) if value else None
