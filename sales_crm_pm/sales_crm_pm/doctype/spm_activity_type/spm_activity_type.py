from frappe.model.document import Document


class SPMActivityType(Document):
	pass
