from frappe.model.document import Document


class SPMTerritory(Document):
	pass
