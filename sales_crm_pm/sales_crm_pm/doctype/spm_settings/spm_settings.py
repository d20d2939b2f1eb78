import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, cstr, flt

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import allocation, lead_config, lead_scoring, risk_register, search_keys, tier_preview, tiers


class SPMSettings(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from sales_crm_pm.sales_crm_pm.doctype.spm_holiday.spm_holiday import SPMHoliday

		base_currency: DF.Link | None
		company_suffixes: DF.SmallText | None
		default_pipeline: DF.Link | None
		default_project_manager: DF.Link | None
		default_project_template: DF.Link | None
		holidays: DF.Table[SPMHoliday]
		initiate_on_win: DF.Check
		late_amber_days: DF.Int
		late_red_days: DF.Int
		marketing_limit_count: DF.Int
		marketing_limit_days: DF.Int
		marketing_workdays_only: DF.Check
		lifecycle_dormant_days: DF.Int
		lifecycle_lost_days: DF.Int
		portal_allow_acceptance: DF.Check
		portal_enabled: DF.Check
		portal_show_dates: DF.Check
		portal_show_deliverables: DF.Check
		portal_show_price: DF.Check
		portal_show_team: DF.Check
		quiet_from: DF.Time | None
		quiet_until: DF.Time | None
		require_project_approval: DF.Check
		retention_months: DF.Int
		shared_mail_domains: DF.SmallText | None
		rfm_a_from: DF.Int
		rfm_b_from: DF.Int
		rfm_c_from: DF.Int
		rfm_frequency: DF.Data | None
		rfm_monetary: DF.Data | None
		rfm_recency_days: DF.Data | None
		spi_amber: DF.Float
		spi_red: DF.Float
		survey_ask_nps: DF.Check
		survey_delay_days: DF.Int
		survey_email_template: DF.Link | None
		survey_enabled: DF.Check
		survey_expiry_days: DF.Int
		survey_low_score: DF.Int
		survey_question: DF.SmallText | None
		survey_reminder_days: DF.Int
		survey_thanks: DF.SmallText | None
		visit_plans_seeded: DF.Check
		work_on_saturday: DF.Check
		work_on_sunday: DF.Check
		tier_a_from: DF.Int
		tier_b_from: DF.Int
		tier_c_from: DF.Int
		tier_method: DF.Literal["", "Rules", "RFM", "By Hand"]
	# end: auto-generated types

	def validate(self):
		self.validate_thresholds()
		self.validate_survey()
		tier_preview.check_settings(self)
		risk_register.check_settings(self)

	def update_tiers(self):
		"""New limits or another method give customers another tier at once."""
		before = self.get_doc_before_save()
		if before and any(cstr(before.get(f)) != cstr(self.get(f)) for f in tiers.SETTINGS):
			frappe.clear_document_cache(self.doctype, self.name)
			tiers.rules_changed()

	def on_update(self):
		self.update_tiers()
		risk_register.follow_settings(self)
		# The company's holidays stop the clock of leads.
		lead_config.forget()
		if self.has_value_changed("lead_hot_score") or self.has_value_changed("lead_warm_score"):
			lead_scoring.rescore_soon()
		if self.has_value_changed("company_suffixes") or self.has_value_changed("shared_mail_domains"):
			search_keys.rebuild_in_background()
		allocation.follow_settings(self)

	def validate_thresholds(self):
		if flt(self.spi_red) > flt(self.spi_amber):
			frappe.throw(_("A project turns red at a lower schedule performance than amber."), exc=SPMError)
		if cint(self.late_red_days) < cint(self.late_amber_days):
			frappe.throw(_("A project turns red after more late days than amber."), exc=SPMError)

	def validate_survey(self):
		if not 0 <= cint(self.survey_low_score) <= 5:
			frappe.throw(
				_("Satisfaction goes from 1 to 5, so the low score lies between 0 and 5."), exc=SPMError
			)
