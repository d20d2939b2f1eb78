from frappe.model.document import Document


class SPMLeadPoolTerritory(Document):
	pass
