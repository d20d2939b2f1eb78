import frappe

from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMLesson(GuardedDocument):
	def before_validate(self):
		self.set_from_source()

	def set_from_source(self):
		"""A lesson of a project is one for projects of its type, unless somebody says otherwise."""
		if self.is_new() and self.project and not self.project_type:
			self.project_type = frappe.db.get_value("SPM Project", self.project, "project_type")
