from frappe.model.document import Document


class SPMProjectType(Document):
	pass
