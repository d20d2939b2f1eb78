"""Runs an import: in chunks, each committed together with the note of what it did.

Because the records and their SPM Import Records go into the database in one transaction, a worker that dies
leaves either a whole chunk or nothing of it, and whoever resumes skips the rows that are noted.
"""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import add_to_date, cint, now_datetime

from sales_crm_pm.exceptions import ImportRunError
from sales_crm_pm.importing import records, request
from sales_crm_pm.importing.bulk import BulkWriter, importing_mode, reason_of
from sales_crm_pm.importing.masters import create_masters
from sales_crm_pm.importing.matching import fold
from sales_crm_pm.importing.plan import Plan, Record, build
from sales_crm_pm.importing.update import update_record
from sales_crm_pm.loop import customer_figures, customer_tree, duplicates, lifecycle, tiers, visits

CHUNK = 500
# Up to this many rows a person waits for the answer instead of watching a progress bar.
INLINE_ROWS = 200
ACTIVE = ("Queued", "Running")
# A worker writes at least every few seconds; half an hour of silence means it is gone.
SILENCE_MINUTES = 30
ATTEMPTS = 3
EVENT = "spm_import_progress"


def start(
	order: request.Request, file: str, preset: str | None = None, background: bool | None = None
) -> str:
	"""Record a run and carry it out, at once when it is small, else by a worker.

	:param order: the checked order
	:param file: name or URL of the file
	:param background: True or False to decide, None to let the size decide
	:returns: name of the SPM Import Run
	:raises ImportRunError: when decisions are missing
	"""
	plan = build(order)
	refuse_undecided(plan)
	doc = request.file_document(file)
	run = frappe.get_doc(
		{
			"doctype": "SPM Import Run",
			"title": doc.file_name,
			"file": doc.file_url,
			"target": order.doctype,
			"preset": preset,
			"status": "Queued",
			"rows_total": len(plan.records),
			"mapping": frappe.as_json(order.mapping()),
			"options": frappe.as_json(order.options),
		}
	).insert()
	if background is None:
		background = len(plan.records) > INLINE_ROWS
	if background:
		enqueue(run.name)
	else:
		execute(run.name, commit=False)
	return run.name


def refuse_undecided(plan: Plan):
	"""Stop when rows wait for a decision that only a person can take.

	:raises ImportRunError: naming the question and the first rows; the response lists all of them
	"""
	open_decisions = plan.undecided()
	if not open_decisions:
		return
	first = open_decisions[0]
	frappe.local.response["decisions"] = open_decisions
	frappe.throw(
		_(
			"{0} rows name no customer (rows {1}). Say what shall become of them: skip them, or hang them on a placeholder customer."
		).format(first["count"], _first_rows(first["rows"])),
		ImportRunError,
		title=_("A Decision Is Needed"),
	)


def _first_rows(rows: list[int], shown: int = 10) -> str:
	text = ", ".join(str(row) for row in rows[:shown])
	return text if len(rows) <= shown else _("{0} and {1} more").format(text, len(rows) - shown)


def enqueue(run: str, method: str = "sales_crm_pm.importing.runner.execute"):
	"""Hand a run to a worker once this transaction is committed.

	Every attempt is a job of its own: the queue believes for a while that the job of a killed worker is still
	running, and would refuse a second one of the same id. That two never write the same rows is not the
	queue's business but that of the mark in the run (`worker`), which every chunk checks under a lock.
	"""
	frappe.enqueue(
		method,
		queue="long",
		timeout=4 * 3600,
		job_id=f"spm_import::{run}::{frappe.generate_hash(length=8)}",
		enqueue_after_commit=True,
		import_run=run,
	)


def execute(import_run: str, commit: bool = True):
	"""Carry out a run, or go on with one that was interrupted. The person who ordered it is the user.

	:param import_run: name of the run
	:param commit: False only where the caller's own transaction ends soon (small files, tests)
	"""
	run = frappe.get_doc("SPM Import Run", import_run)
	if run.status not in (*ACTIVE, "Failed"):
		return
	user = frappe.session.user
	if commit and user != run.owner:
		frappe.set_user(run.owner)
	try:
		Runner(run, commit).go()
	except Exception as error:
		if not commit:
			raise
		frappe.db.rollback()
		reason = reason_of(error)
		frappe.log_error(
			title=f"Import {import_run} failed", reference_doctype="SPM Import Run", reference_name=import_run
		)
		_store(import_run, status="Failed", error_message=reason, finished_on=now_datetime(), worker=None)
		frappe.db.commit()  # nosemgrep: the failure must be seen although the job ends with an error
		publish(import_run, run.owner)
		raise
	finally:
		if frappe.session.user != user:
			frappe.set_user(user)


