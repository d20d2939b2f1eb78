import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from sales_crm_pm.exceptions import StageError
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

	def after_rename(self, old, new, merge=False):
		forget_stages(self.pipeline)

	def on_trash(self):
		forget_stages(self.pipeline)
