from frappe.model.document import Document


class SPMResponsePause(Document):
	pass
