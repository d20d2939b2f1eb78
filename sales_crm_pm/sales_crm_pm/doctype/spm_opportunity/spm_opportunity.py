import frappe

from sales_crm_pm.loop import (
	allocation,
	customer_figures,
	opportunity_gate,
	products,
	referrals,
	search_keys,
	stage_tasks,
	team,
)
from sales_crm_pm.loop import opportunity as deal
from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMOpportunity(GuardedDocument):
	COMPUTED = (
		"contract",
		"contracted_base",
		"invoiced_base",
		"received_base",
		"overdue_base",
		"project",
		"project_status",
		"project_percent_complete",
		"project_health",
		"next_milestone",
		"next_milestone_date",
		"project_forecast_end_date",
	)
	FIXED = (
		"deal_chain",
		"generation",
		"previous_opportunity",
		"originated_from_type",
		"originated_from",
		"lead",
		"import_run",
		"stage_log",
	)

	def check_if_latest(self):
		# Everybody who changes deals, projects or tasks locks the customer first; see loop/progress.py.
		if not self.is_new() and self.customer:
			frappe.db.get_value("SPM Customer", self.customer, "name", for_update=True)
		super().check_if_latest()

	def before_validate(self):
		deal.set_defaults(self)
		deal.set_stage(self)
		opportunity_gate.set_checklist(self)
		deal.set_amounts(self)
		team.set_shares(self)
		deal.set_closing(self)

	def validate(self):
		self.validate_products()
		opportunity_gate.check_gate(self)
		deal.check_probability(self)
		deal.check_closing(self)
		deal.write_stage_log(self)

	def on_update(self):
		deal.show_on_customer(self)
		stage_tasks.create_entry_tasks(self)
		deal.start_project_if_wanted(self)
		search_keys.refresh(self)
		referrals.follow_deal(self)
		allocation.follow_opportunity(self)

	def validate_products(self):
		if self.status not in ("Open", "On Hold") or self.flags.from_quotation:
			# What was sold stays sold, even when the product is given up later.
			return
		before = self.get_doc_before_save()
		products.refuse_disabled(self, self.products, before.products if before else ())

	def after_delete(self):
		customer_figures.refresh_deals([self.customer])
		search_keys.forget_deleted(self)


def on_doctype_update():
	"""Indexes that the board reads its sums and cards from, whatever number of deals there is."""
	frappe.db.add_index(
		"SPM Opportunity",
		[
			"pipeline",
			"status",
			"closed_on",
			"stage",
			"amount_base",
			"weighted_amount",
			"stage_due_on",
			"opportunity_owner",
			"expected_close_date",
		],
		"spm_board_sums",
	)
	for column in ("expected_close_date", "amount_base", "stage_entered_on", "closed_on"):
		frappe.db.add_index("SPM Opportunity", ["stage", column, "name"], f"spm_board_{column}")
