from frappe.model.document import Document


class SPMContractProject(Document):
	pass
