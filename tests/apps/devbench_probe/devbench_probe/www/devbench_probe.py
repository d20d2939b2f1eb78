"""Context of the page /devbench-probe."""

import frappe

no_cache = 1


def get_context(context):
	"""Say who is looking."""
	context.visitor = frappe.session.user
