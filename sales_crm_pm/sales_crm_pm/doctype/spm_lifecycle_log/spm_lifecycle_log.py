from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMLifecycleLog(GuardedDocument):
	"""One move of a customer between lifecycle stages; written by loop/lifecycle.py only."""
