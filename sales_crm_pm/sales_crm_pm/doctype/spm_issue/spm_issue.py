from sales_crm_pm.loop import issue, progress, risk_register


class SPMIssue(progress.RollsUp):
	COMPUTED = ("customer", "deal_chain", "base_currency", "resolved_on", "resolved_by", "closed_on")
	FIXED = ("from_risk", "raised_by")

	def before_insert(self):
		# Only a risk that happens makes its issue; the two links say the same.
		if not self.flags.of_risk:
			self.from_risk = None

	def before_validate(self):
		risk_register.set_home(self)
		issue.set_defaults(self)

	def validate(self):
		issue.check_step(self)
		issue.stamp(self)

	def on_update(self):
		issue.after_save(self)

	def on_trash(self):
		issue.let_go_of_risk(self)

	def after_delete(self):
		risk_register.refresh_projects({self.project})
