import frappe
from frappe import _
from frappe.utils import getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import allocation
from sales_crm_pm.loop.capacity import check_is_own_or_managed
from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMAbsence(GuardedDocument):
	def validate(self):
		self.validate_dates()
		self.validate_person()

	def on_update(self):
		if any(self.has_value_changed(field) for field in ("user", "from_date", "to_date", "half_day")):
			allocation.follow_absence(self)
			self.move_tasks()

	def after_delete(self):
		allocation.follow_absence(self)
		self.move_tasks()

	def move_tasks(self):
		"""Tasks of the person, and what waits for them, move around the leave; in the background, once it is stored."""
		before = self.get_doc_before_save()
		for leave in {(d.user, str(d.from_date), str(d.to_date)) for d in (self, before) if d}:
			frappe.enqueue(
				"sales_crm_pm.loop.scheduling.follow_absence",
				enqueue_after_commit=True,
				user=leave[0],
				from_date=leave[1],
				to_date=leave[2],
			)

	def validate_dates(self):
		if getdate(self.from_date) > getdate(self.to_date):
			frappe.throw(_("The absence ends before it starts. Correct one of the two dates."), exc=SPMError)

	def validate_person(self):
		"""People report their own absence; whoever plans people reports anybody's."""
		check_is_own_or_managed(self, _("You can only report your own absence."))
