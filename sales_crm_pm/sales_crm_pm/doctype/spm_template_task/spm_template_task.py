from frappe.model.document import Document


class SPMTemplateTask(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		depends_on: DF.Data | None
		duration_days: DF.Int
		estimate_hours: DF.Float
		milestone_title: DF.Data | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		phase: DF.Data | None
		project_role: DF.Data | None
		start_offset_days: DF.Int
		subject: DF.Data
		visible_to_customer: DF.Check
		weight: DF.Float
	# end: auto-generated types

	pass
