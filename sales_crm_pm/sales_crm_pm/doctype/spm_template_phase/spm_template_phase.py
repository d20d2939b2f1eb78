from frappe.model.document import Document


class SPMTemplatePhase(Document):
	pass
