from frappe.model.document import Document


class SPMAssignmentUser(Document):
	pass
