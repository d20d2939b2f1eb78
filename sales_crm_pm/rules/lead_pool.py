"""The public pool: when a lead returns to it, who may take one out, and what is shown of it before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

OPEN_STATUSES = ("New", "Contacted", "Nurture", "Qualified")


@dataclass(frozen=True)
class Limits:
	"""What a pool allows one person; 0 means no limit."""

	max_open: int = 0
	max_per_day: int = 0
	cool_down_days: int = 0


@dataclass(frozen=True)
class Refusal:
	"""Why somebody may not claim: which limit, its size, and the day from which it is over (if known)."""

	limit: str
	size: int
	until: date | None = None


def why_not(
	limits: Limits, today: date, open_leads: int, claimed_today: int, lost_on: date | None
) -> Refusal | None:
	"""The first reason against a claim, or None.

	:param lost_on: day on which this person last gave this lead back or lost it
	"""
	if limits.cool_down_days and lost_on:
		free_on = lost_on + timedelta(days=limits.cool_down_days)
		if today < free_on:
			return Refusal("cool_down_days", limits.cool_down_days, free_on)
	if limits.max_open and open_leads >= limits.max_open:
		return Refusal("max_open", limits.max_open)
	if limits.max_per_day and claimed_today >= limits.max_per_day:
		return Refusal("max_per_day", limits.max_per_day, today + timedelta(days=1))
	return None


def recycle_date(assigned_on: date | None, last_talk: date | None, after_days: int) -> date | None:
	"""The day a lead returns to the pool: so many days after the assignment or the last talk."""
	if after_days <= 0 or not assigned_on:
		return None
	return max(assigned_on, last_talk or assigned_on) + timedelta(days=after_days)


def masked_phone(number: str | None) -> str:
	"""The first three and last two digits of a phone number; a short one shows nothing."""
	digits = [c for c in number or "" if c.isdigit() or c == "+"]
	if len(digits) < 8:
		return "•" * len(digits)
	return "".join(digits[:3]) + "•" * (len(digits) - 5) + "".join(digits[-2:])


def masked_email(address: str | None) -> str:
	"""First letter and top-level domain: enough to tell two apart, too little to write to."""
	local, at, domain = (address or "").partition("@")
	if not at or not local or not domain:
		return "•••" if address else ""
	return f"{local[0]}•••@•••.{domain.rsplit('.', 1)[-1]}"


def masked_name(name: str | None) -> str:
	"""Surname of a Chinese name, first name and initial of others."""
	name = " ".join((name or "").split())
	if not name:
		return ""
	if all("\u4e00" <= c <= "\u9fff" for c in name.replace(" ", "")):
		return name[0] + "•" * (len(name.replace(" ", "")) - 1)
	first, _space, rest = name.partition(" ")
	return f"{first} {rest[0]}." if rest else f"{first[0]}•••"
