"""Customers that came in twice: two pairs still to be looked at, and one that the director has merged."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_to_date, now_datetime

from sales_crm_pm.loop import merge
from sales_crm_pm.setup.demo import data
from sales_crm_pm.setup.demo.people import acting, login

# key of the customer that is there, name as it came in again, phone of both, who brought it, contact
TWICE = (
	("harbor", "Blue Harbor Logistics Ltd.", "+45 33 12 45 78", "marketing", ("Mia", "Jensen", "COO")),
	("yuanhang", "远航制造集团有限公司", "0571-88223366", "marketing", ("三", "张", "设备科科长")),
)
MERGED = ("aurora", "Aurora Medical Group Inc.", "+351 21 555 0190")


def tell(story: Any) -> None:
	"""A list from a fair brings in companies that are here already; one of them is cleaned up."""
	for key, name, phone, who, contact in TWICE:
		first_entry = frappe.get_doc("SPM Customer", story.customers[key])
		first_entry.phone = phone
		first_entry.save(ignore_permissions=True)
		_add(who, key, name, phone, contact)
	_merge_one(story)


def _add(who: str, key: str, name: str, phone: str, contact: tuple[str, str, str] | None = None) -> str:
	first_entry = frappe.db.get_value(
		"SPM Customer",
		{"external_id": f"{data.MARK}{key}"},
		["account_manager", "industry", "territory"],
		as_dict=True,
	)
	with acting(who):
		customer = frappe.get_doc(
			{
				"doctype": "SPM Customer",
				"customer_name": name,
				"phone": phone,
				"industry": first_entry.industry,
				"territory": first_entry.territory,
				"source": "Trade Fair",
				"account_manager": first_entry.account_manager,
				"external_id": f"{data.MARK}{key}-2",
			}
		)
		customer.flags.ignore_duplicates = True
		customer.insert()
		if contact:
			first, last, job = contact
			frappe.get_doc(
				{
					"doctype": "Contact",
					"first_name": first,
					"last_name": last,
					"designation": job,
					"phone_nos": [{"phone": phone, "is_primary_phone": 1}],
					"links": [{"link_doctype": "SPM Customer", "link_name": customer.name}],
				}
			).insert()
	return customer.name


def _merge_one(story: Any) -> None:
	key, name, phone = MERGED
	twin = _add("marketing", key, name, phone, ("Ines", "Carvalho", "Managing Director"))
	with acting("marketing"):
		frappe.get_doc(
			{
				"doctype": "SPM Interaction",
				"interaction_type": "Call",
				"customer": twin,
				"happened_on": add_to_date(now_datetime(), days=-16),
				"content": "Ines asked at the fair for a reference in the medical field.",
				"outcome": "Positive",
			}
		).insert()
	with acting("director"):
		merge.merge("SPM Customer", story.customers[key], twin, take=["phone"])
		frappe.db.set_value(
			"SPM Customer", story.customers[key], "external_id", f"{data.MARK}{key}", update_modified=False
		)


def remove(customers: list[str]) -> None:
	"""Take away what merging and telling apart wrote about the demo customers."""
	logs = frappe.get_all(
		merge.LOG, filters={"merged_by": login("director")}, fields=["name", "merged_name"], limit_page_length=0
	)
	merged = [row.merged_name for row in logs] or [""]
	frappe.db.delete("SPM Merge Log Count", {"parent": ["in", [row.name for row in logs] or [""]]})
	frappe.db.delete(merge.LOG, {"name": ["in", [row.name for row in logs] or [""]]})
	frappe.db.delete("Deleted Document", {"deleted_doctype": "SPM Customer", "deleted_name": ["in", merged]})
	for name in merged:
		frappe.db.delete("Comment", {"comment_type": "Deleted", "subject": ["like", f"%{name or '-'}%"]})
	for side in ("first_record", "second_record"):
		frappe.db.delete("SPM Duplicate Exception", {side: ["in", customers or [""]]})
