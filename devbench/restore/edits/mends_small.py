"""Small mends: ordered UUID names, optional GitPython, and two faults that 16.4 has everywhere."""

from devbench.restore.edit import Edit

EDITS = [
	# Before Python 3.14 the names fell back to random UUIDs, which do not sort by creation.
	Edit(
		"frappe/model/naming.py",
		"\t# uuid7 added in Python 3.14; fallback to uuid4\n\tfrom uuid import uuid4 as uuid7\n",
		"\t# the standard library has it from Python 3.14 on\n\tfrom frappe.utils.uuid7 import uuid7\n",
	),
	# GitPython is only needed to make a new app's repository and to read .gitignore.
	Edit(
		"frappe/utils/boilerplate.py",
		"import click\nimport git\nimport requests\n",
		"import click\nimport requests\n",
	),
	Edit(
		"frappe/utils/boilerplate.py",
		"\t\tapp_repo = git.Repo.init(",
		"\t\timport git\n\n\t\tapp_repo = git.Repo.init(",
	),
	Edit(
		"frappe/gettext/translate.py",
		'\timport git\n\n\tif not app:\n\t\treturn lambda d: "public/dist" in d\n',
		'\ttry:\n\t\timport git\n\texcept ImportError:\n\t\tgit = None\n\n'
		'\tif not app or not git:\n\t\treturn lambda d: "public/dist" in d or "node_modules" in d\n',
	),
	# A document that was assigned once and then freed has "" here, which is no JSON.
	Edit(
		"frappe/model/rename_doc.py",
		'frappe.parse_json(frappe.db.get_value(doctype, old, "_assign")) or []',
		'frappe.parse_json(frappe.db.get_value(doctype, old, "_assign") or "[]")',
	),
	Edit(
		"frappe/model/rename_doc.py",
		'frappe.parse_json(frappe.db.get_value(doctype, new, "_assign")) or []',
		'frappe.parse_json(frappe.db.get_value(doctype, new, "_assign") or "[]")',
	),
]
