from frappe.model.document import Document


class SPMInteractionAttachment(Document):
	pass
