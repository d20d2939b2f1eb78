"""The flagship of the demo company: one large project with all that a project manager looks at.

Other stories (hours, cost, risks, changes) go on from here: `find()` gives the project.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, getdate, today

from sales_crm_pm.loop import initiation, transitions
from sales_crm_pm.loop import opportunity as deal
from sales_crm_pm.setup.demo import data
from sales_crm_pm.setup.demo import flagship_data as plan
from sales_crm_pm.setup.demo.people import acting, login

TEMPLATE = f"{data.MARK}银行核心系统 · Bank core system"


def find() -> str | None:
	"""Name of the flagship project, None without demo data."""
	return frappe.db.get_value("SPM Project", {"project_name": data.FLAGSHIP})


def tell(story: Any) -> None:
	"""Win the deal, start, approve and run the project up to today.

	:param story: the Story being told
	"""
	with acting("pm.zh"):
		template = _template()
	opportunity = _win(story)
	with acting("sales.zh"):
		project, _created = initiation.initiate(
			opportunity,
			template,
			login("pm.zh"),
			add_days(today(), -plan.STARTED_DAYS_AGO),
			"Large Deal",
			{role: login(person) for role, _raci, _share, person in plan.ROLES},
		)
	_charter(project)
	_approve(project)
	_run(project)


def remove() -> None:
	"""Take the template away again; the project goes with its customer."""
	for field in frappe.get_meta("SPM Project Template").get_table_fields():
		frappe.db.delete(field.options, {"parenttype": "SPM Project Template", "parent": TEMPLATE})
	for trace, doctype_field, name_field in (
		("Comment", "reference_doctype", "reference_name"),
		("Version", "ref_doctype", "docname"),
	):
		frappe.db.delete(trace, {doctype_field: "SPM Project Template", name_field: TEMPLATE})
	frappe.db.delete("SPM Project Template", {"name": TEMPLATE})


def _template() -> str:
	return (
		frappe.get_doc(
			{
				"doctype": "SPM Project Template",
				"template_name": TEMPLATE,
				"description": "六个阶段、八个里程碑 · Six phases, eight milestones",
				"completion_method": "Milestone Weight",
				"in_working_days": 1,
				"phases": [
					{"phase_name": phase}
					for phase in (plan.INIT, plan.DESIGN, plan.BUILD, plan.TEST, plan.LIVE, plan.RUN)
				],
				"roles": [
					{
						"project_role": role,
						"raci": raci,
						"allocation_percent": share,
						"is_manager": int(role == plan.PM),
					}
					for role, raci, share, _person in plan.ROLES
				],
				"milestones": [_milestone(*row) for row in plan.MILESTONES],
				"tasks": [_task(*row) for row in plan.TASKS],
				"estimate": [
					{
						"kind": kind,
						"description": text,
						"project_role": role if role and frappe.db.exists("SPM Project Role", role) else None,
						"hours": hours,
						"rate": rate,
						"quantity": quantity,
						"unit_cost": unit,
						"percent": percent,
					}
					for kind, text, role, hours, rate, quantity, unit, percent in plan.ESTIMATE
				],
			}
		)
		.insert()
		.name
	)


def _milestone(title, phase, day, weight, kind, role, criteria, deliverables, visible, acceptance) -> dict:
	return {
		"title": title,
		"phase": phase,
		"offset_days": day,
		"weight": weight,
		"milestone_type": kind,
		"project_role": role,
		"criteria": criteria,
		"deliverables": deliverables,
		"visible_to_customer": visible,
		"acceptance_required": acceptance,
		"survey_on_accept": 0,
	}


def _task(subject, milestone, phase, start, days, hours, after, role, parent, visible, checklist) -> dict:
	return {
		"subject": subject,
		"milestone_title": milestone,
		"phase": phase,
		"start_offset_days": start,
		"duration_days": days,
		"estimate_hours": hours,
		"weight": max(1, round(hours / 40)),
		"depends_on": after,
		"project_role": role,
		"parent_row": parent,
		"visible_to_customer": visible,
		"checklist": checklist,
	}


def _win(story: Any) -> str:
	won_on = add_days(today(), -plan.WON_DAYS_AGO)
	with acting("sales.zh"):
		doc = story._new_deal(
			plan.CUSTOMER,
			data.FLAGSHIP,
			plan.PRICE,
			plan.WON_DAYS_AGO + 120,
			"sales.zh",
			expected_close_date=won_on,
			scope=plan.SCOPE,
			out_of_scope=plan.OUT_OF_SCOPE,
			requirement="<p>替换运行 14 年的信贷系统。<br>Replace a credit system that is 14 years old.</p>",
			contract_no=f"{data.MARK}{getdate(won_on).year}-HX-CORE",
			contract_signed_date=won_on,
			products=[
				{"product": "Project Suite", "qty": 1, "rate": 3_800_000},
				{"product": "Implementation Day", "qty": 1_000, "rate": 3_000},
			],
		)
		doc = story._walk(doc, "Negotiation")
		for row in doc.checklist:
			row.is_done = 1
		deal.win(doc, won_on)
	return doc.name


def _charter(project: str) -> None:
	with acting("pm.zh"):
		doc = frappe.get_doc("SPM Project", project)
		doc.update(
			{
				"priority": "High",
				"goals": plan.GOALS,
				"acceptance_criteria": plan.CRITERIA,
				"handoff_notes": plan.HANDOFF,
				"sponsor": "张伟(华信银行信息科技部)· Helen Zhou",
				"kick_off_date": add_days(today(), -plan.STARTED_DAYS_AGO + 5),
				"target_date": doc.planned_end_date,
				"target_csat": 90,
				"target_margin": 30,
				# The past is told in one go today: the plan must not move because of that.
				"auto_schedule": 0,
			}
		)
		doc.append(
			"team", {"user": login("pm"), "project_role": "Quality Assurance", "raci": "Consulted", "allocation_percent": 5}
		)
		doc.append(
			"team", {"user": login("sales.zh"), "project_role": "Account Manager", "raci": "Informed", "allocation_percent": 5}
		)
		doc.save()


def _approve(project: str) -> None:
	started = add_days(today(), -plan.STARTED_DAYS_AGO)
	with acting("pm.zh"):
		transitions.move(frappe.get_doc("SPM Project", project), "Pending Approval")
	with acting("executive"):
		transitions.move(frappe.get_doc("SPM Project", project), "Approved")
	with acting("pm.zh"):
		transitions.move(frappe.get_doc("SPM Project", project), "In Progress")
	frappe.db.set_value(
		"SPM Project",
		project,
		{
			"actual_start_date": started,
			"submitted_on": add_days(started, -3),
			"approved_on": add_days(started, -2),
		},
		update_modified=False,
	)


def _run(project: str) -> None:
	"""Three milestones accepted, the third late because of the customer; the fourth under way and expected late."""
	titles = [row[0] for row in plan.MILESTONES]
	names = dict(frappe.get_all("SPM Milestone", {"project": project}, ["title", "name"], as_list=True))
	for title, late, reason in ((titles[0], 0, None), (titles[1], 0, None), (titles[2], 5, "Customer")):
		_accept(names[title], late, reason)
	with acting("engineer.zh"):
		_work(project, "客户与额度模块", "Completed", 100, -6)
		_work(project, "开发环境与流水线", "Completed", 100, -50)
		_work(project, "合同与放款模块", "Working", 70, None)
		_work(project, "与核心账务接口", "Working", 60, None)
	with acting("tester"):
		_work(project, "测试方案与 612", "Working", 45, None)
	with acting("pm.zh"):
		doc = frappe.get_doc("SPM Milestone", names[titles[3]])
		doc.forecast_date = add_days(doc.planned_date, 6)
		doc.delay_reason = "Resource"
		doc.delay_note = "账务接口联调环境晚到一周 · The ledger's test environment came a week late"
		doc.save()
		transitions.move(frappe.get_doc("SPM Milestone", names[titles[3]]), "In Progress")
	frappe.db.set_value(
		"SPM Project", project, {"phase": plan.BUILD, "auto_schedule": 1}, update_modified=False
	)


def _accept(milestone: str, late: int, reason: str | None) -> None:
	with acting("pm.zh"):
		doc = frappe.get_doc("SPM Milestone", milestone)
		day = getdate(add_days(doc.planned_date, late))
		rows = frappe.get_all("SPM Task", {"milestone": milestone}, ["name", "planned_end_date"], order_by="planned_end_date")
		for row in rows:
			task = frappe.get_doc("SPM Task", row.name)
			for item in task.checklist:
				item.is_done = 1
			task.status, task.actual_start_date = "Completed", task.planned_start_date
			task.save()
			frappe.db.set_value(
				"SPM Task",
				row.name,
				{"completed_on": f"{row.planned_end_date} 17:30:00"},
				update_modified=False,
			)
		doc.reload()
		for item in doc.criteria:
			item.is_met = 1
		for item in doc.deliverables:
			item.is_delivered, item.version = 1, "1.0"
		if reason:
			doc.delay_reason = reason
			doc.delay_note = "客户评审委员会改期 · The customer's board met a week later"
		doc.save()
		doc = transitions.move(doc, "Submitted")
		transitions.move(doc, "Accepted", {"actual_date": day})
	frappe.db.set_value(
		"SPM Milestone",
		milestone,
		{"submitted_on": f"{add_days(day, -2)} 16:00:00", "accepted_on": f"{day} 15:20:00"},
		update_modified=False,
	)


def _work(project: str, subject: str, status: str, progress: float, ended: int | None) -> None:
	name = frappe.db.get_value("SPM Task", {"project": project, "subject": ["like", f"{subject}%"]})
	task = frappe.get_doc("SPM Task", name)
	task.status, task.progress = status, progress
	task.actual_start_date = min(getdate(task.planned_start_date), getdate())
	task.save()
	if ended is not None:
		frappe.db.set_value(
			"SPM Task", name, "completed_on", f"{add_days(today(), ended)} 17:00:00", update_modified=False
		)
