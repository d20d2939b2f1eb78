import frappe
from frappe import _

from sales_crm_pm.exceptions import ImportRunError
from sales_crm_pm.permissions.guarded import GuardedDocument

WORKING = ("Queued", "Running", "Undoing")


class SPMImportRun(GuardedDocument):
	"""One import of one file: what was asked for, how far it is and what came of it."""

	def validate(self):
		self.validate_unchanged_order()

	def validate_unchanged_order(self):
		"""The notes of a run only fit the order it was made with; a different order is a new run."""
		before = self.get_doc_before_save()
		if not before:
			return
		for fieldname in ("file", "target", "mapping", "options"):
			if (before.get(fieldname) or "") != (self.get(fieldname) or ""):
				frappe.throw(_("A run cannot be changed. Start a new import instead."), ImportRunError)

	def on_trash(self):
		if self.status in WORKING:
			frappe.throw(_("This run is still working. Wait for it or undo it first."), ImportRunError)
		# Without its notes a run cannot be undone any more; the records themselves stay.
		frappe.db.delete("SPM Import Record", {"import_run": self.name})
