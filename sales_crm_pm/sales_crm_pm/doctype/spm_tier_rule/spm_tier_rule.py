from frappe.model.document import Document

from sales_crm_pm.loop import tier_preview, tiers


class SPMTierRule(Document):
	def validate(self):
		tier_preview.check_rule(self)

	def on_update(self):
		tiers.rules_changed()

	def after_rename(self, old, new, merge=False):
		tiers.rules_changed()

	def after_delete(self):
		tiers.rules_changed()
