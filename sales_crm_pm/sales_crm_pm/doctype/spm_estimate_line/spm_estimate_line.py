from frappe.model.document import Document


class SPMEstimateLine(Document):
	pass
