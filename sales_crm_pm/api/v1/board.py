"""REST: the pipeline board."""

from typing import Any

import frappe

from sales_crm_pm.insight import board


@frappe.whitelist(methods=["GET"])
def load(
	pipeline: str | None = None,
	owner: str | None = None,
	team: str | None = None,
	month: str | None = None,
	search: str | None = None,
	sort: str | None = None,
	length: int = board.PAGE,
) -> dict[str, Any]:
	"""Give the board of a pipeline: its columns with sums over all deals the user may see, and their first cards.

	:param pipeline: name of the SPM Pipeline, the default one when not given
	:param owner: only deals of this user
	:param team: only deals of this SPM Sales Team and the teams below it
	:param month: "2026-11": open deals expected to close in it, closed deals closed in it
	:param search: part of the title, the customer's name or the deal's number
	:param sort: close (default), amount or age
	:param length: cards per column, at most 100
	:return: pipeline, currency, count, amount, weighted (of the stages on the road), columns, people, closed_from
	:raises frappe.PermissionError: no right to read opportunities
	"""
	frappe.has_permission("SPM Opportunity", "read", throw=True)
	return board.load(board.wish(pipeline, owner, team, month, search, sort), length)


@frappe.whitelist(methods=["GET"])
def cards(
	stage: str,
	pipeline: str | None = None,
	owner: str | None = None,
	team: str | None = None,
	month: str | None = None,
	search: str | None = None,
	sort: str | None = None,
	start: int = 0,
	length: int = board.PAGE,
) -> dict[str, Any]:
	"""Give the next cards of one column.

	:param stage: name of the SPM Stage
	:param start: how many cards are shown already
	:param length: how many more, at most 100
	:return: stage, cards, people; the other arguments are those of `load`
	:raises frappe.PermissionError: no right to read opportunities
	"""
	frappe.has_permission("SPM Opportunity", "read", throw=True)
	return board.more(board.wish(pipeline, owner, team, month, search, sort), stage, start, length)


@frappe.whitelist(methods=["GET"])
def changes(
	names: list | str,
	pipeline: str | None = None,
	owner: str | None = None,
	team: str | None = None,
	month: str | None = None,
	search: str | None = None,
	sort: str | None = None,
) -> dict[str, Any]:
	"""Give the sums of all columns and some cards again, after somebody changed these deals.

	:param names: names of opportunities, at most 100
	:return: sums by stage, cards (those that are still on the board), people
	:raises frappe.PermissionError: no right to read opportunities
	"""
	frappe.has_permission("SPM Opportunity", "read", throw=True)
	return board.changes(board.wish(pipeline, owner, team, month, search, sort), frappe.parse_json(names))


@frappe.whitelist(methods=["GET"])
def options() -> dict[str, Any]:
	"""Give what the filters of the board offer.

	:return: pipelines (value, label), default, teams, owners (name, full_name, user_image)
	:raises frappe.PermissionError: no right to read opportunities
	"""
	frappe.has_permission("SPM Opportunity", "read", throw=True)
	return board.options()
