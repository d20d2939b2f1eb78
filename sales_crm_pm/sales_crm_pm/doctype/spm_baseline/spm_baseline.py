import frappe

from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMBaseline(GuardedDocument):
	"""What a plan was when it was agreed. Made by `loop.baselines.take`; only its title may be changed."""

	FIXED = ("project", "number", "current", "taken_on", "taken_by", "start_date", "end_date", "hours", "budget")

	def on_trash(self):
		frappe.db.delete("SPM Baseline Row", {"baseline": self.name})
