from frappe.model.document import Document


class SPMTaskChecklistItem(Document):
	pass
