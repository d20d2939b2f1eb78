from frappe.model.document import Document


class SPMOpportunityMember(Document):
	pass
