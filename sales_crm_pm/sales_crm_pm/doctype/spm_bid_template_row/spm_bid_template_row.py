from frappe.model.document import Document


class SPMBidTemplateRow(Document):
	pass
