"""People against skills: who can do what, and which skills hang on one person."""

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import cint

from sales_crm_pm.permissions.query import readable_rows

EXPERT = 4
"""From this level on somebody can stand in for others."""


def execute(filters: dict | None = None) -> tuple:
	"""Build the matrix over the skills the current user may see.

	Args:
		filters: `category`, `skill`, `level` (this one and above), `project_role`.

	Returns:
		columns (one per skill), one row per person, message, chart.
	"""
	filters = frappe._dict(filters or {})
	rows = get_rows(filters)
	skills = sorted({row.skill for row in rows}, key=_)
	return get_columns(skills), get_data(rows, skills), get_message(rows), get_chart(rows, skills)


def get_rows(filters: frappe._dict) -> list[frappe._dict]:
	"""Person, skill and level; one statement."""
	own, skill = DocType("SPM Person Skill"), DocType("SPM Skill")
	user, about = DocType("User"), DocType("SPM Person Capacity")
	query = (
		frappe.qb.from_(own)
		.inner_join(skill)
		.on(skill.name == own.skill)
		.inner_join(user)
		.on(user.name == own.user)
		.left_join(about)
		.on(about.user == own.user)
		.select(own.user, own.skill, own.level, user.full_name, about.project_role)
		.where((user.enabled == 1) & (skill.disabled == 0))
	)
	if filters.category:
		query = query.where(skill.category == filters.category)
	if filters.skill:
		query = query.where(own.skill == filters.skill)
	if filters.project_role:
		query = query.where(about.project_role == filters.project_role)
	if cint(filters.level):
		query = query.where(own.level >= cint(filters.level))
	visible = readable_rows("SPM Person Skill")
	if visible is not None:
		query = query.where(visible)
	return query.run(as_dict=True)


def get_columns(skills: list[str]) -> list[dict]:
	return [
		{"fieldname": "person", "label": _("Person"), "fieldtype": "Data", "width": 180},
		{"fieldname": "role", "label": _("Main Role"), "fieldtype": "Data", "width": 150},
		*(
			{"fieldname": f"skill_{number}", "label": _(skill), "fieldtype": "Int", "width": 130}
			for number, skill in enumerate(skills)
		),
	]


def get_data(rows: list[frappe._dict], skills: list[str]) -> list[frappe._dict]:
	numbers = {skill: number for number, skill in enumerate(skills)}
	found: dict[str, frappe._dict] = {}
	for row in rows:
		person = found.setdefault(
			row.user,
			frappe._dict(
				user=row.user,
				person=row.full_name or row.user,
				role=_(row.project_role) if row.project_role else "",
			),
		)
		person[f"skill_{numbers[row.skill]}"] = row.level
	return sorted(found.values(), key=lambda person: (person.role, person.person))


def get_message(rows: list[frappe._dict]) -> str | None:
	"""Skills that only one person masters."""
	masters: dict[str, set[str]] = {}
	for row in rows:
		masters.setdefault(row.skill, set())
		if row.level >= EXPERT:
			masters[row.skill].add(row.full_name or row.user)
	lonely = [
		f"{_(skill)} ({next(iter(names))})" for skill, names in sorted(masters.items()) if len(names) == 1
	]
	if not lonely:
		return None
	return _("Only one person has level 4 or 5 in: {0}.").format(
		", ".join(frappe.utils.escape_html(text) for text in lonely)
	)


def get_chart(rows: list[frappe._dict], skills: list[str]) -> dict | None:
	if not skills:
		return None
	counted = [sum(row.skill == skill for row in rows) for skill in skills]
	experts = [sum(row.skill == skill and row.level >= EXPERT for row in rows) for skill in skills]
	return {
		"data": {
			"labels": [_(skill) for skill in skills],
			"datasets": [
				{"name": _("People"), "values": counted},
				{"name": _("Level 4 or 5"), "values": experts},
			],
		},
		"type": "bar",
	}
