"""Sites from before tier rules have no method yet: start with rules where nobody set a tier by hand so far."""

import frappe

DEFAULTS = (
	"lifecycle_dormant_days",
	"lifecycle_lost_days",
	"tier_a_from",
	"tier_b_from",
	"tier_c_from",
	"rfm_a_from",
	"rfm_b_from",
	"rfm_c_from",
	"rfm_recency_days",
	"rfm_frequency",
	"rfm_monetary",
)


def execute():
	"""Write the defaults of the new settings once; hand-set tiers stay as they are."""
	settings = frappe.get_doc("SPM Settings")
	if settings.tier_method:
		return
	values = {field: settings.meta.get_field(field).default for field in DEFAULTS if not settings.get(field)}
	has_tiers = frappe.db.exists("SPM Customer", {"tier": ["in", ["A", "B", "C", "D"]]})
	values["tier_method"] = "By Hand" if has_tiers else "Rules"
	frappe.db.set_single_value("SPM Settings", values)
	frappe.clear_document_cache("SPM Settings", "SPM Settings")
