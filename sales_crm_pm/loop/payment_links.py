"""What milestones and projects do to the payments that wait for them."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce
from frappe.utils import cstr, flt
from pypika import Case

from sales_crm_pm.exceptions import PaymentPlanError
from sales_crm_pm.loop.payments import refresh

# Milestones that come later
# ------------------


def link_milestones(contracts: list[str]) -> None:
	"""Tie payments that wait for a milestone of a title to the milestone, once a project of the contract has it."""
	p, link, m = DocType("SPM Payment"), DocType("SPM Contract Project"), DocType("SPM Milestone")
	waiting = (
		frappe.qb.from_(p)
		.select(p.name, p.contract, p.project, p.milestone_title)
		.where(p.contract.isin(contracts) & (p.trigger_type == "Milestone"))
		.where(Coalesce(p.milestone, "") == "")
		.run(as_dict=True)
	)
	if not waiting:
		return
	milestones = (
		frappe.qb.from_(m)
		.inner_join(link)
		.on((link.project == m.project) & (link.parenttype == "SPM Contract"))
		.select(link.parent.as_("contract"), m.project, m.name, m.title)
		.where(link.parent.isin(contracts) & (m.status != "Cancelled"))
		.orderby(link.idx)
		.orderby(m.sequence)
		.run(as_dict=True)
	)
	found: dict[str, frappe._dict] = {}
	for row in waiting:
		for m_row in milestones:
			fits = m_row.contract == row.contract and row.project in (None, "", m_row.project)
			if fits and _same_words(m_row.title, row.milestone_title):
				found[row.name] = m_row
				break
	if not found:
		return
	milestone, project = Case(), Case()
	for name, m_row in found.items():
		milestone = milestone.when(p.name == name, m_row.name)
		project = project.when(p.name == name, m_row.project)
	(
		frappe.qb.update(p)
		.set(p.milestone, milestone)
		.set(p.project, project)
		.where(p.name.isin(list(found)))
		.run()
	)


def _same_words(one: str | None, other: str | None) -> bool:
	return " ".join((one or "").split()).casefold() == " ".join((other or "").split()).casefold()


# Milestones and projects move their payments
# ------------------

MILESTONE_FIELDS = ("status", "planned_date", "forecast_date", "actual_date", "accepted_on", "project")


def follow_milestone(milestone: Any) -> None:
	"""Make the payments of a milestone due, or not due any more, in the transaction that moves it.

	:param milestone: SPM Milestone that was just saved; one statement when no payment waits for it
	"""
	before = milestone.get_doc_before_save()
	if before is None:
		if contracts := _contracts_naming(milestone.project):
			link_milestones(contracts)
			refresh(contracts)
		return
	if any(cstr(before.get(f)) != cstr(milestone.get(f)) for f in MILESTONE_FIELDS):
		if contracts := _contracts({"milestone": milestone.name}):
			if before.project != milestone.project:
				_set({"milestone": milestone.name}, {"project": milestone.project})
			refresh(contracts, [before.project, milestone.project])


def follow_forecasts(milestones: list[str], project: str) -> None:
	"""Move the due dates of payments that wait for milestones whose forecast has moved.

	:param milestones: names of milestones that were written by a set-based statement
	"""
	if milestones and (contracts := _contracts({"milestone": ["in", milestones]})):
		refresh(contracts, [project])


def release_milestone(milestone: Any) -> None:
	"""Let go of a milestone that is deleted: its payments wait for it as an event, until somebody plans anew.

	:raises PaymentPlanError: a payment was invoiced or paid because of it
	"""
	if contracts := _let_go("milestone", milestone.name, milestone.title):
		milestone.flags.paid_by = contracts


def follow_project(project: Any) -> None:
	"""Hold back the payments of a project that was cancelled, or demand them again."""
	before = project.get_doc_before_save()
	if before and (before.status == "Cancelled") != (project.status == "Cancelled"):
		if contracts := _contracts({"project": project.name}):
			refresh(contracts)


def release_project(project: Any) -> None:
	"""Let go of a project that is deleted: contracts keep their payments, without it.

	:raises PaymentPlanError: a payment of this project is invoiced or paid
	"""
	contracts = _let_go("project", project.name, project.project_name)
	link = DocType("SPM Contract Project")
	named = frappe.get_all(
		"SPM Contract Project", {"project": project.name, "parenttype": "SPM Contract"}, pluck="parent"
	)
	if named:
		frappe.qb.from_(link).delete().where(link.project == project.name).run()
	project.flags.paid_by = sorted({*contracts, *named})


def _let_go(fieldname: str, name: str, title: str) -> list[str]:
	rows = frappe.get_all(
		"SPM Payment",
		filters={fieldname: name},
		fields=["name", "title", "contract", "invoiced_on", "received", "milestone", "due_date", "status"],
	)
	settled = [r for r in rows if r.invoiced_on or flt(r.received)]
	if settled:
		frappe.throw(
			_(
				"{0} cannot be deleted: the payment {1} is invoiced or paid because of it. Cancel it instead, or plan that payment anew on the contract first."
			).format(frappe.bold(title), frappe.bold(settled[0].title)),
			title=_("Settled Payment"),
			exc=PaymentPlanError,
		)
	waiting = [r.name for r in rows if r.milestone]
	if waiting:
		_set(
			{"name": ["in", waiting]},
			{"trigger_type": "Event", "event_name": title[:140], "milestone": None},
		)
	if fieldname == "project" and rows:
		_set({"name": ["in", [r.name for r in rows]]}, {"project": None})
	return sorted({r.contract for r in rows})


def _set(filters: dict, values: dict) -> None:
	frappe.db.set_value("SPM Payment", filters, values)


def _contracts(filters: dict) -> list[str]:
	return sorted(set(frappe.get_all("SPM Payment", filters=filters, pluck="contract")))


def _contracts_naming(project: str) -> list[str]:
	return sorted(
		set(
			frappe.get_all(
				"SPM Contract Project", {"project": project, "parenttype": "SPM Contract"}, pluck="parent"
			)
		)
	)
