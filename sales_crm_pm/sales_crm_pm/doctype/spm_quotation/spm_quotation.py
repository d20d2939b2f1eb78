import frappe
from frappe import _

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import products, quotation, quotation_approval, quotation_customer, transitions


class SPMQuotation(transitions.FollowsWorkflow):
	COMPUTED = (
		"quotation_group",
		"version",
		"previous_version",
		"deal_chain",
		"submitted_by",
		"submitted_on",
		"approved_by",
		"approved_on",
		"sent_back_reason",
		"sent_on",
		"sent_to",
		"first_viewed_on",
		"view_count",
		"reminded_on",
		"accepted_on",
		"accepted_by",
		"acceptance_source",
		"acceptance_file",
		"acceptance_note",
		"acceptance_ip",
		"rejected_on",
		"reject_reason",
		"token_hash",
	)
	FIXED = ("opportunity", "customer", "customer_name")

	def before_insert(self):
		if not self.flags.ignore_permissions:
			# A quotation is part of the deal: only who may change the deal may make an offer in it.
			frappe.has_permission("SPM Opportunity", "write", doc=self.opportunity, throw=True)

	def before_validate(self):
		super().before_validate()
		if self.is_open():
			quotation.set_defaults(self)
			quotation.set_contact(self)
			quotation.set_totals(self)
			quotation_approval.set_need(self)
		else:
			self.keep_sums()

	def validate(self):
		transitions.validate_status_change(self)
		self.validate_products()
		quotation.check_frozen(self)
		quotation.check_lines(self)
		quotation_approval.check_step(self)
		quotation_customer.check_answer(self)

	def on_update(self):
		quotation_approval.tell(self)
		quotation_customer.follow_up(self)

	def on_trash(self):
		if self.status not in ("Draft", "Superseded") and not self.flags.ignore_permissions:
			frappe.throw(
				_("{0} has been handed on; only a draft or a superseded version can be deleted.").format(
					frappe.bold(self.name)
				),
				exc=SPMError,
			)

	def is_open(self) -> bool:
		"""Whether the content may still change: it is new, or stored as a draft."""
		before = self.get_doc_before_save()
		return before is None or before.status == "Draft"

	def keep_sums(self):
		"""Nothing is reckoned anew once it was approved, whatever prices and limits are today."""
		before = self.get_doc_before_save()
		for df in self.meta.fields:
			if df.read_only and df.fieldtype in ("Currency", "Percent"):
				self.set(df.fieldname, before.get(df.fieldname))
		for fieldname in (
			"needs_approval",
			"approver_role",
			"approval_level",
			"approval_reasons",
			"base_currency",
		):
			self.set(fieldname, before.get(fieldname))
		self.set("taxes", before.taxes)
		if len(self.items) == len(before.items):
			for row, old in zip(self.items, before.items, strict=True):
				for fieldname in (
					"list_rate",
					"amount",
					"net_amount",
					"tax_rate",
					"tax_included",
					"currency",
				):
					row.set(fieldname, old.get(fieldname))

	def validate_products(self):
		before = self.get_doc_before_save()
		if before is None and self.previous_version:
			return
		products.refuse_disabled(self, self.items, before.items if before else ())
