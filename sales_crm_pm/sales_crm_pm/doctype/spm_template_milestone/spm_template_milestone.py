from frappe.model.document import Document


class SPMTemplateMilestone(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		acceptance_criteria: DF.SmallText | None
		acceptance_required: DF.Check
		deliverables: DF.SmallText | None
		milestone_type: DF.Literal["Delivery", "Payment", "Decision", "Internal"]
		offset_days: DF.Int
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		phase: DF.Data | None
		survey_on_accept: DF.Check
		title: DF.Data
		visible_to_customer: DF.Check
		weight: DF.Float
	# end: auto-generated types

	pass
