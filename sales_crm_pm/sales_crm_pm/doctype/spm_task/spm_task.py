from frappe.model.document import Document


class SPMTask(Document):
	pass
