from frappe.model.document import Document


class SPMLossReason(Document):
	pass
