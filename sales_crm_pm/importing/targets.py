"""What can be imported: per record type the fields a column may fill and how a record is recognised again."""

from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.model import no_value_fields, table_fields

from sales_crm_pm.importing.matching import Field

# Set by the system only; a file must not fill them.
NEVER = {
	"naming_series",
	"import_run",
	"base_currency",
	"deal_chain",
	"generation",
	"primary_contact",
	"primary_address",
	"logged_delay_hours",
	"attachment",
	"follow_up_by",
	"follow_up_status",
	"source_message_id",
	"latitude",
	"longitude",
	"contract_file",
	"converted_on",
	"contact",
	"image",
}


@dataclass(frozen=True)
class Target:
	"""A record type that files can bring in.

	`identity` are the fields by which an existing record is recognised, the first mapped and filled one
	counts; `extra` are fields that are read-only in the desk or live in a child table but make sense in a file.
	"""

	doctype: str
	identity: tuple[str, ...]
	extra: dict[str, Field] = field(default_factory=dict)
	customer_field: str | None = None
	owner_field: str | None = None
	date_order: tuple[str, ...] = ()


def _targets() -> dict[str, Target]:
	return {
		"SPM Customer": Target(
			"SPM Customer",
			("external_id", "customer_code", "social_credit_code", "customer_name"),
			owner_field="account_manager",
		),
		"SPM Opportunity": Target(
			"SPM Opportunity",
			("external_id",),
			extra={
				"product": Field("product", "Product", "Link", "SPM Product"),
				"qty": Field("qty", "Quantity", "Float"),
				"rate": Field("rate", "Rate", "Currency"),
				"closed_on": Field("closed_on", "Closed On", "Date"),
			},
			customer_field="customer",
			owner_field="opportunity_owner",
		),
		"SPM Lead": Target("SPM Lead", ("email", "mobile"), owner_field="lead_owner"),
		"SPM Product": Target("SPM Product", ("product_name",)),
		"SPM Interaction": Target("SPM Interaction", (), customer_field="customer"),
	}


def names() -> list[str]:
	"""Record types that can be imported, in the order they usually come."""
	return list(_targets())


def get(doctype: str) -> Target:
	"""The target for a DocType.

	:raises frappe.ValidationError: when files cannot bring in this type
	"""
	target = _targets().get(doctype)
	if not target:
		frappe.throw(_("{0} cannot be imported here.").format(_(doctype)))
	return target


def allowed() -> list[str]:
	"""Record types the current user may import."""
	return [name for name in names() if may_import(name)]


def may_import(doctype: str) -> bool:
	"""Whether the current user may create records of this type from files."""
	return bool(frappe.has_permission(doctype, "create") and frappe.has_permission(doctype, "import"))


def check_permission(doctype: str):
	"""Refuse users who may not create or not import this type.

	:raises frappe.PermissionError: with a sentence that names the type
	"""
	if not may_import(doctype):
		frappe.throw(
			_(
				"You may not import {0}. Ask an administrator for the rights to create and import them."
			).format(_(doctype)),
			frappe.PermissionError,
		)


def fields(doctype: str) -> list[Field]:
	"""Fields of the target a column may fill, mandatory ones first, then in the order of the form.

	Fields above the user's permission level are left out: filling them would be ignored without a word.
	"""
	target = get(doctype)
	meta = frappe.get_meta(doctype)
	levels = set(_writable_levels(meta))
	found = dict(target.extra)
	for df in meta.fields:
		if (
			df.fieldtype in no_value_fields
			or df.fieldtype in table_fields
			or df.fieldname in NEVER
			or df.fieldname in target.extra
			or df.permlevel not in levels
			or df.get("is_virtual")
			or (df.hidden or df.read_only)
			or df.fieldtype == "Dynamic Link"
		):
			continue
		found[df.fieldname] = Field(
			df.fieldname,
			df.label,
			df.fieldtype,
			df.options or "",
			bool(df.reqd) and not df.default,
			tuple(sorted({_(df.label), _(df.label, context=doctype)} - {df.label})),
		)
	return sorted(found.values(), key=lambda f: not f.reqd)


def _writable_levels(meta) -> list[int]:
	if frappe.session.user == "Administrator":
		return sorted({df.permlevel or 0 for df in meta.fields} | {0})
	roles = set(frappe.get_roles())
	return sorted({p.permlevel or 0 for p in meta.permissions if p.role in roles and p.write} | {0})
