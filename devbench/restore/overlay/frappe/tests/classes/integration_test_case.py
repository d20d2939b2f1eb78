"""Tests on a site: what they write is rolled back after the class."""

import copy
from collections import defaultdict
from contextlib import contextmanager
from unittest.mock import patch

import frappe
from frappe.tests.classes.unit_test_case import UnitTestCase


class IntegrationTestCase(UnitTestCase):
	"""A test with a connection to the site, test records and counts of queries.

	`EXTRA_TEST_RECORD_DEPENDENCIES` and `IGNORE_TEST_RECORD_DEPENDENCIES` of the test's module add to, or take
	away from, the DocTypes whose records are made before the first test."""

	TEST_SITE = None
	SHOW_TRANSACTION_COMMIT_WARNINGS = False

	@classmethod
	def setUpClass(cls) -> None:
		site = getattr(frappe.local, "site", None) or cls.TEST_SITE
		frappe.init(site)
		if not frappe.db:
			frappe.connect()
		super().setUpClass()

		cls.ADMIN_PASSWORD = frappe.get_conf(site).admin_password
		cls._primary_connection = frappe.local.db
		cls._secondary_connection = None

		cls._make_records()
		frappe.db.commit()
		if cls.SHOW_TRANSACTION_COMMIT_WARNINGS:
			frappe.db.before_commit.add(_commit_watcher)

		cls.addClassCleanup(_restore_context, copy.deepcopy(frappe.local.flags))
		cls.addClassCleanup(_rollback)

	@classmethod
	def _make_records(cls) -> None:
		from frappe.tests.utils import make_test_records

		cls.globalTestRecords = _Records()
		module = cls.module
		wanted = list(
			getattr(module, "EXTRA_TEST_RECORD_DEPENDENCIES", None)
			or getattr(module, "test_dependencies", [])
		)
		if cls.doctype:
			wanted.append(cls.doctype)
		ignored = getattr(module, "IGNORE_TEST_RECORD_DEPENDENCIES", None) or getattr(
			module, "test_ignore", []
		)
		for doctype in wanted:
			if doctype not in ignored:
				make_test_records(doctype, ignore=ignored)

	@contextmanager
	def primary_connection(self):
		"""Work on the connection the test started with."""
		with self._connection(self._primary_connection):
			yield

	@contextmanager
	def secondary_connection(self):
		"""Work on a second connection, as another process would."""
		cls = type(self)
		if cls._secondary_connection is None:
			current = frappe.local.db
			frappe.connect()
			cls._secondary_connection = frappe.local.db
			frappe.local.db = current
		with self._connection(cls._secondary_connection):
			yield

	@contextmanager
	def _connection(self, connection):
		current = frappe.local.db
		frappe.local.db = connection
		try:
			yield
		finally:
			frappe.local.db = current
			self.addCleanup(self._rollback_connections)

	def _rollback_connections(self):
		for connection in (self._primary_connection, self._secondary_connection):
			if connection:
				connection.rollback()

	@contextmanager
	def assertQueryCount(self, count, query_type: tuple[str, ...] | None = None):
		"""At most `count` statements go to the database inside the block."""
		queries = []
		sql = frappe.db.__class__.sql

		def counting(self, *args, **kwargs):
			result = sql(self, *args, **kwargs)
			statement = str(self.last_query or "")
			if not query_type or statement.lower().lstrip().startswith(tuple(query_type)):
				queries.append(statement)
			return result

		with patch.object(frappe.db.__class__, "sql", counting):
			yield
		self.assertLessEqual(len(queries), count, msg="Queries executed: \n" + "\n\n".join(queries))

	@contextmanager
	def assertRedisCallCounts(self, count, *, exact=False):
		"""At most (or exactly) `count` commands go to Redis inside the block."""
		from frappe.utils.redis_wrapper import RedisWrapper

		commands = []
		execute = RedisWrapper.execute_command

		def counting(self, *args, **kwargs):
			if args and args[0] not in ("CLIENT", "PUBLISH"):
				commands.append(args[:2])
			return execute(self, *args, **kwargs)

		with patch.object(RedisWrapper, "execute_command", counting):
			yield
		check = self.assertEqual if exact else self.assertLessEqual
		check(len(commands), count, msg=f"commands: {commands}")

	@contextmanager
	def assertRowsRead(self, count):
		"""At most `count` rows are read inside the block."""
		rows = 0
		sql = frappe.db.__class__.sql

		def counting(self, *args, **kwargs):
			nonlocal rows
			result = sql(self, *args, **kwargs)
			rows += self._cursor.rowcount if self._cursor else 0
			return result

		with patch.object(frappe.db.__class__, "sql", counting):
			yield
		self.assertLessEqual(rows, count, msg="Queries read more rows than expected")


class _Records(defaultdict):
	"""Test records of DocTypes, read when first asked for."""

	def __missing__(self, doctype):
		from frappe.tests.utils.generators import load_test_records_for

		self[doctype] = load_test_records_for(doctype)
		return self[doctype]


def _commit_watcher():
	import traceback

	print("Warning: transaction committed during tests.")
	traceback.print_stack(limit=10)


def _rollback():
	frappe.db.value_cache.clear()
	frappe.db.rollback()


def _restore_context(flags):
	frappe.local.flags = flags
	frappe.local.error_log = []
	frappe.local.message_log = []
	frappe.local.debug_log = []
	frappe.local.conf = frappe._dict(frappe.get_site_config())
	frappe.local.cache = {}
	frappe.local.lang = "en"
	frappe.local.preload_assets = {"style": [], "script": [], "icons": []}
	if hasattr(frappe.local, "request"):
		delattr(frappe.local, "request")
