"""What our roles may do with the core's Contact, Address and Workflow (and what uninstall takes back)."""

import frappe
from frappe.permissions import add_permission, reset_perms, update_permission_property

CORE_ACCESS: dict[str, dict[str, tuple[str, ...]]] = {
	doctype: {
		"SPM Sales User": ("read", "write", "create", "print", "email", "report"),
		"SPM Sales Manager": ("read", "write", "create", "delete", "print", "email", "report", "export", "import"),
		"SPM Project Manager": ("read", "write", "create", "print", "email", "report"),
		"SPM Delivery Member": ("read",),
		"SPM Service Agent": ("read", "write", "create", "print", "email", "report"),
		"SPM Marketing User": ("read", "write", "create", "print", "email", "report"),
		"SPM Executive": ("read", "report", "print", "export"),
	}
	for doctype in ("Contact", "Address")
}
# The desk of 16.4 reads the workflow before it takes a step, so whoever may take one must be able to.
CORE_ACCESS["Workflow"] = {
	role: ("read",)
	for role in (
		"SPM Sales User",
		"SPM Sales Manager",
		"SPM Project Manager",
		"SPM Delivery Member",
		"SPM Executive",
	)
}


def grant_core_access() -> None:
	"""Add one permission rule per role to these record types, unless the role has one already."""
	for doctype, roles in CORE_ACCESS.items():
		present = set(
			frappe.get_all("Custom DocPerm", filters={"parent": doctype, "permlevel": 0}, pluck="role")
		)
		for role, rights in roles.items():
			if role in present:
				continue
			add_permission(doctype, role, 0)
			for right in rights:
				update_permission_property(doctype, role, 0, right, 1, validate=False)
	frappe.clear_cache()


def revoke_core_access() -> None:
	"""Take our roles' rules back; a record type left with the core's own rules only is reset to them."""
	for doctype, roles in CORE_ACCESS.items():
		frappe.db.delete("Custom DocPerm", {"parent": doctype, "role": ["in", list(roles)]})
		if _same_as_standard(doctype):
			reset_perms(doctype)
	frappe.clear_cache()


def _same_as_standard(doctype: str) -> bool:
	"""Tell whether the custom rules of a record type say the same as the shipped ones."""
	from frappe.permissions import rights

	fields = ["role", "permlevel", "if_owner", *rights]

	def rules(source: str) -> set[tuple]:
		columns = [f for f in fields if frappe.get_meta(source).has_field(f)]
		rows = frappe.get_all(source, filters={"parent": doctype}, fields=columns)
		return {tuple(str(row.get(f) or 0) for f in fields) for row in rows}

	return rules("Custom DocPerm") == rules("DocPerm")
