from frappe.model.document import Document


class SPMProductBundleItem(Document):
	pass
