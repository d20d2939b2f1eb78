from frappe.model.document import Document


class SPMSequenceStep(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		action: DF.Literal["Mail", "Task", "Notification"]
		assign_to: DF.Literal["Account Manager", "Service Owner", "Owner of the Sequence"]
		due_days: DF.Int
		email_template: DF.Link | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		subject: DF.Data | None
		wait_days: DF.Int
		wait_unit: DF.Literal["Days", "Working Days"]
	# end: auto-generated types
