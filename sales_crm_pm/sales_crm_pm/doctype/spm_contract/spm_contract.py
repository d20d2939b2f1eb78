from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMContract(GuardedDocument):
	pass
