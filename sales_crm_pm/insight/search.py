"""Finds customers, people, deals and projects by the beginning of any of their words, by pinyin and by number.

The look-up reads a B-tree of beginnings (loop/search_keys.py), which takes the same time for a thousand records
and for a million; the user's own list of each record type then says which of them may be shown.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.desk.doctype.global_search_settings.global_search_settings import get_doctypes_for_global_search
from frappe.model.utils import is_virtual_doctype
from frappe.query_builder import DocType
from frappe.query_builder.functions import Match
from frappe.utils import cint
from pypika.terms import Criterion, LiteralValue

from sales_crm_pm.loop.search_keys import TABLE
from sales_crm_pm.permissions.query import readable_names
from sales_crm_pm.permissions.search import visible
from sales_crm_pm.rules.search_words import questions

SHOWN: dict[str, tuple[str, tuple[str, ...]]] = {
	"SPM Customer": ("customer_name", ("customer_code", "territory", "phone")),
	"Contact": ("full_name", ("company_name", "email_id", "mobile_no", "phone")),
	"SPM Lead": ("lead_name", ("organisation", "status", "mobile")),
	"SPM Opportunity": ("title", ("customer_name", "stage", "status")),
	"SPM Project": ("project_name", ("customer_name", "status")),
}
"""Per record type its title and what tells two of the same title apart, in the order in which people ask."""
OF_A_CUSTOMER = ("SPM Opportunity", "SPM Project")
"""Found by the name of their customer as well."""
LOOKED_AT = 800
"""How many keys per record type are looked at before the user's own records are asked first.

A salesperson who sees one record in fifty finds a page of their own among so many; whoever sees fewer is asked
for their own records, which then are few.
"""
CUSTOMERS_FOLLOWED = 10
MOST = 100
FALLBACK_ROWS = 20_000


def find(text: str, doctypes: list[str] | None = None, limit: int = 10) -> list[dict[str, Any]]:
	"""Records the user may see whose words begin with what was typed, the best first.

	A fixed number of statements, whatever the number of records: one for all keys, one per record type for
	what the user may see of them, and one more for types in which others' records filled the first answer.

	:param text: part of a name from the start of a word (or from any Chinese character), pinyin in full or by
	    initials, digits of a phone number, an e-mail address or domain, a tax number, a record's number
	:param doctypes: only these types
	:param limit: how many per type
	:return: rows with doctype, name, title, description
	"""
	wanted = [doctype for doctype in SHOWN if doctypes is None or doctype in doctypes]
	wanted = [doctype for doctype in wanted if frappe.has_permission(doctype, "read")]
	limit = min(max(cint(limit), 1), MOST)
	asked = questions(text)
	if not asked or not wanted:
		return []
	# Numbers of records have digits; a contact's name is found by its words.
	named = _named(text) if any(c.isdigit() for c in text) else []
	keys = _look_up(wanted, asked)
	found: dict[str, list[dict[str, Any]]] = {}
	for doctype in wanted:
		names = [*named, *keys.get(doctype, ())]
		mine = readable_names(doctype) if 2 * len(names) > min(LOOKED_AT, 4 * MOST) else None
		if mine is not None and len(names) * 2 > LOOKED_AT:
			# Most of them may belong to colleagues: ask the user's own records instead, and only once.
			found[doctype] = _of_mine(doctype, mine, asked, _readable(doctype, named, limit), limit)
		else:
			# Whoever may see every row needs no more names than are shown.
			found[doctype] = _readable(doctype, names if mine is not None else names[: 2 * MOST], limit)
	_follow_customers(found, wanted, asked, limit)
	return [row for doctype in wanted for row in found[doctype][:limit]]


def _named(text: str) -> list[str]:
	"""The text itself may be a record's number."""
	text = text.strip()
	return list(dict.fromkeys((text, text.upper()))) if len(text) > 2 else []


def _matches(table: Any, alternatives: list[str]) -> Criterion:
	return Criterion.any(table.search_key.like(f"{_escaped(one)}%") for one in alternatives)


