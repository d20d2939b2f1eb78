from frappe.model.document import Document


class SPMDuplicateException(Document):
	pass
