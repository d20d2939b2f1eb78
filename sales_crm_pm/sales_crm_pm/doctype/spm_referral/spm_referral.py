import frappe
from frappe import _
from frappe.utils import now_datetime

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import referrals
from sales_crm_pm.permissions.guarded import GuardedDocument


class SPMReferral(GuardedDocument):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		base_currency: DF.Link | None
		customer: DF.Link | None
		lead: DF.Link | None
		notes: DF.SmallText | None
		opportunity: DF.Link | None
		referral_owner: DF.Link | None
		referred_name: DF.Data | None
		referred_on: DF.Date
		referring_contact: DF.Link | None
		referring_customer: DF.Link
		reward: DF.Data | None
		reward_amount: DF.Currency
		rewarded_on: DF.Date | None
		status: DF.Literal["New", "Contacted", "Won", "Rewarded", "Lost"]
		status_on: DF.Datetime | None
		won_amount_base: DF.Currency
		won_on: DF.Date | None
	# end: auto-generated types

	COMPUTED = ("status_on", "won_amount_base", "won_on", "base_currency")

	def before_validate(self):
		self.status = self.status or "New"
		self.referral_owner = self.referral_owner or frappe.session.user
		referrals.set_links(self)
		referrals.set_figures(self)
		if self.has_value_changed("status"):
			self.status_on = now_datetime()

	def validate(self):
		if not (self.referred_name or self.lead or self.customer or self.opportunity):
			frappe.throw(
				_("Say who was referred: a name, a lead, a customer or an opportunity."), exc=SPMError
			)
		if self.customer and self.customer == self.referring_customer:
			frappe.throw(_("A customer does not refer itself. Choose another one."), exc=SPMError)

	def on_update(self):
		before = self.get_doc_before_save()
		referrals.refresh_customers({self.referring_customer, before.referring_customer if before else None})

	def after_delete(self):
		referrals.refresh_customers({self.referring_customer})