def _escaped(text: str) -> str:
	return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _asking(doctype: str, asked: list[list[str]]) -> list[Any]:
	"""Queries for names of one type: those that begin with the whole text, and those that have all its words."""
	table = DocType(TABLE)
	whole = (
		frappe.qb.from_(table)
		.select(table.reference_doctype, table.reference_name, table.search_key)
		.where((table.reference_doctype == doctype) & _matches(table, asked[0]))
	)
	if len(asked) < 3:
		return [whole]
	first, *others = asked[1:]
	each = (
		frappe.qb.from_(table)
		.select(table.reference_doctype, table.reference_name, table.search_key)
		.where((table.reference_doctype == doctype) & _matches(table, first))
	)
	for number, word in enumerate(others[:3]):
		other = DocType(TABLE).as_(f"word{number}")
		each = each.where(
			table.reference_name.isin(
				frappe.qb.from_(other)
				.select(other.reference_name)
				.where((other.reference_doctype == doctype) & _matches(other, word))
			)
		)
	return [whole, each]


def _look_up(doctypes: list[str], asked: list[list[str]]) -> dict[str, list[str]]:
	"""Names by type whose keys match, the nearest first; one statement."""
	query = None
	for number, doctype in enumerate(doctypes):
		for rank, part in enumerate(_asking(doctype, asked)):
			part = part.orderby(DocType(TABLE).search_key).limit(LOOKED_AT).as_(f"part{number}_{rank}")
			rows = frappe.qb.from_(part).select("*")
			query = rows if query is None else query.union_all(rows)
	found: dict[str, dict[str, str]] = {}
	exact = {one for alternatives in asked for one in alternatives}
	for doctype, name, key in query.run():
		best = found.setdefault(doctype, {})
		if name not in best or (key in exact and best[name] not in exact):
			best[name] = key
	return {
		doctype: sorted(best, key=lambda name: (best[name] not in exact, len(best[name]), best[name]))
		for doctype, best in found.items()
	}


def _readable(
	doctype: str, names: list[str], limit: int, read: Any = frappe.get_list, **options
) -> list[dict[str, Any]]:
	"""Those of the names that the user's own list shows, in the order of the names.

	:param read: `frappe.get_all` when the names are known to be the user's to see
	"""
	if not names:
		return []
	title, described = SHOWN[doctype]
	rows = read(
		doctype,
		filters=[[doctype, "name", "in", names], *options.pop("filters", [])],
		fields=["name", title, *described],
		limit_page_length=len(names),
		**options,
	)
	place = {name: number for number, name in enumerate(dict.fromkeys(names))}
	rows.sort(key=lambda row: place.get(row["name"], len(place)))
	return [_row(doctype, row) for row in rows[:limit]]


def _row(doctype: str, row: Any) -> dict[str, Any]:
	title, described = SHOWN[doctype]
	words = [_(row[field]) if field in ("stage", "status") else row[field] for field in described]
	return {
		"doctype": doctype,
		"name": row["name"],
		"title": row[title] or row["name"],
		"description": " · ".join(dict.fromkeys(word for word in words if word)),
	}


def _of_mine(
	doctype: str, mine: Any, asked: list[list[str]], found: list[dict], limit: int
) -> list[dict[str, Any]]:
	"""Search only what the user may see: for common beginnings of which most belong to colleagues.

	:param mine: what `readable_names` gives, not None
	"""
	table = DocType(TABLE)
	query = None
	for number, part in enumerate(_asking(doctype, asked)):
		if isinstance(mine, Criterion | LiteralValue):
			target = DocType(doctype)
			part = part.join(target).on(target.name == table.reference_name).where(mine)
		else:
			reach = mine.as_("mine")
			part = part.join(reach).on(reach.reached == table.reference_name)
		part = part.orderby(table.search_key).limit(2 * MOST).as_(f"part{number}")
		rows = frappe.qb.from_(part).select("*")
		query = rows if query is None else query.union_all(rows)
	exact = {one for alternatives in asked for one in alternatives}
	nearest = sorted({(key not in exact, len(key), key, name) for _doctype, name, key in query.run()})
	known = {row["name"] for row in found}
	names = [name for name in dict.fromkeys(name for *_key, name in nearest) if name not in known]
	# The statement above has found only what the user may see, so the rows can be read without asking again.
	return [*found, *_readable(doctype, names[:limit], limit, read=frappe.get_all)][:limit]


