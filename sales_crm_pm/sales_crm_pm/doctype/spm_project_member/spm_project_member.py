from frappe.model.document import Document


class SPMProjectMember(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		allocation_percent: DF.Percent
		from_date: DF.Date | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		project_role: DF.Data | None
		raci: DF.Literal["Responsible", "Accountable", "Consulted", "Informed"]
		to_date: DF.Date | None
		user: DF.Link
	# end: auto-generated types

	pass
