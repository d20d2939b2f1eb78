"""Initiation (立项): a won opportunity becomes one project, however often and by how many it is asked."""

from __future__ import annotations

from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce
from frappe.utils import cint, getdate
from pypika import Case

from sales_crm_pm.exceptions import NotWonError, SPMError
from sales_crm_pm.loop import allocation, bulk, contract, estimate, risk_register, scheduling, transitions
from sales_crm_pm.loop.figures import site_language
from sales_crm_pm.loop.template_plan import Plan, roles_of
from sales_crm_pm.rules.dependencies import as_list, parse_links

MAY_INITIATE = frozenset({"SPM Sales Manager", "SPM Project Manager", "System Manager"})
MAY_MANAGE = frozenset({"SPM Project Manager", "System Manager"})
PRE_SALES = "Pre-sales"
OF_THE_BID = (
	"tender_no",
	"bid_bond_amount",
	"bid_bond_issuer",
	"bid_bond_expiry_date",
	"bid_bond_returned_date",
)
"""Fields of a bid that the project carries on under the same names."""


def initiate(
	opportunity: str,
	template: str | None = None,
	project_manager: str | None = None,
	start_date: date | str | None = None,
	project_type: str | None = None,
	people: dict[str, str] | None = None,
) -> tuple[str, bool]:
	"""Make the project of a won opportunity, or return the one it has.

	The opportunity's row is locked first, so that twenty simultaneous calls make one project: the others
	wait and then find it. Nothing is typed twice: customer, contacts, price, contract, scope, open
	pre-sales tasks and attachments come along.

	Args:
	        opportunity: name of the won opportunity.
	        template: name of a project template; by default the one of the project type, then the
	            pipeline's, then the one of the settings.
	        project_manager: user; by default the settings' one, then the caller if a project manager.
	        start_date: first day of the plan, today by default.
	        project_type: type of the project; by default the template's.
	        people: user per role of the template; roles left out are given out later.

	Returns (name of the project, whether it was made now). Raises PermissionError for who may not start
	projects, NotWonError before the win, SPMError when nobody is named to manage it.
	"""
	deal = _locked_opportunity(opportunity)
	if deal.project:
		return deal.project, False
	_check_may_initiate(deal)
	if deal.status != "Won":
		frappe.throw(
			_("{0} is not won yet. Win the opportunity, then start its project.").format(
				frappe.bold(deal.title)
			),
			title=_("Not won yet"),
			exc=NotWonError,
		)
	plan = plan_of(deal, template, project_manager, start_date, project_type, people)
	project = _insert_project(deal, plan, project_type)
	_insert_milestones_and_tasks(project, plan)
	_take_over_bid(deal, project, plan)
	allocation.carry_over(deal.name, project.name)
	risk_register.take_over(deal.name, project.name)
	_copy_attachments(deal, project)
	contract.join_project(project)
	scheduling.refresh(project.name)
	if not frappe.get_cached_doc("SPM Settings").require_project_approval:
		project.reload()
		transitions.move_by_rule(project, "Approved")
	return project.name, True


def plan_of(
	deal: Document,
	template: str | None = None,
	project_manager: str | None = None,
	start_date: date | str | None = None,
	project_type: str | None = None,
	people: dict[str, str] | None = None,
	manager_is_open: bool = False,
) -> Plan:
	"""The plan that `initiate` would follow, for the same arguments; nothing is stored.

	`manager_is_open` shows it before anybody is named to manage it.
	"""
	return Plan(
		_template_of(deal, template, project_type),
		getdate(start_date),
		(project_manager or "") if manager_is_open else _manager_of(project_manager),
		frappe.db.get_value("SPM Customer", deal.customer, "language") or site_language(),
		_checked_people(people),
	)


def _checked_people(people: dict[str, str] | None) -> dict[str, str]:
	wanted = {role: user for role, user in (people or {}).items() if role and user}
	if not wanted:
		return {}
	known = set(
		frappe.get_all(
			"User",
			filters={"name": ["in", list(set(wanted.values()))], "enabled": 1, "user_type": "System User"},
			pluck="name",
		)
	)
	for role, user in wanted.items():
		if user not in known:
			frappe.throw(
				_("{0} cannot take the role {1}: choose an enabled user of the desk.").format(
					frappe.bold(user), frappe.bold(_(role))
				),
				exc=SPMError,
			)
	return wanted


def _locked_opportunity(opportunity: str) -> Document:
	customer = frappe.db.get_value("SPM Opportunity", opportunity, "customer")
	if not customer:
		raise frappe.DoesNotExistError(_("There is no opportunity {0}.").format(opportunity))
	# The same order of locks as everywhere: customer first.
	frappe.db.get_value("SPM Customer", customer, "name", for_update=True)
	return frappe.get_doc("SPM Opportunity", opportunity, for_update=True)


