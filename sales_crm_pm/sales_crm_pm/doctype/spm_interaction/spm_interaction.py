from frappe.model.document import Document


class SPMInteraction(Document):
	pass
