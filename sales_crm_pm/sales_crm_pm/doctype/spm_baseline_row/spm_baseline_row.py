from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMBaselineRow(GuardedDocument):
	pass
