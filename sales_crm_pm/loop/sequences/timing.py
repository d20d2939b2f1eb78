"""When a step of a sequence is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from frappe.utils import cint, get_datetime

from sales_crm_pm.loop.calendar import mailing_days, quiet_hours, working_days
from sales_crm_pm.rules.workdays import after_wait, next_allowed


class Clock:
	"""The site's calendars and quiet hours, read once per run."""

	def __init__(self):
		self.office = working_days()
		self.mailing = mailing_days()
		self.quiet = quiet_hours()

	def due(self, step: Any, since: datetime) -> datetime:
		"""When a step is due that follows something which happened at `since`."""
		moment = after_wait(
			get_datetime(since), cint(step.wait_days), step.wait_unit == "Working Days", self.office
		)
		return self.allowed(moment) if step.action == "Mail" else moment

	def allowed(self, moment: datetime) -> datetime:
		"""The first moment from `moment` on at which a mail may leave."""
		return next_allowed(moment, *self.quiet, self.mailing)

	def after_limit(self, oldest: datetime, days: int) -> datetime:
		"""When a contact that has had enough mails may get the next: the oldest of them has left the window."""
		return self.allowed(get_datetime(oldest) + timedelta(days=days))
