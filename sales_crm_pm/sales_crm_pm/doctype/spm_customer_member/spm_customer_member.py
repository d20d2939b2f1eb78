from frappe.model.document import Document


class SPMCustomerMember(Document):
	pass
