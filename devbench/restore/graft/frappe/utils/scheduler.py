# Scheduled events of every site; the fork's function for one site called itself by a name taken twice.

from frappe.utils import get_sites


def start_scheduler() -> NoReturn:
	"""Enqueue what is due, again and again; the pause is `scheduler_tick_interval` of the common
	configuration, in seconds. A second scheduler of the same bench ends at once."""
	tick = get_scheduler_tick()
	set_niceness()

	try:
		lock = FileLock(_get_scheduler_lock_file())
		lock.acquire(blocking=False)
	except Timeout:
		frappe.logger("scheduler").debug("Scheduler already running")
		return

	while True:
		time.sleep(sleep_duration(tick))
		enqueue_events_for_all_sites()


def _get_scheduler_lock_file() -> str:
	"""Return the path of the file whose lock says that a scheduler is running."""
	folder = os.path.join(get_bench_path(), "config")
	os.makedirs(folder, exist_ok=True)
	return os.path.abspath(os.path.join(folder, "scheduler_process"))


def enqueue_events_for_all_sites() -> None:
	"""Enqueue what is due on every site of the bench, in random order so that none is always last."""
	with frappe.init_site():
		sites = get_sites()

	random.shuffle(sites)
	for site in sites:
		try:
			enqueue_events_for_site(site)
		except Exception:
			frappe.logger("scheduler").debug(f"Failed to enqueue events for site: {site}", exc_info=True)


def enqueue_events_for_site(site: str) -> None:
	"""Enqueue what is due on one site, unless its scheduler is off."""

	def log_exc():
		frappe.logger("scheduler").error(f"Exception in Enqueue Events for Site {site}", exc_info=True)

	try:
		frappe.init(site)
		frappe.connect()
		if is_scheduler_inactive():
			return

		enqueue_events()

		frappe.logger("scheduler").debug(f"Queued events for site {site}")
	except Exception as e:
		if frappe.db and frappe.db.is_access_denied(e):
			frappe.logger("scheduler").debug(f"Access denied for site {site}")
		log_exc()

	finally:
		frappe.destroy()


def get_scheduler_tick() -> int:
	"""Return the pause between two looks, in seconds."""
	conf = frappe.get_conf()
	return cint(conf.scheduler_tick_interval) or DEFAULT_SCHEDULER_TICK
