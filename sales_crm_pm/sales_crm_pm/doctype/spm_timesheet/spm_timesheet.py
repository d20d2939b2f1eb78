import frappe
from frappe import _
from frappe.utils import flt

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import costs, timesheet_approval, timesheet_checks, transitions
from sales_crm_pm.permissions.timesheets import visible_lines


class SPMTimesheet(transitions.FollowsWorkflow):
	COMPUTED = (
		"submitted_on",
		"submitted_by",
		"approved_on",
		"approved_by",
		"rejected_by",
		"approved_hours",
		"rejection_reason",
	)

	def check_if_latest(self):
		# Approving and reopening change the cost of projects: customers and projects are locked before this row.
		if not self.is_new() and not self.flags.own_draft:
			stored = frappe.db.get_value(self.doctype, self.name, "status")
			if "Approved" in (stored, self.status, self.workflow_state):
				costs.lock(line.project for line in self.lines)
		super().check_if_latest()

	def before_validate(self):
		super().before_validate()
		timesheet_checks.set_week(self)
		timesheet_checks.keep_decided(self)
		timesheet_checks.set_defaults(self)

	def validate(self):
		timesheet_checks.check_person(self)
		timesheet_checks.check_lines(self)
		transitions.validate_status_change(self)
		if self.has_new_status():
			timesheet_approval.apply_to(self)
		timesheet_checks.set_totals(self)

	def on_update(self):
		if projects := timesheet_checks.projects_with_other_cost(self):
			costs.lock(projects)
			costs.write(projects)
		if self.has_new_status():
			timesheet_approval.tell(self.status, [self])

	def on_trash(self):
		if any(line.status == "Approved" for line in self.lines) and not self.flags.ignore_permissions:
			frappe.throw(
				_("Hours of this week are approved already. Reopen the timesheet before you delete it."),
				exc=SPMError,
			)

	def after_delete(self):
		projects = {line.project for line in self.lines if line.project and line.status == "Approved"}
		if projects:
			costs.lock(projects)
			costs.write(projects)

	def has_new_status(self) -> bool:
		"""Tell whether this save moves the week to another status."""
		before = self.get_doc_before_save()
		return bool(before) and before.status != self.status

	def as_dict(self, *args, **kwargs):
		"""The week without lines of projects, and rates, that its reader may not see."""
		values = super().as_dict(*args, **kwargs)
		if frappe.session.user == "Administrator" or self.flags.in_delete:
			return values
		seen = visible_lines(self)
		if seen is not None:
			values["lines"] = [line for line in values.get("lines") or [] if line.get("name") in seen]
			for fieldname, part in (("total_hours", None), ("billable_hours", "billable")):
				values[fieldname] = flt(
					sum(flt(line.get("hours")) for line in values["lines"] if not part or line.get(part)), 2
				)
		if 1 not in self.get_permlevel_access("read"):
			high = [df.fieldname for df in frappe.get_meta("SPM Timesheet Line").fields if df.permlevel]
			for line in values.get("lines") or []:
				for fieldname in high:
					line.pop(fieldname, None)
		return values
