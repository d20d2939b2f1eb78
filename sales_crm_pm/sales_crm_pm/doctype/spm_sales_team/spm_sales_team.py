import frappe
from frappe import _
from frappe.model.document import Document

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.permissions import teams


class SPMSalesTeam(Document):
	def validate(self):
		self.validate_parent()
		self.validate_members()

	def on_update(self):
		teams.clear()

	def after_rename(self, old, new, merge=False):
		teams.clear()

	def on_trash(self):
		teams.clear()

	def validate_parent(self):
		"""Refuse a team that would be part of itself, at any depth."""
		if not self.parent_team:
			return
		above = dict(
			frappe.get_all(
				"SPM Sales Team", fields=["name", "parent_team"], as_list=True, limit_page_length=0
			)
		)
		seen, parent = {self.name or self.team_name}, self.parent_team
		while parent:
			if parent in seen:
				frappe.throw(
					_("{0} cannot be part of itself. Choose another team above it.").format(
						frappe.bold(self.team_name)
					),
					exc=SPMError,
				)
			seen.add(parent)
			parent = above.get(parent)

	def validate_members(self):
		"""A row names somebody, and nobody sells in two teams: sums over teams would count a deal twice."""
		for row in self.members:
			if not row.user and not row.person_name:
				frappe.throw(_("Row {0}: choose a user or write a name.").format(row.idx), exc=SPMError)
		for fieldname in ("user", "person_name"):
			names = [row.get(fieldname) for row in self.members if row.get(fieldname)]
			if double := next((name for name in names if names.count(name) > 1), None):
				frappe.throw(_("{0} is in the team twice. Remove one row.").format(double), exc=SPMError)
			if not names:
				continue
			taken = frappe.get_all(
				"SPM Sales Team Member",
				filters={
					fieldname: ["in", names],
					"parent": ["!=", self.name or ""],
					"parenttype": "SPM Sales Team",
				},
				fields=[fieldname, "parent"],
				limit=1,
			)
			if taken:
				frappe.throw(
					_("{0} is already in the team {1}. Remove the member there first.").format(
						frappe.bold(taken[0].get(fieldname)), frappe.bold(taken[0].parent)
					),
					exc=SPMError,
				)
