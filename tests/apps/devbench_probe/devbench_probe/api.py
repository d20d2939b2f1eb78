"""Whitelisted functions with real annotations."""

import datetime

import frappe


@frappe.whitelist()
def echo(
	count: int, label: str = "", when: datetime.date | None = None, tags: list[str] | None = None
) -> dict:
	"""Return the arguments and the names of the types they arrived as."""
	values = {"count": count, "label": label, "when": when, "tags": tags}
	return {"values": values, "types": {key: type(value).__name__ for key, value in values.items()}}


@frappe.whitelist(methods=["POST"])
def write_record(title: str) -> str:
	"""Write a record in the background; return the id of the job."""
	job = frappe.enqueue("devbench_probe.api.insert_record", title=title, queue="short")
	return job.id if job else ""


def insert_record(title: str) -> str:
	"""Insert a record and return its name; called by a worker."""
	return frappe.get_doc(doctype="Devbench Probe Record", title=title).insert(ignore_permissions=True).name


@frappe.whitelist()
def announce(text: str) -> None:
	"""Send a realtime message to the person who calls."""
	frappe.publish_realtime("devbench_probe", {"text": text}, user=frappe.session.user)


@frappe.whitelist()
def fail() -> None:
	"""Log an error and raise another one."""
	frappe.log_error("Devbench Probe failed", "a message for the log")
	raise frappe.ValidationError("devbench probe failed on purpose")


@frappe.whitelist(allow_guest=True)
def limited() -> str:
	"""Answer three times a minute, then no more."""
	return _limited()


def _limited() -> str:
	from frappe.rate_limiter import rate_limit

	return rate_limit(limit=3, seconds=60)(lambda: "answered")()


@frappe.whitelist()
def overridden() -> str:
	"""Replaced by `overriding` through the hook."""
	return "original"


@frappe.whitelist()
def overriding() -> str:
	"""Called in the place of `overridden`."""
	return "override"
