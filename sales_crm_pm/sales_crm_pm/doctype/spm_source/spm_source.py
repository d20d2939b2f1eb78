from frappe.model.document import Document


class SPMSource(Document):
	pass
