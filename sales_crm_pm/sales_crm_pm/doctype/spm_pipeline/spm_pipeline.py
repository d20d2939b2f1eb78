from frappe.model.document import Document


class SPMPipeline(Document):
	pass
