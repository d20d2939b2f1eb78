from frappe.model.document import Document


class SPMIndustry(Document):
	pass
