import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, format_date

from sales_crm_pm.exceptions import ExchangeRateError
from sales_crm_pm.loop.exchange import forget_rates


class SPMExchangeRate(Document):
	def validate(self):
		self.validate_pair()
		self.validate_day()

	def validate_pair(self):
		"""A rate says what one currency is worth in another one."""
		if self.from_currency == self.to_currency:
			frappe.throw(_("Choose two different currencies."), exc=ExchangeRateError)
		if flt(self.rate) <= 0:
			frappe.throw(_("The exchange rate must be more than 0."), exc=ExchangeRateError)

	def validate_day(self):
		"""One rate per pair and day, so that nobody has to guess which one counts."""
		same = frappe.db.get_value(
			"SPM Exchange Rate",
			{
				"from_currency": self.from_currency,
				"to_currency": self.to_currency,
				"valid_from": self.valid_from,
				"name": ["!=", self.name or ""],
			},
		)
		if same:
			frappe.throw(
				_("There is a rate from {0} to {1} for {2} already. Change that one.").format(
					self.from_currency, self.to_currency, format_date(self.valid_from)
				),
				exc=ExchangeRateError,
			)

	def on_update(self):
		forget_rates()

	def on_trash(self):
		forget_rates()
