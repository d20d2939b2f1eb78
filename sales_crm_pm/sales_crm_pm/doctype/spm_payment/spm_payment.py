from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMPayment(GuardedDocument):
	pass
