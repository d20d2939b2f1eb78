from frappe.model.document import Document


class SPMCompetitor(Document):
	pass
