"""Things that still work but will go: the decorator apps mark theirs with, and old names."""

import functools
import os
import sys
import warnings


class FrappeDeprecationWarning(Warning):
	"""Any warning of this module."""


class FrappeDeprecationError(FrappeDeprecationWarning):
	"""What is called will not work any more."""


class V15FrappeDeprecationWarning(FrappeDeprecationWarning):
	"""Goes with version 15."""


class V16FrappeDeprecationWarning(FrappeDeprecationWarning):
	"""Goes with version 16."""


class V17FrappeDeprecationWarning(FrappeDeprecationWarning):
	"""Goes with version 17."""


class PendingFrappeDeprecationWarning(FrappeDeprecationWarning):
	"""Goes some day."""


_CLASSES = {
	"v15": V15FrappeDeprecationWarning,
	"v16": V16FrappeDeprecationWarning,
	"v17": V17FrappeDeprecationWarning,
}


def get_warning_class(graduation: str) -> type[Warning]:
	"""Return the class of warning for what goes with the version `graduation`."""
	return _CLASSES.get(graduation.lower(), PendingFrappeDeprecationWarning)


def color(text: str, code: int) -> str:
	"""Return the text in a terminal colour, plain where no terminal shows it."""
	if os.environ.get("NO_COLOR") or not sys.stderr.isatty():
		return text
	return f"\033[{code}m{text}\033[0m"


def deprecated(original: str, marked: str, graduation: str, msg: str, stacklevel: int = 1):
	"""Decorate a function or class so that calling it warns.

	:param original: dotted path of what is deprecated.
	:param marked: the day it was marked, as YYYY-MM-DD.
	:param graduation: version with which it goes, e.g. `v17`.
	:param msg: what to use in its place."""

	def decorator(target):
		message = _message(original, marked, graduation, msg)
		category = get_warning_class(graduation)

		if isinstance(target, type):
			init = target.__init__

			@functools.wraps(init)
			def __init__(self, *args, **kwargs):
				warnings.warn(message, category, stacklevel=stacklevel + 1)
				init(self, *args, **kwargs)

			target.__init__ = __init__
			return target

		@functools.wraps(target)
		def wrapper(*args, **kwargs):
			warnings.warn(message, category, stacklevel=stacklevel + 1)
			return target(*args, **kwargs)

		return wrapper

	return decorator


def deprecation_warning(marked: str, graduation: str, msg: str) -> None:
	"""Warn from the place where a deprecated way of doing something is taken."""
	warnings.warn(
		f"{color('This will be removed', 93)} in {graduation} (marked {marked}). {msg}",
		get_warning_class(graduation),
		stacklevel=2,
	)


def _message(original: str, marked: str, graduation: str, msg: str) -> str:
	name = color(original, 93)
	return f"{name} is deprecated as of {marked} and will be removed in {graduation}. {msg.strip()}"


def get_tests_FrappeTestCase():
	"""Return the old base class of tests."""
	from frappe.tests.utils import FrappeTestCase

	return FrappeTestCase


def get_tests_UnitTestCase():
	"""Return the base class of tests without a database."""
	from frappe.tests.classes import UnitTestCase

	return UnitTestCase


def get_tests_IntegrationTestCase():
	"""Return the base class of tests with a database."""
	from frappe.tests.classes import IntegrationTestCase

	return IntegrationTestCase
