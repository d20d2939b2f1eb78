from frappe.model.document import Document


class SPMTaskDependency(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		lag_days: DF.Int
		link_type: DF.Literal["FS", "SS", "FF", "SF"]
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		task: DF.Link
	# end: auto-generated types

	pass
