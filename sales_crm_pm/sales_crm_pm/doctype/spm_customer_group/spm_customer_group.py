from frappe.model.document import Document


class SPMCustomerGroup(Document):
	pass
