from frappe.model.document import Document


class SPMStageChecklistItem(Document):
	pass
