from frappe.model.document import Document


class SPMSalesTeamMember(Document):
	pass
