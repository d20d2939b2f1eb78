import frappe
from frappe import _
from frappe.model.document import Document

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import lead_config
from sales_crm_pm.permissions.rules import SALES_MANAGER, SALES_USER


class SPMAssignmentRule(Document):
	def validate(self):
		lead_config.check_conditions(self.conditions)
		self.validate_people()

	def validate_people(self):
		seen = set()
		for row in self.users:
			if row.user in seen:
				frappe.throw(
					_("Row {0}: {1} stands here twice. Use the share to give more turns.").format(row.idx, row.user),
					exc=SPMError,
				)
			seen.add(row.user)
			if not {SALES_USER, SALES_MANAGER} & set(frappe.get_roles(row.user)):
				frappe.throw(
					_("Row {0}: {1} does not work on leads. Give the person the role Sales User first.").format(
						row.idx, row.user
					),
					exc=SPMError,
				)

	def on_update(self):
		lead_config.forget()

	def on_trash(self):
		lead_config.forget()