def _follow_customers(
	found: dict[str, list[dict[str, Any]]], wanted: list[str], asked: list[list[str]], limit: int
) -> None:
	"""Add deals and projects of the customers that were found, the latest first."""
	followed = [doctype for doctype in wanted if doctype in OF_A_CUSTOMER and len(found[doctype]) < limit]
	if not followed:
		return
	if "SPM Customer" in found:
		customers = [row["name"] for row in found["SPM Customer"]]
	else:
		names = _look_up(["SPM Customer"], asked).get("SPM Customer", [])
		customers = names[: CUSTOMERS_FOLLOWED * 5]
	if not customers:
		return
	for doctype in followed:
		title, described = SHOWN[doctype]
		rows = frappe.get_list(
			doctype,
			filters={"customer": ["in", customers[: CUSTOMERS_FOLLOWED * 5]]},
			fields=["name", title, *described],
			order_by="modified desc",
			limit_page_length=limit,
		)
		known = {row["name"] for row in found[doctype]}
		found[doctype] += [_row(doctype, row) for row in rows if row["name"] not in known]


@frappe.whitelist()
def search(text: str, start: int | str = 0, limit: int | str = 20, doctype: str = "") -> list[dict[str, Any]]:
	"""Global search of the desk (replaces the framework's): ours by their beginnings, others by their words.

	:param text: words
	:param start: how many visible results to skip
	:param limit: how many results at most
	:param doctype: only this record type
	:return: rows with doctype, name, title, content, rank
	"""
	start, limit = cint(start), min(cint(limit) or 20, MOST)
	allowed = list(get_doctypes_for_global_search())
	if doctype:
		allowed = [doctype] if doctype in allowed else []
	# People are found wherever one of our records may be; the site's list decides on all other types.
	ours = [name for name in SHOWN if name in allowed or (name == "Contact" and not doctype)]
	rows = [
		{
			"doctype": row["doctype"],
			"name": row["name"],
			# The desk shows of the content only what repeats the words typed, which pinyin never does.
			"title": " · ".join(filter(None, (row["title"], row["description"].partition(" · ")[0]))),
			"content": f"{_('Details')} : {row['description'] or row['name']}",
			"rank": 1.0,
		}
		for row in (find(text, ours, start + limit) if ours else [])
	]
	others = [name for name in allowed if name not in SHOWN]
	rows += _other_records(text, others, start + limit)
	return rows[start : start + limit]


def _other_records(text: str, doctypes: list[str], limit: int) -> list[dict[str, Any]]:
	"""What the framework's own index has of other record types and the user may see."""
	readable = [
		name for name in doctypes if not is_virtual_doctype(name) and frappe.has_permission(name, "read")
	]
	words = " ".join(text.replace("&", " ").split())
	if not readable or len(words) < 3:
		return []
	index = frappe.qb.Table("__global_search")
	rank = Match(index.content).Against(words)
	rows = (
		frappe.qb.from_(index)
		.select(index.doctype, index.name, index.content, index.title, rank.as_("rank"))
		.where(rank & index.doctype.isin(readable))
		.orderby("rank", order=frappe.qb.desc)
		.limit(min(limit * 10, 1000))
		.run(as_dict=True)
	)
	order = {name: number for number, name in enumerate(doctypes)}
	return sorted(visible(rows), key=lambda row: (order[row["doctype"]], -row["rank"]))[:limit]


