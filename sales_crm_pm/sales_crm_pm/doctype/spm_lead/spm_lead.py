from frappe.model.document import Document


class SPMLead(Document):
	pass
