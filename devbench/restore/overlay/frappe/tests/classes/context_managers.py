"""Conditions that a test sets up and that are gone afterwards."""

import copy
import datetime
import functools
import pdb
import signal
import sys
import traceback
from contextlib import contextmanager
from unittest.mock import patch

import frappe


@contextmanager
def set_user(user: str):
	"""Be somebody else for a while."""
	old_user = frappe.session.user
	try:
		frappe.set_user(user)
		yield
	finally:
		frappe.set_user(old_user)


@contextmanager
def freeze_time(time_to_freeze, is_utc: bool = False, *args, **kwargs):
	"""Stop the clock at a time of the site's own time zone, or of UTC.

	Only the functions of frappe.utils stand still where no library for the clock itself is installed."""
	import pytz

	from frappe.utils.data import get_datetime, get_system_timezone

	moment = get_datetime(time_to_freeze)
	zone = pytz.timezone(get_system_timezone())
	if is_utc:
		instant = moment.replace(tzinfo=datetime.timezone.utc)
	else:
		instant = zone.localize(moment).astimezone(datetime.timezone.utc)

	try:
		import time_machine
	except ImportError:
		local_moment = instant.astimezone(zone).replace(tzinfo=None)
		with (
			patch("frappe.utils.data.now_datetime", return_value=local_moment),
			patch("frappe.utils.now_datetime", return_value=local_moment),
		):
			yield
	else:
		with time_machine.travel(instant, tick=False):
			yield


@contextmanager
def change_settings(doctype: str, settings_dict=None, /, commit: bool = False, **settings):
	"""Set fields of a Single, and set them back afterwards."""
	settings = {**(settings_dict or {}), **settings}
	doc = frappe.get_doc(doctype)
	before = {key: copy.copy(doc.get(key)) for key in settings}
	try:
		_write_settings(doctype, settings, commit)
		yield
	finally:
		_write_settings(doctype, before, commit)


def _write_settings(doctype: str, values: dict, commit: bool) -> None:
	doc = frappe.get_doc(doctype)
	doc.update(values)
	doc.save(ignore_permissions=True)
	frappe.db.value_cache.clear()
	if commit:
		frappe.db.commit()


@contextmanager
def patch_hooks(overridden_hooks: dict):
	"""Give some hooks other values."""
	get_hooks = frappe.get_hooks

	def patched(hook=None, default="_KEEP_DEFAULT_LIST", app_name=None):
		if hook in overridden_hooks:
			return overridden_hooks[hook]
		return get_hooks(hook, default, app_name)

	with patch.object(frappe, "get_hooks", patched):
		yield


@contextmanager
def switch_site(site: str):
	"""Be on another site for a while."""
	old_site = frappe.local.site
	try:
		frappe.init(site, force=True)
		frappe.connect()
		yield
	finally:
		frappe.init(old_site, force=True)
		frappe.connect()


@contextmanager
def enable_safe_exec():
	"""Allow server scripts on the bench for a while."""
	import os

	from frappe.installer import update_site_config
	from frappe.utils.safe_exec import SAFE_EXEC_CONFIG_KEY

	conf = os.path.join(frappe.local.sites_path, "common_site_config.json")
	before = frappe.get_common_site_config().get(SAFE_EXEC_CONFIG_KEY)
	update_site_config(SAFE_EXEC_CONFIG_KEY, 1, validate=False, site_config_path=conf)
	try:
		yield
	finally:
		update_site_config(SAFE_EXEC_CONFIG_KEY, before or 0, validate=False, site_config_path=conf)


def timeout(seconds=30, error_message="Test timed out."):
	"""Decorate a test so that it fails when it takes longer."""
	# used without brackets, the first argument is the test itself
	function = seconds if callable(seconds) else None
	limit = 30 if function else seconds

	def decorator(func):
		def _handle_timeout(signum, frame):
			raise Exception(error_message)

		@functools.wraps(func)
		def wrapper(*args, **kwargs):
			old = signal.signal(signal.SIGALRM, _handle_timeout)
			signal.alarm(limit)
			try:
				return func(*args, **kwargs)
			finally:
				signal.alarm(0)
				signal.signal(signal.SIGALRM, old)

		return wrapper

	return decorator(function) if function else decorator


def debug_on(*exceptions):
	"""Decorate a test so that the debugger opens where one of the exceptions was raised."""
	if not exceptions:
		exceptions = (AssertionError,)

	def decorator(func):
		@functools.wraps(func)
		def wrapper(*args, **kwargs):
			try:
				return func(*args, **kwargs)
			except exceptions:
				traceback.print_exc()
				pdb.post_mortem(sys.exc_info()[2])
				raise

		return wrapper

	return decorator


@contextmanager
def trace_fields(doc_class, **fields):
	"""Record each assignment to fields of a class of documents; yields {field: [values]}.

	:param fields: field name → function of (document, old value, new value) that may check or raise; or None."""
	seen = {name: [] for name in fields}
	original = doc_class.__setattr__

	def __setattr__(self, name, value):
		if name in seen:
			if check := fields[name]:
				check(self, self.__dict__.get(name), value)
			seen[name].append(value)
		original(self, name, value)

	doc_class.__setattr__ = __setattr__
	try:
		yield seen
	finally:
		doc_class.__setattr__ = original
