from frappe.model.document import Document


class SPMForecastEntry(Document):
	pass
