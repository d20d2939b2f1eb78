from frappe.model.document import Document


class SPMPaymentTemplateRow(Document):
	pass
