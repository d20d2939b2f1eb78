from frappe.model.document import Document


class SPMProjectType(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		default_template: DF.Link | None
		description: DF.SmallText | None
		disabled: DF.Check
		type_name: DF.Data
	# end: auto-generated types

	pass
