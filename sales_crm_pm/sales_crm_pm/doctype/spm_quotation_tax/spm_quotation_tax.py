from frappe.model.document import Document


class SPMQuotationTax(Document):
	pass
