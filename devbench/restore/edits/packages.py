"""Python packages that this bench does not have, or that the wheel asks for at the wrong place."""

from devbench.restore.edit import Edit

EDITS = [
	# mysqlclient is C source that every machine would have to compile; PyMySQL does the same in Python
	Edit(
		"frappe/app.py",
		"import frappe.database.mariadb.mysqlclient  # Load database related utils\n",
		"import frappe.database.mariadb.database  # Load database related utils\n",
	),
]
