from frappe.model.document import Document


class SPMLeadPoolClaimer(Document):
	pass
