"""Reads a conversation that was copied out of a messenger and pasted as text. No frappe import.

Messengers agree on nothing, but all copy one of a few shapes: the name with the time on a line of its own
(WeCom, DingTalk, WeChat by mail, Teams, Telegram), the time first and the text behind the name (WhatsApp), or
names with colons and now and then a line with the time (WeChat). Dates come in full, without the year, as a
weekday or as "yesterday", and are told from the moment of pasting.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

MAX_NAME = 40
FEW = 3
"""A conversation of fewer messages is recognised again only together with its day."""

PERIODS = "凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里"
LATE = ("下午", "傍晚", "晚上", "夜里")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
WEEKDAY = (
	r"(?:(?:星期|周|礼拜)[一二三四五六日天]"
	r"|mon(?:day)?|tue(?:sday|s)?|wed(?:nesday)?|thu(?:rsday|rs)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
)
TIME = (
	rf"(?P<period>{PERIODS})?[ \u00a0\u202f]?(?P<hour>\d{{1,2}})[:：](?P<minute>\d{{2}})(?:[:：](?P<second>\d{{2}}))?"
	r"(?:[ \u00a0\u202f]?(?P<half>[ap]\.?m\.?)(?![a-z]))?(?![\d:：])"
)
DATE = (
	r"(?:(?P<y>\d{4})\s?[-/.年]\s?(?P<m>\d{1,2})\s?[-/.月]\s?(?P<d>\d{1,2})\s?日?"
	r"|(?P<cm>\d{1,2})月(?P<cd>\d{1,2})日"
	r"|(?P<n1>\d{1,2})[/.-](?P<n2>\d{1,2})[/.-](?P<n3>\d{4}|\d{2})"
	r"|(?P<sm>\d{1,2})[/-](?P<sd>\d{1,2})"
	rf"|(?P<em>{MONTH})\s(?P<ed>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s(?P<ey>\d{{4}}))?"
	rf"|(?P<fd>\d{{1,2}})(?:st|nd|rd|th)?\s(?P<fm>{MONTH})(?:,?\s(?P<fy>\d{{4}}))?"
	r"|(?P<rel>今天|昨天|前天|today|yesterday)"
	rf"|(?P<wd>{WEEKDAY}))"
)
DAY_AND_TIME = rf"(?:{DATE}(?:\s?{WEEKDAY})?(?:\s?[,，]?\s?(?:at\s)?|\s))?{TIME}"
# The same groups once more for "10:23, 01/03/2024".
TIME_AND_DAY = re.sub(r"\(\?P<(\w+)>", r"(?P<\1_>", rf"{TIME},\s?{DATE}")
NAME = rf"(?P<name>[^\s:：\[\]][^:：\[\]\n]{{0,{MAX_NAME - 1}}}?)"

HEADS: tuple[tuple[str, re.Pattern], ...] = tuple(
	(style, re.compile(pattern, re.I))
	for style, pattern in (
		("bracket", rf"^\u200e?\[(?:{DAY_AND_TIME}|{TIME_AND_DAY})\]\s?{NAME}[:：]\s?(?P<text>.*)$"),
		("dash", rf"^{DAY_AND_TIME}\s[-–—]\s{NAME}[:：]\s?(?P<text>.*)$"),
		("first", rf"^{DAY_AND_TIME}\s+{NAME}[:：]\s?(?P<text>.*)$"),
		("telegram", rf"^{NAME},?\s?[\[(（]{DAY_AND_TIME}[\])）][:：]?$"),
		("alone", rf"^{NAME}[,，]?\s+{DAY_AND_TIME}[:：]?$"),
		("inline", rf"^{NAME}\s+{DAY_AND_TIME}\s?[:：]\s?(?P<text>.+)$"),
		("after", rf"^{DAY_AND_TIME}\s+(?P<name>[^\s,，。.!！?？:：][^,，。.!！?？:：\n]{{0,19}})$"),
	)
)
PLAIN = re.compile(rf"^(?P<name>[^\s:：\[\]/\d][^:：\[\]/\n]{{0,{MAX_NAME - 1}}})[:：](?!//)\s?(?P<text>.*)$")
RULE = r"[\s—–\-_=*•·─]*"
DIVIDER = re.compile(rf"^{RULE}{DATE}(?:\s?{WEEKDAY})?{RULE}$", re.I)
CLOCK = re.compile(rf"^{RULE}{DAY_AND_TIME}{RULE}$", re.I)
NO_MESSAGE = re.compile(
	r"撤回了一条消息|recalled a message|以上是打招呼的内容|加入了群聊|修改群名为|你已添加了"
	r"|end-to-end encrypted|created group|added you|changed the subject|joined using|拍了拍"
)
# What WeCom puts behind the name of somebody outside the company.
OUTSIDE = re.compile(r"\s?[@＠](?:微信|WeChat)$", re.I)


@dataclass(frozen=True)
class Message:
	"""One message; `at` is None when nothing tells its time."""

	sender: str
	text: str
	at: datetime | None = None


@dataclass(frozen=True)
class Chat:
	"""A conversation as it was read; without messages when the text is none."""

	messages: tuple[Message, ...] = ()
	channel: str = "Message"
	"""WeChat, WeCom or Message, as far as the shape tells."""
	participants: tuple[tuple[str, int], ...] = field(default=())
	"""(name, number of messages), in the order of first appearance."""

	@property
	def count(self) -> int:
		return len(self.messages)

	@property
	def started(self) -> datetime | None:
		return min((m.at for m in self.messages if m.at), default=None)

	@property
	def ended(self) -> datetime | None:
		return max((m.at for m in self.messages if m.at), default=None)

	@property
	def minutes(self) -> int:
		"""Minutes from the first to the last message."""
		if not self.started or not self.ended:
			return 0
		return int((self.ended - self.started).total_seconds() // 60)

	@property
	def transcript(self) -> str:
		"""The conversation in one shape, whatever messenger it came from."""
		lines = []
		day = None
		for message in self.messages:
			if message.at and message.at.date() != day:
				day = message.at.date()
				lines.append(f"— {day.isoformat()} —")
			clock = f"{message.at:%H:%M} " if message.at else ""
			lines.append(f"{clock}{message.sender}: {message.text}")
		return "\n".join(lines)

	@property
	def fingerprint(self) -> str:
		"""The same for the same conversation, also when "yesterday" has become a date since it was copied."""
		parts = []
		for message in self.messages:
			clock = f"{message.at:%H:%M}" if message.at else ""
			if message.at and self.count < FEW:
				clock = message.at.isoformat(timespec="minutes")
			parts.append(f"{message.sender.lower()}\x1f{clock}\x1f{' '.join(message.text.split())}")
		return hashlib.sha256("\x1e".join(parts).encode()).hexdigest()[:40]


@dataclass
class _Head:
	"""The line that begins a message: who, when, and text that stands behind it."""

	style: str
	name: str
	day: date | None
	clock: time | None
	text: str = ""


@dataclass
class _Draft:
	sender: str
	day: date | None
	clock: time | None
	lines: list[str]


def read(text: str, now: datetime) -> Chat:
	"""Read a pasted conversation.

	:param text: what was pasted
	:param now: the moment of pasting, from which "yesterday", weekdays and missing years are told
	:return: the conversation; `count` is 0 when the text is not one
	"""
	lines = [line.strip("\ufeff\u200e\u200f \t\r\u00a0") for line in text.splitlines()]
	reader = _Reader(lines, now)
	drafts = reader.timed() or reader.plain()
	drafts = [draft for draft in drafts if any(draft.lines)]
	if not drafts:
		return Chat()
	messages = tuple(
		Message(draft.sender, "\n".join(draft.lines).strip(), at)
		for draft, at in zip(drafts, _moments(drafts, now), strict=True)
	)
	counted = Counter(message.sender for message in messages)
	return Chat(messages, _channel(reader.style, text), tuple(counted.items()))


class _Reader:
	"""Goes through the lines once per shape."""

	def __init__(self, lines: list[str], now: datetime):
		self.lines = lines
		self.now = now
		self.style = ""
		self.day_first = _day_first(lines)

	def timed(self) -> list[_Draft]:
		"""Messages whose beginnings carry a time; empty when there are none."""
		drafts: list[_Draft] = []
		names: set[str] = set()
		day: date | None = None
		after_gap = True
		for line in self.lines:
			if not line:
				after_gap = True
				if drafts:
					drafts[-1].lines.append("")
				continue
			if divider := DIVIDER.match(line):
				day = self.day_of(divider) or day
				after_gap = True
				continue
			if CLOCK.match(line):
				if drafts:
					drafts[-1].lines.append(line)
				continue
			head = self.head(line, names, after_gap)
			if head:
				names.add(head.name)
				drafts.append(_Draft(head.name, head.day or day, head.clock, [head.text]))
				self.style = self.style or head.style
			elif drafts and not NO_MESSAGE.search(line):
				drafts[-1].lines.append(line)
			after_gap = False
		return drafts

	def plain(self) -> list[_Draft]:
		"""Messages that begin with a name and a colon, with lines that hold only a time between them."""
		drafts: list[_Draft] = []
		day: date | None = None
		clock: time | None = None
		for line in self.lines:
			if not line or NO_MESSAGE.search(line):
				continue
			if stamp := CLOCK.match(line):
				day, clock = self.day_of(stamp), _clock_of(stamp)
			elif divider := DIVIDER.match(line):
				day, clock = self.day_of(divider) or day, None
			elif (head := PLAIN.match(line)) and len(head["name"].split()) <= 4:
				drafts.append(_Draft(_clean(head["name"]), day, clock, [head["text"]]))
			elif drafts:
				drafts[-1].lines.append(line)
			else:
				return []  # a conversation begins with somebody speaking
		self.style = "plain"
		# One line with a colon is a note, not a conversation.
		return drafts if len(drafts) > 1 else []

	def head(self, line: str, names: set[str], after_gap: bool) -> _Head | None:
		"""What a line says about the beginning of a message, None when it is part of one."""
		for style, pattern in HEADS:
			found = pattern.match(line)
			if not found:
				continue
			name = _clean(found["name"])
			groups = found.groupdict()
			text = groups.get("text") or ""
			suffix = "" if groups["hour"] else "_"
			day, clock = self.day_of(found, suffix), _clock_of(found, suffix)
			if clock is None or not name:
				continue
			dated = day is not None
			# "We meet at 10:30" ends like a head; a name is known, or stands after a gap.
			if style in ("alone", "inline") and not dated and name not in names and not after_gap:
				continue
			if style == "after" and not dated:
				continue
			return _Head(style, name, day, clock, text)
		return None

	def day_of(self, found: re.Match, suffix: str = "") -> date | None:
		"""The day that a match names, told from now where it is short."""
		g = {key.removesuffix("_"): value for key, value in found.groupdict().items() if value}
		today = self.now.date()
		if "y" in g:
			return _date(int(g["y"]), int(g["m"]), int(g["d"]))
		if "n1" in g:
			first, second, year = int(g["n1"]), int(g["n2"]), int(g["n3"])
			year += 2000 if year < 100 else 0
			return _date(year, second, first) if self.day_first else _date(year, first, second)
		if "rel" in g:
			back = {"今天": 0, "today": 0, "昨天": 1, "yesterday": 1, "前天": 2}[g["rel"].lower()]
			return today - timedelta(days=back)
		if "wd" in g:
			back = (today.weekday() - _weekday(g["wd"])) % 7
			return today - timedelta(days=back or 7)
		for month, day, year in (("cm", "cd", ""), ("sm", "sd", ""), ("em", "ed", "ey"), ("fm", "fd", "fy")):
			if month in g:
				number = int(g[month]) if g[month].isdigit() else MONTHS.index(g[month][:3].lower()) + 1
				if year and year in g:
					return _date(int(g[year]), number, int(g[day]))
				return self.latest(number, int(g[day]))
		return None

	def latest(self, month: int, day: int) -> date | None:
		"""The last such day that is not to come; a day may pass before a phone and a server agree."""
		for year in range(self.now.year, self.now.year - 5, -1):  # 29 February
			found = _date(year, month, day)
			if found and found <= self.now.date() + timedelta(days=1):
				return found
		return None


def _moments(drafts: list[_Draft], now: datetime) -> list[datetime | None]:
	"""When each message was sent: what nothing dates was sent up to now, and never after what follows it."""
	moments: list[datetime | None] = []
	day, later = None, None
	for draft in reversed(drafts):
		if draft.clock is None:
			moments.append(datetime.combine(draft.day, time()) if draft.day else None)
			continue
		if draft.day:
			day = draft.day
		elif day is None:
			day = now.date() if draft.clock <= now.time() else now.date() - timedelta(days=1)
		elif later and draft.clock > later:
			day -= timedelta(days=1)
		later = draft.clock
		moments.append(datetime.combine(day, draft.clock))
	return moments[::-1]


def _clock_of(found: re.Match, suffix: str = "") -> time | None:
	hour, minute = int(found[f"hour{suffix}"]), int(found[f"minute{suffix}"])
	second = int(found[f"second{suffix}"] or 0)
	half, period = (found[f"half{suffix}"] or "").lower()[:1], found[f"period{suffix}"]
	if (half == "p" or period in LATE) and hour < 12:
		hour += 12
	elif hour == 12 and (half == "a" or period in ("凌晨", "夜里", "上午")):
		hour = 0
	elif period == "中午" and hour < 3:
		hour += 12
	return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _date(year: int, month: int, day: int) -> date | None:
	try:
		return date(year, month, day)
	except ValueError:
		return None


def _weekday(word: str) -> int:
	if word[-1] in "一二三四五六日天":
		return "一二三四五六日".find(word[-1]) if word[-1] != "天" else 6
	return WEEKDAYS.index(word[:3].lower())


def _day_first(lines: list[str]) -> bool:
	"""Whether 01/03/2024 is the first of March: the numbers tell, else the clock (twelve hours: American)."""
	american = False
	for line in lines:
		for found in re.finditer(r"(?<!\d)(\d{1,2})([/.-])(\d{1,2})\2(?:\d{4}|\d{2})(?!\d)(.{0,14})", line):
			first, second = int(found[1]), int(found[3])
			if first > 12 or found[2] == ".":
				return True
			if second > 12:
				return False
			american = american or bool(re.search(r"\d[\s\u202f]?[ap]\.?m", found[4], re.I))
	return not american


def _clean(name: str) -> str:
	return OUTSIDE.sub("", re.sub(r"^[\s~\u200e\u202a]+|[\s,，\u200e\u202c]+$", "", name))


def _channel(style: str, text: str) -> str:
	if style in ("bracket", "dash", "telegram", "first"):
		return "Message"
	if re.search(r"[@＠](?:微信|WeChat)\b|企业微信|WeCom", text):
		return "WeCom"
	return "WeChat" if re.search(r"[\u4e00-\u9fff]", text) or style == "plain" else "Message"
