from frappe.model.document import Document


class SPMLeadMove(Document):
	pass
