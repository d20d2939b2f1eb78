from frappe.model.document import Document


class SPMTemplateMilestone(Document):
	pass
