from frappe.model.document import Document


class SPMProjectPhase(Document):
	pass
