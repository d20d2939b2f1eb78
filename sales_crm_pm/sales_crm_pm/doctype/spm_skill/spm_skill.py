from frappe.model.document import Document


class SPMSkill(Document):
	pass
