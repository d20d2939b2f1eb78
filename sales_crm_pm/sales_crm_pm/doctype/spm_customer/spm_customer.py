from frappe.model.document import Document


class SPMCustomer(Document):
	pass
