from frappe.model.document import Document


class SPMTemplateRole(Document):
	pass
