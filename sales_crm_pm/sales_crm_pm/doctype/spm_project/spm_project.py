from frappe.model.document import Document


class SPMProject(Document):
	pass
