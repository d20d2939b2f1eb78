from frappe.model.document import Document


class SPMSurvey(Document):
	pass
