from frappe.model.document import Document


class SPMProductPrice(Document):
	pass
