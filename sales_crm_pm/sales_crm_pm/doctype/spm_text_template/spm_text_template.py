import frappe
from frappe.model.document import Document


class SPMTextTemplate(Document):
	def on_update(self):
		if not self.is_default or not (
			self.has_value_changed("is_default")
			or self.has_value_changed("language")
			or self.has_value_changed("kind")
		):
			return
		# One default per kind and language.
		language = self.language or ["is", "not set"]
		frappe.db.set_value(
			"SPM Text Template",
			{"name": ["!=", self.name], "kind": self.kind, "language": language, "is_default": 1},
			"is_default",
			0,
		)
