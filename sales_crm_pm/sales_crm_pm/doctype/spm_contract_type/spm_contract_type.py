from frappe.model.document import Document


class SPMContractType(Document):
	pass
