from frappe.model.document import Document


class SPMPoolLead(Document):
	pass
