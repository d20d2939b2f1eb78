from frappe.model.document import Document


class SPMOpportunityContact(Document):
	pass
