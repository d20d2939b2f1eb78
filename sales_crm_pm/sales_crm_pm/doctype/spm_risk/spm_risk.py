from sales_crm_pm.loop import progress, risk_register, transitions


class SPMRisk(transitions.FollowsWorkflow, progress.RollsUp):
	COMPUTED = (
		"customer",
		"deal_chain",
		"score",
		"band",
		"probability_percent",
		"emv",
		"base_currency",
		"expected_delay_days",
		"residual_score",
		"residual_band",
		"trend",
		"last_reviewed_on",
		"closed_on",
		"occurred_on",
		"became_issue",
		"reminded_for",
	)
	FIXED = ("assessments",)

	def before_insert(self):
		self.assessments = []

	def before_validate(self):
		super().before_validate()
		risk_register.set_home(self)
		risk_register.set_figures(self)

	def validate(self):
		transitions.validate_status_change(self)
		risk_register.check_response(self)
		risk_register.note_assessment(self)
		risk_register.stamp_end(self)

	def on_update(self):
		risk_register.after_save(self)

	def after_delete(self):
		risk_register.refresh_projects({self.project})
