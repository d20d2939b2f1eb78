from frappe.model.document import Document


class SPMLeadCondition(Document):
	pass
