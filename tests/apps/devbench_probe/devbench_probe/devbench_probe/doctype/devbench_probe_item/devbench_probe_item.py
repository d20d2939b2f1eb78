from frappe.model.document import Document


class DevbenchProbeItem(Document):
	"""One row of a record."""
