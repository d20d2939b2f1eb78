from frappe.model.document import Document


class SPMMilestoneCriterion(Document):
	pass
