from frappe.model.document import Document


class SPMOpportunityChecklist(Document):
	pass
