from frappe.model.document import Document


class SPMMergeLogCount(Document):
	pass
