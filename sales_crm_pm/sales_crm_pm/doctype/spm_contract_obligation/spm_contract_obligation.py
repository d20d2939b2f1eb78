from frappe.model.document import Document


class SPMContractObligation(Document):
	pass
