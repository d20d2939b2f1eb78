from frappe.model.document import Document


class SPMQuotationItem(Document):
	pass
