from frappe.model.document import Document


class SPMStage(Document):
	pass
