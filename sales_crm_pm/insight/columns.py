"""Columns of reports, one line each."""

from __future__ import annotations

from typing import Any


def text(fieldname: str, label: str, width: int = 200) -> dict[str, Any]:
	"""A column of words; the label is translated already."""
	return {"fieldname": fieldname, "label": label, "fieldtype": "Data", "width": width}


def link(fieldname: str, label: str, doctype: str, width: int = 180) -> dict[str, Any]:
	"""A column that leads to a record."""
	return {"fieldname": fieldname, "label": label, "fieldtype": "Link", "options": doctype, "width": width}


def count(fieldname: str, label: str, width: int = 110) -> dict[str, Any]:
	"""A column of whole numbers."""
	return {"fieldname": fieldname, "label": label, "fieldtype": "Int", "width": width}


def number(fieldname: str, label: str, precision: int = 1, width: int = 130) -> dict[str, Any]:
	"""A column of numbers with decimals."""
	return {
		"fieldname": fieldname,
		"label": label,
		"fieldtype": "Float",
		"precision": precision,
		"width": width,
	}


def percent(fieldname: str, label: str, width: int = 130) -> dict[str, Any]:
	"""A column of shares."""
	return {"fieldname": fieldname, "label": label, "fieldtype": "Percent", "precision": 2, "width": width}


def day(fieldname: str, label: str, width: int = 120) -> dict[str, Any]:
	"""A column of dates."""
	return {"fieldname": fieldname, "label": label, "fieldtype": "Date", "width": width}


def money(fieldname: str, label: str, width: int = 150) -> dict[str, Any]:
	"""A column of amounts in the currency of the row's hidden column `currency`."""
	return {
		"fieldname": fieldname,
		"label": label,
		"fieldtype": "Currency",
		"options": "currency",
		"width": width,
	}


def hidden(*fieldnames: str) -> list[dict[str, Any]]:
	"""Columns that the report needs and nobody reads."""
	return [{"fieldname": name, "label": name, "fieldtype": "Data", "hidden": 1} for name in fieldnames]
