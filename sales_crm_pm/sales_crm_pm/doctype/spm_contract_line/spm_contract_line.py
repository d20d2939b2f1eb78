from frappe.model.document import Document


class SPMContractLine(Document):
	pass
