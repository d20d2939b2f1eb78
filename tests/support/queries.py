"""Count the SQL statements that a block of code sends."""

from __future__ import annotations

from contextlib import contextmanager


@contextmanager
def counted_queries(limit: int | None = None):
	"""Collect every statement of the block in the list it yields; more than `limit` fails with all of them.

	Savepoints and transaction control do not count: they cost no work and depend on the caller.
	"""
	import frappe

	queries: list[str] = []
	real = frappe.db.execute_query
	ignored = ("savepoint", "release savepoint", "rollback", "commit", "start transaction")

	def execute_query(query, values=None):
		result = real(query, values)
		text = str(query).strip()
		if not text.lower().startswith(ignored):
			queries.append(text)
		return result

	frappe.db.execute_query = execute_query
	try:
		yield queries
	finally:
		del frappe.db.execute_query
	if limit is not None and len(queries) > limit:
		listing = "\n".join(f"{number:3}. {query[:300]}" for number, query in enumerate(queries, 1))
		raise AssertionError(f"{len(queries)} statements, at most {limit} are allowed:\n{listing}")
