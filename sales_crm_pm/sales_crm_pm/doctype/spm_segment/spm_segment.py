import frappe

from sales_crm_pm.loop import segments
from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMSegment(GuardedDocument):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		author: DF.Link | None
		compute_as: DF.Literal["Whoever Looks", "Its Author"]
		counted_on: DF.Datetime | None
		definition: DF.JSON | None
		description: DF.SmallText | None
		member_count: DF.Int
		members_mode: DF.Literal["Dynamic", "Frozen"]
		segment_name: DF.Data
		visibility: DF.Literal["Me", "Everyone"]
	# end: auto-generated types

	COMPUTED = ("author", "member_count", "counted_on")

	def before_validate(self):
		self.members_mode = self.members_mode or "Dynamic"
		self.definition = segments.as_text(segments.parse(self.definition))
		self.set_author()

	def validate(self):
		segments.check(self.definition, self.author)

	def before_save(self):
		if self.members_mode == "Dynamic":
			self.member_count = segments.count(segments.members_query(self))
			self.counted_on = frappe.utils.now_datetime()

	def on_trash(self):
		frappe.db.delete("SPM Segment Member", {"segment": self.name})

	def set_author(self):
		"""Whoever writes the conditions, or has others use their rights, answers for what they show."""
		if (
			not self.author
			or self.has_value_changed("definition")
			or self.has_value_changed("compute_as")
			or self.has_value_changed("members_mode")
		):
			self.author = frappe.session.user