class Runner:
	"""One worker's go at one run.

	:param run: the SPM Import Run document
	:param commit: whether chunks are committed
	"""

	def __init__(self, run, commit: bool):
		self.run = run
		self.name = run.name
		self.commit = commit
		self.token = frappe.generate_hash(length=16)
		self.names_by_title: dict[str, str] = {}
		self.logged = False

	def go(self):
		"""Masters, then the rows in chunks, then the derived figures."""
		_store(
			self.name,
			status="Running",
			worker=self.token,
			started_on=self.run.started_on or now_datetime(),
			finished_on=None,
			error_message=None,
		)
		self._commit()
		order = self._order()
		plan = build(order)
		refuse_undecided(plan)
		with importing_mode():
			if self._create_masters(plan):
				plan = build(order)
			self.plan = plan
			self._know_existing(plan)
			self.writer = BulkWriter(order.doctype)
			done = records.done_rows(self.name)
			waiting = [record for record in plan.records if record.row_no not in done]
			size = min(max(cint(order.options.get("chunk_size")) or CHUNK, 1), 5000)
			for begin in range(0, len(waiting), size):
				if not self._chunk(waiting[begin : begin + size]):
					return
			self._finish(plan)

	def _order(self) -> request.Request:
		mapping = frappe.parse_json(self.run.mapping or "{}")
		options = frappe.parse_json(self.run.options or "{}")
		return request.load(self.run.file, None, mapping, options)

	def _create_masters(self, plan: Plan) -> bool:
		"""Create what the file needs first; names them in the run, so that undo takes them away again."""
		created = create_masters(plan)
		if created:
			records.write(self.name, [records.created(0, doc) for doc in created])
			self._commit()
		return bool(created)

	def _know_existing(self, plan: Plan):
		if self.run.target != "SPM Customer":
			return
		for record in plan.records:
			if record.existing and record.values.get("customer_name"):
				self.names_by_title[fold(record.values["customer_name"])] = record.existing

	def _chunk(self, chunk: list[Record]) -> bool:
		"""Write one chunk; repeat it when the database chose it as the victim of a deadlock."""
		for attempt in range(1, ATTEMPTS + 1):
			if not self._still_mine():
				return False
			try:
				self._write_chunk(chunk)
				break
			except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
				if attempt == ATTEMPTS or not self.commit:
					raise
				frappe.db.rollback()
				self.writer = BulkWriter(self.run.target)
		self._commit()
		publish(self.name, self.run.owner)
		return True

	def _still_mine(self) -> bool:
		"""Lock the run; a worker that was believed dead must stop when another one has taken over."""
		row = frappe.db.get_value(
			"SPM Import Run", self.name, ["worker", "status"], for_update=True, as_dict=True
		)
		return bool(row) and row.worker == self.token and row.status == "Running"

	def _write_chunk(self, chunk: list[Record]):
		new = [record.values for record in chunk if record.action == "create"]
		with duplicates.batch(self.run.target, new, self.plan.request.options.get("duplicates")):
			self._write_records(chunk)

	def _write_records(self, chunk: list[Record]):
		notes: list[dict] = []
		rows: dict[int, Record] = {}
		for record in chunk:
			if record.action == "create":
				values = self._with_parent(record)
				if self.writer.waits_for(values.get("parent_customer")):
					notes += self._flush(rows)
				try:
					doc = self.writer.add(values)
					rows[id(doc)] = record
					if self.run.target == "SPM Customer":
						self.names_by_title[fold(doc.customer_name)] = doc.name
				except Exception as error:
					self._raise_if_broken(error)
					notes.append(records.failed(record.row_no, reason_of(error)))
			elif record.action in ("skip", "fail"):
				make = records.skipped if record.action == "skip" else records.failed
				notes.append(make(record.row_no, record.reason))
		notes += self._flush(rows)
		# After the inserts: an updated child may belong to a parent that this chunk has just created.
		notes += [self._update(record) for record in chunk if record.action == "update"]
		records.write(self.name, notes)
		counts = records.counts(self.name)
		done = sum(counts.values())
		_store(
			self.name,
			rows_created=counts["Created"],
			rows_updated=counts["Updated"],
			rows_skipped=counts["Skipped"],
			rows_failed=counts["Failed"],
			progress=min(99, 100 * done / max(1, self.run.rows_total)),
		)

	def _flush(self, rows: dict[int, Record]) -> list[dict]:
		written, refused = self.writer.flush()
		notes = [records.created(rows[id(doc)].row_no, doc) for doc in written]
		return notes + [records.failed(rows[id(doc)].row_no, reason) for doc, reason in refused]

	def _update(self, record: Record) -> dict:
		frappe.db.savepoint("spm_update")
		try:
			return update_record(self.run.target, record, self._with_parent(record))
		except Exception as error:
			self._raise_if_broken(error)
			frappe.db.rollback(save_point="spm_update")
			return records.failed(record.row_no, reason_of(error))

	def _with_parent(self, record: Record) -> dict:
		"""The row's values with the run's mark, and the parent company's name instead of its words."""
		values = {**record.values, "import_run": self.name}
		if not self.writer.meta.has_field("source_owner"):
			values.pop("source_owner", None)
		parent = values.get("parent_customer")
		if self.run.target == "SPM Customer" and parent and fold(parent) in self.names_by_title:
			values["parent_customer"] = self.names_by_title[fold(parent)]
		return values

	def _raise_if_broken(self, error: Exception):
		"""Errors of the database are not errors of a row; errors of a program are, but somebody must see them."""
		if isinstance(error, frappe.QueryDeadlockError | frappe.QueryTimeoutError | frappe.db.InterfaceError):
			raise error
		if not isinstance(error, frappe.ValidationError | frappe.PermissionError) and not self.logged:
			self.logged = True
			frappe.log_error(
				title=f"Import {self.name}: a row failed unexpectedly",
				reference_doctype="SPM Import Run",
				reference_name=self.name,
			)

	def _finish(self, plan: Plan):
		if not self._still_mine():
			return
		refresh_figures(self.run.target, self.name)
		counts = records.counts(self.name)
		_store(
			self.name,
			status="Completed with Errors" if counts["Failed"] else "Completed",
			progress=100,
			finished_on=now_datetime(),
			worker=None,
			rows_total=len(plan.records),
			rows_created=counts["Created"],
			rows_updated=counts["Updated"],
			rows_skipped=counts["Skipped"],
			rows_failed=counts["Failed"],
		)
		self._commit()
		publish(self.name, self.run.owner)

	def _commit(self):
		if self.commit:
			frappe.db.commit()  # nosemgrep: each chunk is one transaction, see the module's words


