"""The framework's source as shipped needs Python 3.12; these lines make it run on 3.11."""

from devbench.restore.edit import Edit

EDITS = [
	# `type X = …` is new in 3.12. The name is only used in annotations, so a plain assignment does.
	Edit(
		"frappe/desk/doctype/event/event.py",
		"\ttype EventLikeDict = Event | frappe._dict",
		"\tEventLikeDict = Event | frappe._dict",
	),
]
