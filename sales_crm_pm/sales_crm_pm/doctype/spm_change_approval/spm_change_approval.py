from frappe.model.document import Document


class SPMChangeApproval(Document):
	pass
