"""What the portal shows: only what the visibility settings share, in words a customer uses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import frappe
from frappe import _
from frappe.utils import cstr, flt, get_datetime, getdate, global_date_format, strip_html

from sales_crm_pm.portal import access, changes, risks
from sales_crm_pm.portal.payments import payments

DONE = ("Accepted", "Cancelled")


def projects() -> list[dict[str, Any]]:
	"""Return the projects of the session's portal user, running ones first."""
	customers = access.customers_of()
	if not customers:
		return []
	# The portal role has no rights on records; what it sees is decided by `customers_of`.
	rows = frappe.get_all(
		"SPM Project",
		filters={"customer": ["in", customers], "status": ["in", access.SHOWN]},
		fields=["name", "project_name", "customer_name", "status", "percent_complete", "as_of"],
		order_by="modified desc",
	)
	milestones = _milestones([row.name for row in rows])
	waiting = changes.waiting([row.name for row in rows])
	shown = []
	for row in rows:
		own = [m for m in milestones if m.project == row.name]
		shown.append(
			{
				"project": row.name,
				"title": row.project_name,
				"customer": row.customer_name,
				"status": row.status,
				"percent_complete": flt(row.percent_complete, 1),
				"next_milestone": _next(own),
				"waiting_for_you": sum(m.status == "Submitted" for m in own) + waiting.get(row.name, 0),
				"as_of": cstr(row.as_of)[:19],
			}
		)
	return sorted(shown, key=lambda p: (p["status"] in ("Accepted", "Closed"), -p["waiting_for_you"]))


def project(name: str) -> dict[str, Any]:
	"""Return one project as its customer sees it.

	Raises DoesNotExistError unless it belongs to the user's customer (or is readable to our own staff,
	who see the customer's page as a preview).
	"""
	doc, is_preview = access.open_project(name)
	settings = frappe.get_cached_doc("SPM Settings")
	milestones = _milestones([doc.name])
	view = {
		"project": doc.name,
		"title": doc.project_name,
		"customer": doc.customer_name,
		"status": doc.status,
		"percent_complete": flt(doc.percent_complete, 1),
		"phase": doc.phase,
		"scope": doc.scope,
		"acceptance_criteria": doc.acceptance_criteria,
		"next_milestone": _next(milestones),
		"milestones": [_milestone(m, settings) for m in milestones],
		"waiting_for_you": [_milestone(m, settings) for m in milestones if m.status == "Submitted"],
		"can_accept": bool(settings.portal_allow_acceptance) and not is_preview,
		"is_preview": is_preview,
		"changes": _changes(milestones),
		"risks": risks.shared(doc.name),
		"change_requests": changes.changes(doc.name),
		"can_change": bool(settings.portal_allow_changes) and not is_preview,
		"as_of": cstr(doc.as_of)[:19],
	}
	if settings.portal_show_dates:
		view["start_date"] = _iso(doc.actual_start_date or doc.planned_start_date)
		view["end_date"] = _iso(doc.actual_end_date or doc.forecast_end_date or doc.planned_end_date)
	if settings.portal_show_deliverables:
		view["files"] = _files(milestones)
	if settings.portal_show_team:
		view["team"] = _team(doc)
	if settings.portal_show_price:
		view["price"], view["currency"] = flt(doc.price) + flt(doc.approved_changes), doc.currency
	if settings.portal_show_payments:
		view["payments"] = payments(doc.name, settings)
	return view


def deliverable_file(project_name: str, row: str) -> Any:
	"""Return the File behind a deliverable that is shared on the portal.

	Raises DoesNotExistError when the row is not shared with this user.
	"""
	doc, _is_preview = access.open_project(project_name)
	shared = frappe.get_cached_doc("SPM Settings").portal_show_deliverables
	url = None
	if shared:
		names = [m.name for m in _milestones([doc.name])]
		url = frappe.db.get_value(
			"SPM Milestone Deliverable", {"name": row, "parent": ["in", names or [""]]}, "file"
		)
	file = url and frappe.db.get_value("File", {"file_url": url}, "name")
	if not file:
		raise frappe.DoesNotExistError(_("There is no such file, or it is not shared with you."))
	return frappe.get_doc("File", file)


def relative_day(day: str | date | None) -> str:
	"""Return a day as people say it when it is near ("in 3 days"), otherwise nothing."""
	if not day:
		return ""
	days = (getdate(day) - getdate()).days
	if days == 0:
		return _("today")
	if days == 1:
		return _("tomorrow")
	if days == -1:
		return _("yesterday")
	if 0 < days <= 30:
		return _("in {0} days").format(days)
	if -30 <= days < 0:
		return _("{0} days ago").format(-days)
	return ""


