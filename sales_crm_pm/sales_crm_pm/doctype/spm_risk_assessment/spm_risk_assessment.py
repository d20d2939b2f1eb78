from frappe.model.document import Document


class SPMRiskAssessment(Document):
	pass
