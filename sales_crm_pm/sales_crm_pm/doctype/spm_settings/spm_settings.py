from frappe.model.document import Document


class SPMSettings(Document):
	pass