def _milestones(projects_shown: list[str]) -> list[frappe._dict]:
	if not projects_shown:
		return []
	return frappe.get_all(
		"SPM Milestone",
		filters={"project": ["in", projects_shown], "visible_to_customer": 1, "status": ["!=", "Cancelled"]},
		fields=[
			"name",
			"project",
			"title",
			"status",
			"progress",
			"planned_date",
			"baseline_date",
			"forecast_date",
			"actual_date",
			"delay_reason",
			"acceptance_required",
			"acceptance_criteria",
			"submitted_on",
			"accepted_on",
			"rejection_reason",
			"modified",
			"sequence",
		],
		order_by="sequence, planned_date, name",
	)


def _milestone(row: frappe._dict, settings: Any) -> dict[str, Any]:
	shown = {
		"milestone": row.name,
		"title": row.title,
		"status": row.status,
		"progress": flt(row.progress, 1),
		"acceptance_criteria": row.acceptance_criteria,
		"accepted_on": _iso(row.accepted_on),
	}
	if settings.portal_show_dates:
		promised = row.baseline_date or row.planned_date
		expected = row.actual_date or row.forecast_date or row.planned_date
		shown["date"] = _iso(expected)
		shown["moved_from"] = _iso(promised) if promised != expected and not row.actual_date else None
		shown["delay_reason"] = row.delay_reason if shown["moved_from"] else None
	return shown


def _next(milestones: list[frappe._dict]) -> dict[str, Any] | None:
	coming = [m for m in milestones if m.status not in DONE]
	if not coming:
		return None
	first = min(
		coming, key=lambda m: (m.forecast_date or m.planned_date or date.max, m.sequence or 0, m.name)
	)
	settings = frappe.get_cached_doc("SPM Settings")
	day = _iso(first.forecast_date or first.planned_date) if settings.portal_show_dates else None
	return {"title": first.title, "date": day}


def _changes(milestones: list[frappe._dict], limit: int = 8) -> list[dict[str, str]]:
	events: list[tuple[datetime, str]] = []
	for m in milestones:
		if m.accepted_on:
			events.append((get_datetime(m.accepted_on), _("{0} was accepted.").format(m.title)))
		if m.submitted_on:
			events.append(
				(get_datetime(m.submitted_on), _("{0} was handed in for acceptance.").format(m.title))
			)
		if m.status == "Rejected":
			events.append(
				(
					get_datetime(m.modified),
					_("{0} goes back to the team: {1}").format(m.title, m.rejection_reason or ""),
				)
			)
		promised = m.baseline_date or m.planned_date
		if m.forecast_date and promised and m.forecast_date != promised and m.status not in DONE:
			reason = _(m.delay_reason) if m.delay_reason else _("no reason given")
			events.append(
				(
					get_datetime(m.modified),
					_("{0} is now expected on {1} (reason: {2}).").format(
						m.title, global_date_format(m.forecast_date), reason
					),
				)
			)
	events.sort(key=lambda e: e[0], reverse=True)
	return [{"on": str(on)[:19], "text": text} for on, text in events[:limit]]


def _files(milestones: list[frappe._dict]) -> list[dict[str, Any]]:
	titles = {m.name: m.title for m in milestones}
	if not titles:
		return []
	rows = frappe.get_all(
		"SPM Milestone Deliverable",
		filters={"parent": ["in", list(titles)], "parenttype": "SPM Milestone"},
		fields=["name", "parent", "deliverable", "file", "version", "is_delivered", "modified"],
		order_by="parent, idx",
	)
	return [
		{
			"row": row.name,
			"milestone": titles[row.parent],
			"deliverable": row.deliverable,
			"version": row.version,
			"is_delivered": bool(row.is_delivered or row.file),
			"has_file": bool(row.file),
			"on": _iso(row.modified),
		}
		for row in rows
	]


def _team(doc: Any) -> list[dict[str, str]]:
	rows = [(doc.project_manager, _("Project Manager"))] if doc.project_manager else []
	rows += [(row.user, row.project_role or "") for row in doc.team if row.user != doc.project_manager]
	names = dict(
		frappe.get_all(
			"User",
			filters={"name": ["in", [user for user, _role in rows]]},
			fields=["name", "full_name"],
			as_list=True,
		)
	)
	return [
		{"name": names.get(user) or "", "role": _(strip_html(role))} for user, role in rows if names.get(user)
	]


def _iso(value: Any) -> str | None:
	return cstr(value)[:10] if value else None
