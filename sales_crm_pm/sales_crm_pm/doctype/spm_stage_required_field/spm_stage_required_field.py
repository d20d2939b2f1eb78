from frappe.model.document import Document


class SPMStageRequiredField(Document):
	pass
