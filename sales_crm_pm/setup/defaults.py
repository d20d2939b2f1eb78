"""Defaults of settings that are newer than the site."""

import frappe
from frappe.query_builder import DocType


def fill_settings(fields: tuple[str, ...]) -> None:
	"""Write the defaults of settings nobody saved yet: a Single has rows only for what was saved."""
	singles = DocType("Singles")
	there = (
		frappe.qb.from_(singles)
		.select(singles.field)
		.where((singles.doctype == "SPM Settings") & singles.field.isin(fields))
		.run(pluck=True)
	)
	meta = frappe.get_meta("SPM Settings")
	missing = {field: meta.get_field(field).default for field in fields if field not in there}
	if missing:
		frappe.db.set_single_value("SPM Settings", missing)
