"""The same function where annotations are strings: an official bench does not check those of apps."""

from __future__ import annotations

import frappe


@frappe.whitelist()
def echo(count: int, label: str = "") -> dict:
	"""Return the arguments and the names of the types they arrived as."""
	return {"count": [count, type(count).__name__], "label": [label, type(label).__name__]}
