from frappe.model.document import Document


class SPMOpportunity(Document):
	pass
