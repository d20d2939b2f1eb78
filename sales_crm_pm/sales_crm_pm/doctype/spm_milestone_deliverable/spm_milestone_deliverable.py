from frappe.model.document import Document


class SPMMilestoneDeliverable(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		deliverable: DF.Data
		file: DF.Attach | None
		is_delivered: DF.Check
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		version: DF.Data | None
	# end: auto-generated types

	pass
