from frappe.model.document import Document


class SPMTemplateTask(Document):
	pass
