"""Arguments of whitelisted functions are checked against resolved annotations (see the graft)."""

from devbench.restore.edit import Edit

EDITS = [
	Edit(
		"frappe/utils/typing_validations.py",
		"\tannotations = func.__annotations__\n\n\tif (",
		"\tannotations = resolved_annotations(func)\n\n\tif (",
	),
]
