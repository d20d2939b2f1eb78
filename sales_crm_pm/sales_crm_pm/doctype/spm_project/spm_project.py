import frappe
from frappe import _
from frappe.utils import flt, getdate

from sales_crm_pm.exceptions import NotWonError, SPMError
from sales_crm_pm.loop import (
	baselines,
	charter,
	delivery,
	estimate,
	hand_over,
	lifecycle,
	payment_links,
	payments,
	programme,
	progress,
	project_approval,
	search_keys,
	snapshots,
	tiers,
	transitions,
)
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.rules.money import to_base


class SPMProject(transitions.FollowsWorkflow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from sales_crm_pm.sales_crm_pm.doctype.spm_project_contact.spm_project_contact import (
			SPMProjectContact,
		)
		from sales_crm_pm.sales_crm_pm.doctype.spm_project_member.spm_project_member import SPMProjectMember
		from sales_crm_pm.sales_crm_pm.doctype.spm_project_phase.spm_project_phase import SPMProjectPhase

		acceptance_criteria: DF.SmallText | None
		account_manager: DF.Link | None
		actual_cost: DF.Currency
		actual_end_date: DF.Date | None
		actual_start_date: DF.Date | None
		as_of: DF.Datetime | None
		base_currency: DF.Link | None
		baseline_end_date: DF.Date | None
		baseline_start_date: DF.Date | None
		budget_cost: DF.Currency
		closed_on: DF.Datetime | None
		completion_method: DF.Literal["Milestone Weight", "Task Weight", "Task Progress", "Task Completion", "Manual"]
		contacts: DF.Table[SPMProjectContact]
		contract_no: DF.Data | None
		contract_signed_date: DF.Date | None
		currency: DF.Link | None
		customer: DF.Link
		customer_name: DF.Data | None
		deal_chain: DF.Data | None
		delivered_on: DF.Datetime | None
		exchange_rate: DF.Float
		forecast_end_date: DF.Date | None
		goals: DF.SmallText | None
		health: DF.Literal["", "Green", "Amber", "Red"]
		health_override: DF.Literal["", "Green", "Amber", "Red"]
		health_override_reason: DF.SmallText | None
		health_reasons: DF.SmallText | None
		lessons_learned: DF.SmallText | None
		manual_percent_complete: DF.Percent
		naming_series: DF.Literal["PROJ-.YYYY.-.####"]
		next_milestone: DF.Link | None
		next_milestone_date: DF.Date | None
		next_touch_date: DF.Date | None
		opportunity: DF.Link | None
		out_of_scope: DF.SmallText | None
		percent_complete: DF.Percent
		percent_planned: DF.Percent
		phase: DF.Data | None
		phases: DF.Table[SPMProjectPhase]
		planned_end_date: DF.Date | None
		planned_margin: DF.Currency
		planned_start_date: DF.Date | None
		price: DF.Currency
		price_base: DF.Currency
		priority: DF.Literal["Low", "Medium", "High", "Urgent"]
		project_manager: DF.Link
		project_name: DF.Data
		project_type: DF.Link | None
		requirement: DF.TextEditor | None
		scope: DF.SmallText | None
		service_owner: DF.Link | None
		spi: DF.Float
		sponsor: DF.Data | None
		status: DF.Literal["Draft", "Pending Approval", "Approved", "In Progress", "On Hold", "Delivered", "Accepted", "Closed", "Cancelled"]
		survey_state: DF.Literal["", "Scheduled", "Sent", "Answered"]
		team: DF.Table[SPMProjectMember]
		template: DF.Link | None
		warranty_until: DF.Date | None
		workflow_state: DF.Link | None
	# end: auto-generated types

	COMPUTED = (
		"contracted_base",
		"invoiced_base",
		"received_base",
		"overdue_base",
		"percent_complete",
		"percent_planned",
		"spi",
		"health",
		"health_reasons",
		"next_milestone",
		"next_milestone_date",
		"forecast_end_date",
		"scheduled_end_date",
		"as_of",
		"planned_value",
		"earned_value",
		"schedule_variance",
		"cost_variance",
		"cpi",
		"spi_t",
		"tcpi",
		"tcpi_eac",
		"estimate_at_completion",
		"estimate_to_complete",
		"variance_at_completion",
		"budget_used_percent",
		"budget_alert_level",
		"planned_margin",
		"forecast_margin",
		"actual_margin",
		"sub_projects",
		"programme_budget",
		"programme_cost",
		"programme_forecast",
		"programme_percent_complete",
		"programme_health",
		"baseline_start_date",
		"baseline_end_date",
		"actual_start_date",
		"actual_end_date",
		"delivered_on",
		"closed_on",
		"survey_state",
		"open_risks",
		"open_issues",
		"worst_risk_band",
		"actual_hours",
		"actual_cost",
		"committed_cost",
		"labour_cost",
		"purchase_cost",
		"travel_cost",
		"subcontract_cost",
		"material_cost",
		"other_cost",
		"submitted_by",
		"submitted_on",
		"approver_role",
		"approved_by",
		"approved_on",
	)
	FIXED = ("deal_chain",)

	def onload(self):
		self.set_onload("health_reasons", self.get_health_reasons())

	def check_if_latest(self):
		# Customer and project are locked from the top down before the framework locks the row itself.
		if not self.is_new():
			progress.lock(self.name, self.customer)
		super().check_if_latest()

	def before_insert(self):
		self.set_from_opportunity()

	def before_validate(self):
		super().before_validate()
		self.set_defaults()
		self.set_money()

	def validate(self):
		self.validate_opportunity()
		self.validate_plan()
		self.validate_phases()
		if self.parent_project and self.has_value_changed("parent_project"):
			programme.check_parent(self)
		transitions.validate_status_change(self)
		charter.check(self)
		if self.has_new_status():
			project_approval.note_step(self)
			delivery.check_handover(self)

	def before_save(self):
		if self.has_new_status():
			delivery.set_dates_of_status(self)
		self.flags.figures = progress.apply_to(self)

	def after_insert(self):
		self.link_opportunity()

	def on_update(self):
		if self.has_new_status():
			delivery.after_status_change(self)
			project_approval.tell(self)
			lifecycle.project_moved(self.customer, self.status)
			tiers.figures_changed([self.customer])
			payment_links.follow_project(self)
			snapshots.take([self.name], "Status Change")
		self.update_shown_progress()
		search_keys.refresh(self)
		hand_over.remind(self)

	def on_trash(self):
		snapshots.forget(self.name)
		baselines.forget([self.name])
		payment_links.release_project(self)
		self.unlink_opportunity()

	def after_delete(self):
		progress.refresh_customers([self.customer])
		programme.refresh([self.parent_project])
		search_keys.forget_deleted(self)
		if self.flags.paid_by:
			payments.refresh(self.flags.paid_by)

	def set_defaults(self):
		self.deal_chain = self.deal_chain or frappe.generate_hash(length=10)
		self.project_manager = self.project_manager or frappe.session.user
		if not self.account_manager and self.customer:
			self.account_manager = frappe.get_cached_value("SPM Customer", self.customer, "account_manager")

	def set_from_opportunity(self):
		"""A project made by hand takes chain and customer from the opportunity it names."""
		if not self.opportunity:
			return
		deal = frappe.db.get_value(
			"SPM Opportunity", self.opportunity, ["deal_chain", "customer"], as_dict=True
		)
		self.deal_chain = deal.deal_chain
		self.customer = self.customer or deal.customer

	def set_money(self):
		self.base_currency = self.base_currency or base_currency()
		self.currency = self.currency or self.base_currency
		if self.currency == self.base_currency:
			self.exchange_rate = 1
		self.price_base = to_base(self.price, self.exchange_rate)
		if self.estimate:
			self.budget_cost = estimate.reckon(self)

	def validate_opportunity(self):
		before = self.get_doc_before_save()
		if before and before.opportunity and before.opportunity != self.opportunity:
			frappe.throw(_("A project stays with the opportunity it came from."), exc=SPMError)
		if not self.opportunity or (before and before.opportunity == self.opportunity):
			return
		deal = frappe.db.get_value(
			"SPM Opportunity", self.opportunity, ["customer", "status", "title", "project"], as_dict=True
		)
		if deal.customer != self.customer:
			frappe.throw(
				_("The opportunity {0} belongs to another customer.").format(deal.title), exc=SPMError
			)
		if deal.status != "Won":
			frappe.throw(
				_("{0} is not won yet. Win the opportunity, then start its project.").format(deal.title),
				exc=NotWonError,
			)

	def validate_plan(self):
		start, end = self.planned_start_date, self.planned_end_date
		if start and end and getdate(end) < getdate(start):
			frappe.throw(_("The planned end is before the planned start."), exc=SPMError)
		if flt(self.manual_percent_complete) > 100:
			frappe.throw(_("Progress cannot be more than 100 %."), exc=SPMError)
		if self.health_override and not (self.health_override_reason or "").strip():
			frappe.throw(_("Say why you set the health by hand."), exc=SPMError)

	def validate_phases(self):
		names = [row.phase_name.strip() for row in self.phases]
		if len(set(names)) < len(names):
			frappe.throw(_("Each phase can be listed once."), exc=SPMError)

	def has_new_status(self) -> bool:
		"""Tell whether this save moves the project to another status."""
		before = self.get_doc_before_save()
		return bool(before) and before.status != self.status

	def link_opportunity(self):
		if self.opportunity:
			frappe.db.set_value(
				"SPM Opportunity", self.opportunity, "project", self.name, update_modified=False
			)

	def unlink_opportunity(self):
		frappe.db.set_value(
			"SPM Opportunity",
			{"project": self.name},
			{
				"project": None,
				"project_status": None,
				"project_percent_complete": 0,
				"project_health": None,
				"next_milestone": None,
				"next_milestone_date": None,
				"project_forecast_end_date": None,
			},
			update_modified=False,
		)

	def update_shown_progress(self):
		"""Opportunity and customer show the project's figures in the same transaction."""
		progress.show_on_opportunity(self, self.flags.figures)
		before = self.get_doc_before_save()
		if self.parent_project or self.sub_projects or (before and before.parent_project):
			programme.carry_up([self, *([before] if before else [])])
		progress.refresh_customers(list({self.customer, before.customer if before else self.customer}))

	def get_health_reasons(self) -> list[str]:
		"""Return the reasons for the health in the reader's language (the stored text is the site's)."""
		return progress.status(self.name)["health_reasons"]
