import frappe


def get_context(context: frappe._dict) -> None:
	"""Nothing to add: the form is the page."""
