from frappe.model.document import Document


class SPMImportPreset(Document):
	pass
