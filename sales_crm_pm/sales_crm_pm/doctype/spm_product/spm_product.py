from frappe.model.document import Document


class SPMProduct(Document):
	pass