@frappe.whitelist()
def link_query(
	doctype: str,
	txt: str,
	searchfield: str = "name",
	start: int = 0,
	page_len: int = 10,
	filters: dict | list | str | None = None,
	as_dict: bool = False,
	reference_doctype: str | None = None,
	ignore_user_permissions: bool = False,
) -> list[Any]:
	"""What a link field offers while somebody types (hook `standard_queries`).

	:param doctype: one of SHOWN
	:param txt: what was typed; everything the user may see, the latest first, when empty
	:param filters: the form's own conditions, which hold as ever
	:return: rows of name, title and what describes the record
	"""
	if not frappe.has_permission(doctype, "select") and not frappe.has_permission(doctype, "read"):
		# The framework would answer a refusal here with "method not found".
		return []
	meta = frappe.get_meta(doctype)
	conditions = _conditions(meta, filters)
	hidden = {df.fieldname for df in meta.fields if df.permlevel} - set(
		meta.get_permitted_fieldnames(with_virtual_fields=False)
	)
	if any(condition[1] in hidden for condition in conditions):
		frappe.throw(_("{0} cannot be searched by a field that you may not see.").format(_(doctype)))
	title, _described = SHOWN[doctype]
	fields = list(dict.fromkeys(["name", title, *meta.get_search_fields()]))
	options = {
		"fields": fields,
		"reference_doctype": reference_doctype,
		"ignore_user_permissions": ignore_user_permissions,
		"as_list": not as_dict,
	}
	asked = questions(txt or "")
	if not asked:
		return frappe.get_list(
			doctype,
			filters=conditions,
			order_by="modified desc",
			limit_start=start,
			limit_page_length=page_len,
			**options,
		)
	names = [*_named(txt), *_look_up([doctype], asked).get(doctype, ())]
	rows = _listed(doctype, names, conditions, options)
	mine = readable_names(doctype) if len(rows) < start + page_len and len(names) * 2 > LOOKED_AT else None
	if mine is not None:
		more = [row["name"] for row in _of_mine(doctype, mine, asked, [], MOST)]
		rows = _listed(doctype, [*names, *more], conditions, options)
	if not rows and frappe.db.estimate_count(doctype) < FALLBACK_ROWS:
		# Other fields that an admin lets people search by; on big tables that would read every row.
		searched = [field for field in fields if meta.has_field(field) or field == "name"]
		rows = frappe.get_list(
			doctype,
			filters=conditions,
			or_filters=[[doctype, field, "like", f"%{txt}%"] for field in searched],
			limit_page_length=start + page_len,
			**options,
		)
	return list(rows[start : start + page_len])


def _listed(doctype: str, names: list[str], conditions: list, options: dict) -> list[Any]:
	names = list(dict.fromkeys(names))
	rows = frappe.get_list(
		doctype,
		filters=[*conditions, [doctype, "name", "in", names or [""]]],
		limit_page_length=len(names) or 1,
		**options,
	)
	place = {name: number for number, name in enumerate(names)}
	column = "name" if not options["as_list"] else 0
	return sorted(rows, key=lambda row: place.get(row[column], len(place)))


def _conditions(meta: Any, filters: dict | list | str | None) -> list:
	"""The form's filters as a list, without the disabled unless asked for, and a contact's by what it is linked to."""
	filters = frappe.parse_json(filters) if isinstance(filters, str) else filters or {}
	if isinstance(filters, list):
		found, with_disabled = [_full(meta.name, one) for one in filters], False
	else:
		filters = dict(filters)
		with_disabled = bool(cint(filters.pop("include_disabled", 0)))
		found = []
		for fieldname, value in filters.items():
			table = "Dynamic Link" if fieldname in ("link_doctype", "link_name") else meta.name
			found.append([table, fieldname, *(value if isinstance(value, list | tuple) else ("=", value))])
	if not with_disabled and meta.has_field("disabled"):
		found.append([meta.name, "disabled", "!=", 1])
	return found


def _full(doctype: str, condition: list) -> list:
	return list(condition) if len(condition) > 3 else [doctype, *condition]
