from frappe.model.document import Document


class SPMOpportunityProduct(Document):
	pass