def _check_may_initiate(deal: Document) -> None:
	user = frappe.session.user
	if user == "Administrator" or deal.opportunity_owner == user or MAY_INITIATE & set(frappe.get_roles()):
		return
	frappe.throw(
		_("Only the owner of the opportunity, a sales manager or a project manager can start its project."),
		exc=frappe.PermissionError,
	)


def _template_of(deal: Document, wanted: str | None, project_type: str | None = None) -> Document | None:
	name = (
		wanted
		or (project_type and frappe.get_cached_value("SPM Project Type", project_type, "default_template"))
		or frappe.get_cached_value("SPM Pipeline", deal.pipeline, "default_project_template")
		or frappe.get_cached_doc("SPM Settings").default_project_template
		or frappe.db.get_value("SPM Project Template", {"is_default": 1, "disabled": 0})
	)
	if not name:
		return None
	template = frappe.get_cached_doc("SPM Project Template", name)
	if template.disabled and wanted:
		frappe.throw(
			_("The project template {0} is disabled. Choose another one.").format(frappe.bold(_(name))),
			exc=SPMError,
		)
	return None if template.disabled else template


def _manager_of(wanted: str | None) -> str:
	manager = wanted or frappe.get_cached_doc("SPM Settings").default_project_manager
	if not manager and MAY_MANAGE & set(frappe.get_roles()):
		manager = frappe.session.user
	if not manager:
		frappe.throw(
			_("Name the project manager, or set a default one in the settings."),
			title=_("Who manages the project?"),
			exc=SPMError,
		)
	is_enabled = frappe.get_cached_value("User", manager, "enabled")
	if not is_enabled or (manager != "Administrator" and not MAY_MANAGE & set(frappe.get_roles(manager))):
		frappe.throw(
			_("{0} cannot manage projects: the user must be enabled and have the role {1}.").format(
				frappe.bold(manager), _("SPM Project Manager")
			),
			exc=SPMError,
		)
	return manager


def _insert_project(deal: Document, plan: Plan, project_type: str | None) -> Document:
	template = plan.template
	project = frappe.get_doc(
		{
			"doctype": "SPM Project",
			"project_name": deal.title,
			"customer": deal.customer,
			"opportunity": deal.name,
			"project_type": project_type or (template.project_type if template else None),
			"template": template.name if template else None,
			"completion_method": template.completion_method if template else None,
			"project_manager": plan.manager,
			"account_manager": deal.opportunity_owner,
			"planned_start_date": plan.start,
			"planned_end_date": plan.end,
			"scope": deal.scope,
			"out_of_scope": deal.out_of_scope,
			"requirement": deal.requirement,
			"price": deal.amount,
			"currency": deal.currency,
			"exchange_rate": deal.exchange_rate,
			"estimate": estimate.initial(template, plan, deal),
			"contract_no": deal.contract_no,
			"contract_signed_date": deal.contract_signed_date,
			**{fieldname: deal.get(fieldname) for fieldname in OF_THE_BID},
			"deal_chain": deal.deal_chain,
			"team": _team(deal, plan),
			"contacts": [{"contact": row.contact, "contact_role": row.buying_role} for row in deal.contacts],
			"phases": _phases(deal, plan),
		}
	)
	# Who may initiate was checked; a salesperson has no right to create projects in any other way.
	project.flags.initiated = True
	return project.insert(ignore_permissions=True)


def _team(deal: Document, plan: Plan) -> list[dict]:
	"""The manager, who is accountable, who was planned while it was sold, and who was named for the template's roles."""
	rows = [
		{"user": plan.manager, "project_role": plan.text("Project Manager"), "raci": "Accountable"},
		*(row for row in allocation.team_of(deal.name) if row["user"] != plan.manager),
	]
	if not plan.people or not plan.template:
		return rows
	known = {row["user"] for row in rows}
	share = {row.project_role: row.allocation_percent for row in plan.template.roles}
	for role in roles_of(plan.template):
		user = plan.people.get(role["project_role"])
		if user and user not in known:
			known.add(user)
			# One person is accountable for the project: its manager.
			raci = "Responsible" if role["raci"] == "Accountable" else role["raci"]
			name = role["project_role"]
			rows.append(
				{
					"user": user,
					"project_role": plan.text(name),
					"raci": raci,
					"allocation_percent": share.get(name) or 100,
				}
			)
	return rows


def _insert_milestones_and_tasks(project: Document, plan: Plan) -> None:
	if not plan.template:
		return
	milestones = [_milestone(project, plan, row) for row in plan.template.milestones]
	bulk.name_and_insert(milestones)
	by_title = {row.title: doc.name for row, doc in zip(plan.template.milestones, milestones, strict=True)}
	tasks = [_task(project, plan, row, by_title) for row in plan.template.tasks]
	bulk.name_and_insert(tasks, lambda: _link_tasks(plan.template.tasks, tasks))


