import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from sales_crm_pm.exceptions import StageError
from sales_crm_pm.loop import pipeline
from sales_crm_pm.loop.pipeline import forget_stages


class SPMStage(Document):
	def before_validate(self):
		if self.stage_type in ("Won", "Lost"):
			self.probability = 100 if self.stage_type == "Won" else 0

	def validate(self):
		self.validate_probability()
		self.validate_required_fields()
		self.validate_pipeline()

	def validate_probability(self):
		"""A probability is a percentage."""
		if not 0 <= flt(self.probability) <= 100:
			frappe.throw(_("The probability must be between 0 and 100 percent."), exc=StageError)

	def validate_required_fields(self):
		"""The gate can only ask for fields that an opportunity has; their labels are shown beside them."""
		meta = frappe.get_meta("SPM Opportunity")
		for row in self.required_fields:
			field = meta.get_field(row.fieldname)
			if not field or (field.fieldtype in frappe.model.no_value_fields and field.fieldtype != "Table"):
				frappe.throw(
					_("Row {0}: an opportunity has no field {1}. Choose one from the list.").format(
						row.idx, frappe.bold(row.fieldname)
					),
					exc=StageError,
				)
			row.label = field.label
			self.validate_column(row, field)

	def validate_column(self, row, field):
		"""What is wanted of a table's rows must be one of its columns."""
		if field.fieldtype != "Table":
			row.child_field = row.child_value = None
			return
		if row.child_value and not row.child_field:
			frappe.throw(
				_("Row {0}: say which column of {1} must have the value {2}.").format(
					row.idx, frappe.bold(_(field.label)), frappe.bold(row.child_value)
				),
				exc=StageError,
			)
		if not row.child_field:
			return
		column = frappe.get_meta(field.options).get_field(row.child_field)
		if not column or column.fieldtype in frappe.model.no_value_fields:
			frappe.throw(
				_("Row {0}: the table {1} has no column {2}. Choose one from the list.").format(
					row.idx, frappe.bold(_(field.label)), frappe.bold(row.child_field)
				),
				exc=StageError,
			)
		options = (column.options or "").split("\n")
		if row.child_value and column.fieldtype == "Select" and row.child_value not in options:
			frappe.throw(
				_("Row {0}: {1} is none of the choices of {2}: {3}.").format(
					row.idx,
					frappe.bold(row.child_value),
					_(column.label, context=field.options),
					", ".join(option for option in options if option),
				),
				exc=StageError,
			)

	def validate_pipeline(self):
		"""A stage in use stays in its pipeline: the deals in it could not follow."""
		if self.is_new() or not self.has_value_changed("pipeline"):
			return
		if frappe.db.exists("SPM Opportunity", {"stage": self.name}):
			frappe.throw(
				_(
					"Opportunities are in this stage, so it must stay in its pipeline. Add a new stage there instead."
				),
				exc=StageError,
			)

	def on_update(self):
		forget_stages(self.pipeline)
		before = self.get_doc_before_save()
		if before and before.pipeline != self.pipeline:
			forget_stages(before.pipeline)
		if before and (before.max_days or 0) != (self.max_days or 0):
			pipeline.apply_limit(self.name, self.max_days or 0, self.stage_type)

	def after_rename(self, old, new, merge=False):
		forget_stages(self.pipeline)

	def on_trash(self):
		forget_stages(self.pipeline)
