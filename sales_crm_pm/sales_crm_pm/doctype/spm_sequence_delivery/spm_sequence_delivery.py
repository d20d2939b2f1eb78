from frappe.model.document import Document


class SPMSequenceDelivery(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		action: DF.Literal["Mail", "Task", "Notification"]
		contact: DF.Link | None
		customer: DF.Link | None
		delivery_key: DF.Data | None
		email: DF.Data | None
		email_queue: DF.Data | None
		enrolment: DF.Link
		outcome: DF.Literal["Sent", "Answered", "Unsubscribed", "Bounced", "Failed"]
		sent_on: DF.Datetime | None
		sequence: DF.Link
		step: DF.Data | None
		step_no: DF.Int
		subject: DF.Data | None
		task: DF.Link | None
	# end: auto-generated types
