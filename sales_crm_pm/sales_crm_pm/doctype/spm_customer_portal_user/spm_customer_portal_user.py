from frappe.model.document import Document


class SPMCustomerPortalUser(Document):
	pass
