"""Gives rows the form of a record: what a file leaves unsaid is filled from the rest of the row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import frappe
from frappe import _

from sales_crm_pm.importing.matching import fold
from sales_crm_pm.loop.pipeline import stages_of

if TYPE_CHECKING:
	from sales_crm_pm.importing.plan import Plan, Record

PENDING_PLACEHOLDER = "__placeholder__"


class Shaper:
	"""Completes the rows of one plan. Reads what it needs once, not per row.

	:param plan: the plan whose records are shaped
	"""

	def __init__(self, plan: Plan):
		self.plan = plan
		self.doctype = plan.request.doctype
		self.mapped = set(plan.request.columns.values())
		self.stages = {s.name: s for s in stages_of(plan.pipeline)} if plan.pipeline else {}
		self.customer_names: dict[str, str] | None = None
		self.without_reason = 0
		self._loss_reason: str | None = None

	def shape(self, record: Record):
		"""Complete the values of one row in place."""
		if self.doctype == "SPM Opportunity":
			self._opportunity(record)
		elif self.doctype == "SPM Interaction":
			record.values.setdefault("interaction_type", "Note")

	def _opportunity(self, record: Record):
		values = record.values
		product, qty, rate = values.pop("product", None), values.pop("qty", None), values.pop("rate", None)
		closed_on = values.pop("closed_on", None)
		if record.action == "create":
			values["pipeline"] = self.plan.pipeline
			if not values.get("stage"):
				values["stage"] = self._stage_for(values.get("status"))
		values.pop("status", None)
		stage = self.stages.get(values.get("stage"))
		if stage and stage.status == "Won":
			values["won_on"] = values["closed_on"] = closed_on
		elif stage and stage.status == "Lost":
			values["closed_on"] = closed_on
			if not values.get("loss_reason"):
				values["loss_reason"] = self.loss_reason()
				self.without_reason += 1
		elif closed_on and not values.get("expected_close_date"):
			# A date of closing on a deal that is still open can only be the expected one.
			values["expected_close_date"] = closed_on
		if product:
			values["products"] = [self._line(product, qty, rate, values.get("amount"))]
		if not values.get("title") and record.action == "create":
			words = [product, self._customer_title(values.get("customer"))]
			values["title"] = " – ".join(str(word) for word in words if word)[:140]
		for key in [k for k, v in values.items() if v is None]:
			del values[key]

	def _line(self, product: str, qty: float | None, rate: float | None, amount: float | None) -> dict:
		# One product and one amount: the amount belongs to the product, so that sales per product add up.
		if rate is None and amount is not None:
			rate = amount / qty if qty else amount
		line = {"product": product, "qty": qty if qty is not None else 1.0}
		if rate is not None:
			line["rate"] = rate
		return line

	def _stage_for(self, status: str | None) -> str | None:
		wanted = status or "Open"
		return next((s.name for s in self.stages.values() if s.status == wanted), None)

	def _customer_title(self, customer: str | None) -> str:
		if not customer:
			return ""
		if customer == PENDING_PLACEHOLDER:
			return self.plan.placeholder or ""
		if self.customer_names is None:
			wanted = sorted({r.values["customer"] for r in self.plan.records if r.values.get("customer")})
			self.customer_names = {}
			for start in range(0, len(wanted), 2000):
				self.customer_names.update(
					frappe.get_all(
						"SPM Customer",
						filters={"name": ["in", wanted[start : start + 2000]]},
						fields=["name", "customer_name"],
						as_list=True,
						limit_page_length=0,
					)
				)
		return self.customer_names.get(customer, customer)

	def loss_reason(self) -> str | None:
		"""The reason lost rows get when the file gives none: as chosen, else one of category Other."""
		if self._loss_reason is None:
			self._loss_reason = (
				self.plan.request.options.get("default_loss_reason")
				or frappe.db.get_value("SPM Loss Reason", {"name": "Not Stated", "disabled": 0})
				or frappe.db.get_value("SPM Loss Reason", {"category": "Other", "disabled": 0})
				or ""
			)
		return self._loss_reason or None

	def placeholder_customer(self, title: str) -> str:
		"""The customer that takes rows without one: an existing one of that name, or a mark to create it."""
		found = frappe.get_all(
			"SPM Customer", filters={"customer_name": title}, pluck="name", limit_page_length=1
		)
		return found[0] if found else PENDING_PLACEHOLDER

	def warnings(self) -> list[str]:
		"""What was filled in for the person and should be known."""
		if not self.without_reason:
			return []
		if not self.loss_reason():
			return [
				_("{0} lost rows give no loss reason and none can be chosen for them.").format(
					self.without_reason
				)
			]
		return [
			_("{0} lost rows give no loss reason. They get {1}.").format(
				self.without_reason, _(self.loss_reason())
			)
		]


def order_parents_first(records: list[Record]) -> list[Record]:
	"""Customers in an order in which every parent company comes before its children.

	Rows of a circle (A belongs to B, B belongs to A) are marked as failed.
	"""
	by_name = {fold(r.values["customer_name"]): r for r in records if r.values.get("customer_name")}
	ordered: list[Record] = []
	done: set[int] = set()
	for start in records:
		chain, on_chain, record = [], set(), start
		while record is not None and record.row_no not in done:
			if record.row_no in on_chain:
				for member in chain[chain.index(record) :]:
					member.fail(_("The parent companies of this row lead in a circle."), "parent_customer")
				break
			chain.append(record)
			on_chain.add(record.row_no)
			parent = record.values.get("parent_customer")
			record = by_name.get(fold(parent)) if parent else None
		for member in reversed(chain):
			if member.row_no not in done:
				done.add(member.row_no)
				ordered.append(member)
	return ordered
