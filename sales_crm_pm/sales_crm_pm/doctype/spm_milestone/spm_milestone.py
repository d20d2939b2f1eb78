from frappe.model.document import Document


class SPMMilestone(Document):
	pass
