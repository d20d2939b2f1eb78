"""Check the arguments of the framework's own functions although its files postpone their annotations."""

import sys
from weakref import WeakKeyDictionary

_resolved_annotations = WeakKeyDictionary()


def resolved_annotations(func: Callable) -> dict:
	"""Return the function's annotations with names resolved, where the framework's file has them as text.

	What only type checkers can see stays text and is not checked, as in a file without postponed
	annotations. Functions of apps keep what they have: an official site does not resolve theirs either.
	"""
	annotations = func.__annotations__
	if not func.__module__.startswith("frappe.") or not any(
		isinstance(annotation, str) for annotation in annotations.values()
	):
		return annotations

	if (known := _resolved_annotations.get(func)) is None:
		names = getattr(func, "__globals__", None) or vars(sys.modules[func.__module__])
		known = {
			argument: _resolve(annotation, names) if isinstance(annotation, str) else annotation
			for argument, annotation in annotations.items()
		}
		_resolved_annotations[func] = known
	return known


def _resolve(annotation: str, names: dict):
	try:
		annotation_type = eval(annotation, names)
		# A type that pydantic cannot build (a name quoted deep inside) must not fail the call later.
		if annotation_type not in SLACK_DICT and not isinstance(annotation_type, ForwardRefOrStr):
			TypeAdapter(annotation_type)
	except Exception:
		return annotation
	return annotation_type
