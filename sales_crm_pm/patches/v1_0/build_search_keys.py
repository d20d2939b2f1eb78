"""Records made before there was a search key table get their keys; a worker does it after the migration."""

from sales_crm_pm.loop import search_keys


def execute() -> None:
	search_keys.rebuild_in_background()
