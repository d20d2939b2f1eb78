from frappe.model.document import Document


class SPMProjectRole(Document):
	pass
