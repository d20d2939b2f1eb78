from frappe.model.document import Document

from sales_crm_pm.permissions.guarded import without_hidden_levels


class SPMChangeLine(Document):
	def as_dict(self, *args, **kwargs):
		"""The line without its cost, for whoever may not see costs: the framework leaves rows of a table alone."""
		return without_hidden_levels(self, super().as_dict(*args, **kwargs))
