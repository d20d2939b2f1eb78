"""What the hooks of the app do: each leaves a trace that a test can read."""

import frappe


def count_update(doc, method=None):
	"""Count how often a record was written, in the row itself."""
	doc.db_set("updates", (doc.updates or 0) + 1, update_modified=False)


def mark_todo(doc, method=None):
	"""Show that a hook of this app ran on a DocType of the framework."""
	doc.color = "#123456"


def note_customer(doc, method=None):
	"""Show that a hook of this app ran on a DocType of the other app."""
	_remember("customer", doc.name)


def every_minute():
	"""Count the runs of the scheduled event."""
	_remember("ticks", int(frappe.db.get_default("devbench_probe_ticks") or 0) + 1)


def every_day():
	"""Count the daily runs."""
	_remember("days", int(frappe.db.get_default("devbench_probe_days") or 0) + 1)


def add_to_boot(bootinfo):
	"""Put a key of ours into the data of the desk."""
	bootinfo.devbench_probe = {"greeting": frappe._("Hello from the probe")}


def probe_greeting(name: str) -> str:
	"""Return a greeting; a Jinja method."""
	return frappe._("Hello {0} from the probe").format(name)


def probe_shout(text: str) -> str:
	"""Return the text in capitals; a Jinja filter."""
	return text.upper()


def may_open_app() -> bool:
	"""Return True if the app is shown on the screen of apps: to people who may read its records."""
	return bool(frappe.has_permission("Devbench Probe Record", "read"))


def hide_secret(user: str | None = None) -> str:
	"""Return the condition of lists: two parts joined by OR, which is only right inside brackets."""
	user = user or frappe.session.user
	if user == "Administrator":
		return ""
	owner = frappe.db.escape(user)
	return f"(`tabDevbench Probe Record`.`secret` = 0 OR `tabDevbench Probe Record`.`owner` = {owner})"


def before_install():
	_remember("before_install", 1)


def after_install():
	_remember("after_install", 1)


def before_migrate():
	_remember("before_migrate", int(frappe.db.get_default("devbench_probe_before_migrate") or 0) + 1)


def after_migrate():
	_remember("after_migrate", int(frappe.db.get_default("devbench_probe_after_migrate") or 0) + 1)


def before_uninstall():
	"""Take the role of the fixture away: it belongs to no module, so nobody else does."""
	for role in frappe.get_all("Role", {"name": ("like", "Devbench Probe%")}, pluck="name"):
		frappe.delete_doc("Role", role, force=True, ignore_permissions=True)


def after_uninstall():
	"""Take away what the framework would leave until the next migrate, and our own marks."""
	from frappe.core.doctype.scheduled_job_type.scheduled_job_type import sync_jobs

	sync_jobs()
	frappe.db.delete("Patch Log", {"patch": ("like", "%devbench_probe%")})
	frappe.db.delete("DefaultValue", {"defkey": ("like", "devbench_probe_%")})
	frappe.clear_cache()


def _remember(key: str, value) -> None:
	frappe.db.set_default(f"devbench_probe_{key}", value)
