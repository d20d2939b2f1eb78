from frappe.model.document import Document


class SPMOpportunityLossReason(Document):
	pass
