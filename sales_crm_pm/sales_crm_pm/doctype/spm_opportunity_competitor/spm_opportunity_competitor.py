from frappe.model.document import Document


class SPMOpportunityCompetitor(Document):
	pass
