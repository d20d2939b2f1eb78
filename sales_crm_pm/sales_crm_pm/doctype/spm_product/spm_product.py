import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from sales_crm_pm.exceptions import ProductError
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.guarded import without_hidden_levels


class SPMProduct(Document):
	def before_validate(self):
		self.base_currency = base_currency()

	def validate(self):
		self.validate_prices()
		self.validate_bundle()

	def as_dict(self, *args, **kwargs):
		return without_hidden_levels(self, super().as_dict(*args, **kwargs))

	def validate_prices(self):
		seen = {}
		for row in self.prices:
			if row.valid_from and row.valid_to and getdate(row.valid_from) > getdate(row.valid_to):
				frappe.throw(_("Price row {0}: it ends before it begins.").format(row.idx), exc=ProductError)
			key = (row.currency, str(row.valid_from or ""), flt(row.min_qty))
			if key in seen:
				frappe.throw(
					_(
						"Price rows {0} and {1} say two things about the same currency, day and quantity."
					).format(seen[key], row.idx),
					exc=ProductError,
				)
			seen[key] = row.idx

	def validate_bundle(self):
		"""A bundle is made of plain products, so that its cost is a plain sum."""
		if not self.is_bundle:
			self.bundle_items = []
			return
		parts = [row.product for row in self.bundle_items]
		nested = frappe.get_all("SPM Product", filters={"name": ["in", parts], "is_bundle": 1}, pluck="name")
		if self.name in parts or nested:
			frappe.throw(
				_("A bundle cannot contain a bundle: {0}.").format(", ".join(nested or [self.name])),
				exc=ProductError,
			)
		costs = dict(
			frappe.get_all(
				"SPM Product", filters={"name": ["in", parts]}, fields=["name", "cost"], as_list=True
			)
		)
		self.cost = sum(flt(row.qty) * flt(costs.get(row.product)) for row in self.bundle_items)
