from frappe.model.document import Document


class SPMMergeLog(Document):
	pass
