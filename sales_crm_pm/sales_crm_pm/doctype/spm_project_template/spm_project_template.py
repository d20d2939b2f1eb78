from frappe.model.document import Document


class SPMProjectTemplate(Document):
	pass
