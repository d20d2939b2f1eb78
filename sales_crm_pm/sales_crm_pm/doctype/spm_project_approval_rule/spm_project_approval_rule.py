from frappe.model.document import Document


class SPMProjectApprovalRule(Document):
	pass
