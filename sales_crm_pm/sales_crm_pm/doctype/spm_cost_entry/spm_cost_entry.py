import frappe
from frappe import _
from frappe.utils import cint, flt, format_date, getdate, now_datetime

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import booking, costs, transitions
from sales_crm_pm.loop.exchange import rate_or_throw
from sales_crm_pm.loop.money import base_currency, precision_of
from sales_crm_pm.permissions.timesheets import sees_all

# What the cost of a project depends on.
COUNTED = (
	"project",
	"task",
	"kind",
	"category",
	"commitment",
	"closes_commitment",
	"amount_base",
	"entry_date",
	"status",
)
FROZEN = ("project", "kind", "category", "amount", "currency", "exchange_rate", "entry_date", "commitment")


class SPMCostEntry(transitions.FollowsWorkflow):
	COMPUTED = ("settled_base", "open_base", "approved_by", "approved_on")

	def check_if_latest(self):
		# Customer and project are locked before the row, as everywhere.
		if not self.is_new() or self.project:
			costs.lock([self.project])
		super().check_if_latest()

	def before_validate(self):
		super().before_validate()
		self.set_money()
		if self.kind == "Committed":
			self.commitment, self.closes_commitment = None, 0

	def validate(self):
		self.validate_person()
		self.validate_booking()
		self.validate_date()
		self.validate_place()
		self.validate_commitment()
		transitions.validate_status_change(self)
		self.validate_frozen()
		self.set_approval()

	def on_update(self):
		before = self.get_doc_before_save()
		if not before or any(self.get(f) != before.get(f) for f in COUNTED):
			if "Approved" in (self.status, before.status if before else None):
				costs.write({self.project, before.project if before else None} - {None})

	def after_delete(self):
		if self.status == "Approved":
			costs.write([self.project])

	def set_money(self):
		"""Keep the rate of the day with the entry: a later rate must not change what something has cost."""
		before = self.get_doc_before_save()
		self.entry_date = getdate(self.entry_date)
		self.base_currency = base_currency()
		self.currency = self.currency or self.base_currency
		if self.currency == self.base_currency:
			self.exchange_rate, self.rate_date = 1, None
		elif before and (
			before.currency != self.currency
			or (getdate(before.entry_date) != self.entry_date and before.rate_date)
		):
			if flt(self.exchange_rate, 6) == flt(before.exchange_rate, 6):
				self.exchange_rate = 0
		if not flt(self.exchange_rate):
			self.exchange_rate, self.rate_date = rate_or_throw(
				self.currency, self.base_currency, self.entry_date
			)
		elif before and flt(self.exchange_rate, 6) != flt(before.exchange_rate, 6):
			self.rate_date = None
		self.amount_base = flt(flt(self.amount) * flt(self.exchange_rate), precision_of(self.base_currency))

	def validate_person(self):
		"""Costs are entered for projects one manages; reading a project is not enough."""
		before = self.get_doc_before_save()
		if self.flags.ignore_permissions or sees_all() or (before and before.project == self.project):
			return
		manager = frappe.db.get_value("SPM Project", self.project, "project_manager")
		if manager != frappe.session.user and not may_enter_for_others():
			frappe.throw(_("You can only enter costs of projects that you manage."), frappe.PermissionError)

	def validate_booking(self):
		before = self.get_doc_before_save()
		if before and all(self.get(f) == before.get(f) for f in (*FROZEN, "status")):
			return
		if self.status != "Cancelled":
			booking.check_projects([self.project])
		booking.check_day(self.entry_date)
		if before:
			booking.check_day(before.entry_date)

	def validate_date(self):
		if self.kind == "Actual" and self.entry_date > getdate():
			frappe.throw(
				_(
					"{0} is still to come. Enter what is ordered as Committed, and as Actual once it has cost something."
				).format(format_date(self.entry_date)),
				exc=SPMError,
			)
		if not flt(self.amount):
			frappe.throw(_("Enter an amount; a credit note has a minus before it."), exc=SPMError)
		if self.kind == "Committed" and flt(self.amount) < 0:
			frappe.throw(_("A commitment cannot be negative."), exc=SPMError)

	def validate_place(self):
		for doctype, fieldname in (("SPM Task", "task"), ("SPM Milestone", "milestone")):
			name = self.get(fieldname)
			if name and frappe.db.get_value(doctype, name, "project") != self.project:
				frappe.throw(_("The {0} belongs to another project.").format(_(doctype)), exc=SPMError)

	def validate_commitment(self):
		if not self.commitment:
			self.closes_commitment = 0
			return
		order = frappe.db.get_value(
			"SPM Cost Entry", self.commitment, ["project", "kind", "status", "title"], as_dict=True
		)
		if order.kind != "Committed" or order.project != self.project:
			frappe.throw(
				_("{0} is not a commitment of this project.").format(frappe.bold(order.title)), exc=SPMError
			)
		if self.status == "Approved" and order.status != "Approved":
			frappe.throw(
				_("Approve the commitment {0} first.").format(frappe.bold(order.title)), exc=SPMError
			)

	def validate_frozen(self):
		before = self.get_doc_before_save()
		if not before or before.status != "Approved" or self.status != "Approved":
			return
		changed = [f for f in FROZEN if not _same(self, before, f)]
		if changed:
			frappe.throw(
				_("This entry is approved. Reopen it before you change: {0}.").format(
					", ".join(_(self.meta.get_label(f)) for f in changed)
				),
				exc=SPMError,
			)

	def set_approval(self):
		before = self.get_doc_before_save()
		if before and before.status != self.status:
			is_approved = self.status == "Approved"
			self.approved_by = frappe.session.user if is_approved else None
			self.approved_on = now_datetime() if is_approved else None


def may_enter_for_others() -> bool:
	"""Whether a role that an admin has given the record type lets the user enter costs of projects of others.

	The roles we ship (project managers) enter their own projects' costs only.
	"""
	from_others = {
		perm.role
		for perm in frappe.get_meta("SPM Cost Entry").permissions
		if cint(perm.create) and not cint(perm.permlevel)
	} - {"SPM Project Manager"}
	return bool(from_others & set(frappe.get_roles()))


def _same(doc, before, fieldname) -> bool:
	if fieldname in ("amount", "exchange_rate"):
		return flt(doc.get(fieldname), 6) == flt(before.get(fieldname), 6)
	if fieldname == "entry_date":
		return getdate(doc.get(fieldname)) == getdate(before.get(fieldname))
	return (doc.get(fieldname) or None) == (before.get(fieldname) or None)