def _milestone(project: Document, plan: Plan, row: Document) -> Document:
	doc = frappe.get_doc(
		{
			"doctype": "SPM Milestone",
			"title": plan.text(row.title),
			"project": project.name,
			"customer": project.customer,
			"deal_chain": project.deal_chain,
			"phase": plan.text(row.phase),
			"milestone_type": row.milestone_type,
			"sequence": row.idx,
			"milestone_owner": plan.person(row.project_role) or plan.manager,
			"accountable": plan.manager,
			"weight": row.weight,
			"planned_date": plan.day(row.offset_days),
			"acceptance_required": row.acceptance_required,
			"visible_to_customer": row.visible_to_customer,
			"survey_on_accept": row.survey_on_accept,
			"acceptance_criteria": plan.text(row.acceptance_criteria),
			"criteria": [{"criterion": plan.text(line)} for line in _lines(row.criteria)],
			"deliverables": [{"deliverable": plan.text(line)} for line in _lines(row.deliverables)],
		}
	)
	doc.flags.project_row = project
	return doc


def _task(project: Document, plan: Plan, row: Document, milestones: dict[str, str]) -> Document:
	start, end = plan.task_days(row)
	is_summary = bool(plan.parts_of(row.idx))
	doc = frappe.get_doc(
		{
			"doctype": "SPM Task",
			"subject": plan.text(row.subject),
			"project": project.name,
			"opportunity": project.opportunity,
			"customer": project.customer,
			"deal_chain": project.deal_chain,
			# The parts of a task are what is done; the task above them only holds them together.
			"milestone": None if is_summary else milestones.get(row.milestone_title),
			"weight": 0 if is_summary else row.weight,
			"is_summary": int(is_summary),
			"sort_order": row.idx,
			"phase": plan.text(row.phase),
			# Roles that nobody was named for yet are given out by the manager.
			"assigned_to": None if is_summary else plan.person(row.project_role),
			"accountable": plan.manager,
			"estimate_hours": 0 if is_summary else row.estimate_hours,
			"planned_start_date": start,
			"planned_end_date": end,
			"visible_to_customer": row.visible_to_customer,
			"checklist": [{"text": plan.text(line)} for line in _lines(row.checklist)],
		}
	)
	doc.flags.project_row = project
	return doc


def _lines(text: str | None) -> list[str]:
	return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _link_tasks(rows: list[Document], tasks: list[Document]) -> None:
	for row, task in zip(rows, tasks, strict=True):
		if parent := cint(row.parent_row):
			task.parent_task = tasks[parent - 1].name
		for link in parse_links(row.depends_on, row.idx, len(rows)):
			task.append(
				"depends_on",
				{"task": tasks[link.number - 1].name, "link_type": link.link_type, "lag_days": link.lag_days},
			)
		task.depends_on_tasks = as_list(d.task for d in task.depends_on)


def _phases(deal: Document, plan: Plan) -> list[dict]:
	"""The phases of the template, after the bid as phase 0 when there was work before winning."""
	rows = [
		{"phase_name": plan.text(row.phase_name), "description": plan.text(row.description)}
		for row in (plan.template.phases if plan.template else ())
	]
	pre_sales = plan.text(PRE_SALES)
	listed = {row["phase_name"] for row in rows}
	if pre_sales not in listed and frappe.db.exists(
		"SPM Task",
		{"opportunity": deal.name, "project": ["is", "not set"]},
	):
		rows.insert(
			0, {"phase_name": pre_sales, "description": plan.text("The bid, as it was planned and done.")}
		)
	return rows


def _take_over_bid(deal: Document, project: Document, plan: Plan) -> None:
	"""Hang the bid plan of the opportunity on the project: what is open goes on there.

	Its tasks keep the phase they were planned for; those without one are the first phase of the project.

	Marked as work of the bid, so that it does not count as progress of the delivery.
	"""
	t = DocType("SPM Task")
	unplaced = Coalesce(t.phase, "") == ""
	(
		frappe.qb.update(t)
		.set(t.phase, Case().when(unplaced, plan.text(PRE_SALES)).else_(t.phase))
		.set(t.project, project.name)
		.set(t.customer, project.customer)
		.set(t.bid_task, 1)
		.where((t.opportunity == deal.name) & (Coalesce(t.project, "") == ""))
		.run()
	)
	frappe.clear_document_cache("SPM Task")


def _copy_attachments(deal: Document, project: Document) -> None:
	"""Attach the opportunity's files to the project as well; the file itself is stored once."""
	files = frappe.get_all(
		"File",
		filters={"attached_to_doctype": deal.doctype, "attached_to_name": deal.name, "is_folder": 0},
		fields=["file_name", "file_url", "is_private"],
	)
	for file in files:
		frappe.get_doc(
			{
				"doctype": "File",
				**file,
				"attached_to_doctype": project.doctype,
				"attached_to_name": project.name,
			}
		).insert(ignore_permissions=True)
