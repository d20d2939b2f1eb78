from frappe.model.document import Document


class SPMMilestoneDeliverable(Document):
	pass
