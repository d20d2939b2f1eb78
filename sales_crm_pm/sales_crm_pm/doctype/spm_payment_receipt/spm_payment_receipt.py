from frappe.model.document import Document


class SPMPaymentReceipt(Document):
	pass
