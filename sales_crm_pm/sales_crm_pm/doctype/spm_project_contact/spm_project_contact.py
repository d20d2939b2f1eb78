from frappe.model.document import Document


class SPMProjectContact(Document):
	pass
