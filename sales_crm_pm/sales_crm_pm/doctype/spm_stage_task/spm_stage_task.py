from frappe.model.document import Document


class SPMStageTask(Document):
	pass
