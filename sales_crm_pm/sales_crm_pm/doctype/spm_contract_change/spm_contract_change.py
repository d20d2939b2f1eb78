from frappe.model.document import Document


class SPMContractChange(Document):
	pass
