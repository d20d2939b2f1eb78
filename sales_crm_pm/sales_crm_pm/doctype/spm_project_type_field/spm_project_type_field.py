from frappe.model.document import Document


class SPMProjectTypeField(Document):
	pass
