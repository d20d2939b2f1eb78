from frappe.model.document import Document


class SPMOpportunityStageLog(Document):
	pass