def refresh_figures(target: str, run: str):
	"""Bring the figures of the customers that a run touched up to date, set-based."""
	if target == "SPM Customer":
		customer_tree.refresh()
		tiers.figures_changed(None)
	customers = records.touched_customers(run, target)
	if not customers:
		return
	before = records.lifecycle_stages(customers)
	customer_figures.refresh(customers)
	visits.refresh(customers)
	tiers.figures_changed(customers)
	if target == "SPM Interaction":
		lifecycle.talked(customers)
	records.remember_lifecycle(run, before, records.lifecycle_stages(customers))


def _store(run: str, **values):
	# modified is the heartbeat by which resume_interrupted tells a working run from a dead one.
	frappe.db.set_value("SPM Import Run", run, values)


def publish(run: str, user: str):
	"""Tell the person's open pages how far the run is."""
	row = frappe.db.get_value(
		"SPM Import Run",
		run,
		[
			"name",
			"status",
			"progress",
			"rows_total",
			"rows_created",
			"rows_updated",
			"rows_skipped",
			"rows_failed",
			"error_message",
		],
		as_dict=True,
	)
	frappe.publish_realtime(EVENT, row, user=user)


def resume(import_run: str):
	"""Let a worker go on with a run that stopped.

	:raises ImportRunError: when the run is not one that can go on
	"""
	run = frappe.get_doc("SPM Import Run", import_run)
	run.check_permission("write")
	if run.status not in (*ACTIVE, "Failed"):
		frappe.throw(_("This run is not interrupted, there is nothing to resume."), ImportRunError)
	_store(import_run, status="Queued", error_message=None)
	enqueue(import_run)


def resume_interrupted():
	"""Hourly job: hand runs to a worker again whose own worker is gone."""
	silent_since = add_to_date(now_datetime(), minutes=-SILENCE_MINUTES)
	stopped = frappe.get_all(
		"SPM Import Run", filters={"status": ["in", ACTIVE], "modified": ["<", silent_since]}, pluck="name"
	)
	for run in stopped:
		enqueue(run)
