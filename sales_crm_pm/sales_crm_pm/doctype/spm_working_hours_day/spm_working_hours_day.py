from frappe.model.document import Document


class SPMWorkingHoursDay(Document):
	pass
