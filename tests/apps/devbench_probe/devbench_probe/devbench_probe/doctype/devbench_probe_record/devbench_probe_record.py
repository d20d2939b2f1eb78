import frappe
from frappe import _
from frappe.model.document import Document


class DevbenchProbeRecord(Document):
	"""A record with a bit of everything: series, link, money, date, rows, a rule."""

	def before_validate(self):
		self.item_total = sum(row.qty or 0 for row in self.items)

	def validate(self):
		if self.title and "forbidden" in self.title:
			frappe.throw(_("The title must not say forbidden."), title=_("Not Allowed"))

	@frappe.whitelist()
	def shout(self, times: int = 1) -> str:
		"""Return the title in capitals; a method of the document that may be called over HTTP."""
		return " ".join([self.title.upper()] * times)
