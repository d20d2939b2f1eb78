from frappe.model.document import Document


class SPMTaskDependency(Document):
	pass
