from frappe.model.document import Document


class SPMInteractionParticipant(Document):
	pass
