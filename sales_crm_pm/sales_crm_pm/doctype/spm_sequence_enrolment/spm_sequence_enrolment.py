from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMSequenceEnrolment(GuardedDocument):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		active_key: DF.Data | None
		contact: DF.Link
		customer: DF.Link | None
		email: DF.Data | None
		ended_on: DF.Datetime | None
		enrolment_key: DF.Data | None
		failures: DF.Int
		language: DF.Data | None
		last_sent_on: DF.Datetime | None
		next_on: DF.Datetime | None
		next_step: DF.Int
		reference_doctype: DF.Link | None
		reference_name: DF.DynamicLink | None
		sent_count: DF.Int
		sequence: DF.Link
		started_by: DF.Literal["By Hand", "Segment", "Event"]
		started_on: DF.Datetime | None
		status: DF.Literal["Active", "Paused", "Finished", "Stopped"]
		stop_reason: DF.Literal[
			"",
			"Answered",
			"Opened a Ticket",
			"Opportunity Opened",
			"Opportunity Won",
			"Unsubscribed",
			"Bounced",
			"Left the Segment",
			"Left the Company",
			"No Address",
			"Failed",
			"By Hand",
			"Sequence Ended",
		]
	# end: auto-generated types

	# Everything is written by the runner and the endpoints; a request changes nothing by itself.
	COMPUTED = (
		"customer",
		"email",
		"language",
		"status",
		"stop_reason",
		"next_step",
		"next_on",
		"started_by",
		"reference_doctype",
		"reference_name",
		"started_on",
		"ended_on",
		"sent_count",
		"last_sent_on",
		"failures",
		"enrolment_key",
		"active_key",
	)
	FIXED = ("sequence", "contact")
