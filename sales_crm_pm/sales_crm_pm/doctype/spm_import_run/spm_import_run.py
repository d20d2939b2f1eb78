from frappe.model.document import Document


class SPMImportRun(Document):
	pass
