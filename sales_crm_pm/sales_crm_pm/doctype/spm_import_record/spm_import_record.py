from frappe.model.document import Document


class SPMImportRecord(Document):
	pass
