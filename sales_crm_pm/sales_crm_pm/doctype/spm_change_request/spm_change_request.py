import frappe
from frappe import _

from sales_crm_pm.exceptions import ChangeRequestError
from sales_crm_pm.loop import change_approval, change_diff, change_request, progress, transitions


class SPMChangeRequest(transitions.FollowsWorkflow):
	COMPUTED = (
		"customer",
		"opportunity",
		"deal_chain",
		"version",
		"content_hash",
		"approvals",
		"decision",
		"decision_reason",
		"deferred_until_date",
		"needs_customer",
		"needs_management",
		"waiting_for",
		"waits_for_sales",
		"waits_for_delivery",
		"waits_for_customer",
		"schedule_impact_days",
		"end_before_date",
		"end_after_date",
		"hours_impact",
		"impacted_milestones",
		"price_impact",
		"price_impact_base",
		"cost_impact",
		"margin_impact",
		"margin_before",
		"margin_after",
		"impact",
		"impact_cost",
		"submitted_on",
		"assessed_on",
		"assessed_by",
		"approved_on",
		"decided_on",
		"implemented_on",
		"implemented_by",
		"cycle_days",
		"baseline_before",
		"baseline_after",
		"sent_on",
		"first_viewed_on",
		"token_hash",
	)
	FIXED = ("project",)

	def onload(self):
		self.set_onload("sides", change_approval.sides_of(self))
		self.set_onload("waiting", change_request.waiting_sides(self))
		self.set_onload("needed", change_request.needed_sides(self))
		self.set_onload("difference", change_diff.read(self))

	def check_if_latest(self):
		# Customer and project are locked from the top down before the framework locks the row itself.
		if not self.is_new():
			progress.lock(self.project, self.customer)
		super().check_if_latest()

	def before_validate(self):
		super().before_validate()
		change_request.set_from_project(self)
		change_request.set_lines(self)

	def validate(self):
		change_request.check(self)
		change_request.set_version(self)
		transitions.validate_status_change(self)
		change_request.follow_status(self)

	def on_update(self):
		self.flags.by_rule = False
		change_approval.tell_of_step(self)

	def on_trash(self):
		if self.status == "Implemented" and not self.flags.ignore_permissions:
			frappe.throw(
				_("{0} was carried out; it stays, because plan and contract rest on it.").format(
					frappe.bold(self.name)
				),
				exc=ChangeRequestError,
			)
