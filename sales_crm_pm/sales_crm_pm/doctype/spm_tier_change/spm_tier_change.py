from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMTierChange(GuardedDocument):
	"""One move of a customer between tiers, and why; written by loop/tiers.py only."""
