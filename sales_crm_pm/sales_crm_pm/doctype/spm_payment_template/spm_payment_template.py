from frappe.model.document import Document


class SPMPaymentTemplate(Document):
	pass
