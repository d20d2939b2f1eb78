from frappe.model.document import Document


class InstalledApplication(Document):
	"""One app of the site, with the version its database was last brought to."""
