from frappe.model.document import Document


class SPMProjectMember(Document):
	pass
