from frappe.model.document import Document


class SPMRiskCategory(Document):
	pass
