from frappe.model.document import Document


class SPMTimesheetLine(Document):
	pass
