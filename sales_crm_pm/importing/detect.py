"""What kind of values a column holds, and how its dates and numbers are written. Pure functions."""

import datetime
import re
from dataclasses import dataclass

EXCEL_EPOCH = datetime.date(1899, 12, 30)
SAMPLE = 2000
# A few typing errors must not turn a column of dates into text; they become errors of their rows instead.
GOOD_SHARE = 0.9

DATE_FORMATS = (
	"%Y-%m-%d",
	"%Y/%m/%d",
	"%Y.%m.%d",
	"%Y年%m月%d日",
	"%Y%m%d",
	"%d.%m.%Y",
	"%d/%m/%Y",
	"%m/%d/%Y",
	"%d-%m-%Y",
	"%m-%d-%Y",
	"%d %b %Y",
	"%d-%b-%Y",
	"%d %B %Y",
	"%b %d, %Y",
	"%B %d, %Y",
	"%d.%m.%y",
	"%d/%m/%y",
	"%m/%d/%y",
)
TIME_SUFFIXES = ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S", " %H:%M:%S.%f", " %I:%M %p")
# Pairs that read the same text differently; a person must say which one is meant.
AMBIGUOUS = {
	"%d/%m/%Y": "%m/%d/%Y",
	"%d-%m-%Y": "%m-%d-%Y",
	"%d/%m/%y": "%m/%d/%y",
}
TRUE_WORDS = {"1", "true", "yes", "y", "x", "✓", "是", "真", "有"}
FALSE_WORDS = {"0", "false", "no", "n", "否", "假", "无"}
CHINESE_UNITS = {"万": 10_000, "万元": 10_000, "亿": 100_000_000, "亿元": 100_000_000, "千": 1_000}
EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_NUMBER_NOISE = re.compile(
	r"[\s\u00a0\u202f'’¥￥$€£元%]|^(?:CNY|RMB|USD|EUR)|(?:CNY|RMB|USD|EUR)$", re.IGNORECASE
)


@dataclass
class ColumnKind:
	"""What detect_column found: kind is empty, boolean, integer, number, date, datetime, email or text."""

	kind: str
	date_format: str | None = None
	other_date_format: str | None = None
	decimal_comma: bool = False
	filled: int = 0
	distinct: int = 0


def detect_column(cells: list) -> ColumnKind:
	"""Look at a column's cells and say what they are.

	:param cells: raw cells, None for empty ones
	"""
	values = [cell for cell in cells if cell is not None]
	found = ColumnKind("empty", filled=len(values), distinct=len({str(v) for v in values}))
	if not values:
		return found
	sample = list(dict.fromkeys(values))[:SAMPLE]
	if all(isinstance(v, bool) for v in sample):
		found.kind = "boolean"
	elif all(isinstance(v, datetime.date) for v in sample):
		timed = any(isinstance(v, datetime.datetime) and v.time() != datetime.time() for v in sample)
		found.kind = "datetime" if timed else "date"
	elif all(isinstance(v, int | float) for v in sample):
		found.kind = "integer" if all(float(v).is_integer() for v in sample) else "number"
	else:
		_detect_text(found, [str(v) for v in sample])
	return found


def _detect_text(found: ColumnKind, sample: list[str]):
	lowered = {v.lower() for v in sample}
	if lowered <= (TRUE_WORDS | FALSE_WORDS) and not lowered <= {"1", "0"}:
		found.kind = "boolean"
		return
	if all(EMAIL.match(v) for v in sample):
		found.kind = "email"
		return
	date_format = detect_date_format(sample)
	if date_format:
		found.kind = "datetime" if "%H" in date_format or "%I" in date_format else "date"
		found.date_format = date_format
		found.other_date_format = other_reading(sample, date_format)
		return
	found.decimal_comma = uses_decimal_comma(sample)
	numbers = [parse_number(v, found.decimal_comma) for v in sample]
	numbers = [number for number in numbers if number is not None]
	if len(numbers) >= len(sample) - _misses_allowed(sample):
		found.kind = "integer" if all(float(n).is_integer() for n in numbers) else "number"
		return
	found.kind = "text"


def detect_date_format(sample: list[str]) -> str | None:
	"""The strptime format that reads every value of the sample, else one that reads nearly every, or None."""
	allowed = _misses_allowed(sample)
	# A format without any miss goes first, or a stray 25 in 06/25/2017 would count as a typing error.
	for misses in sorted({0, allowed}):
		if sum(not _looks_like_date(value) for value in sample) > misses:
			continue
		for base in DATE_FORMATS:
			for suffix in TIME_SUFFIXES:
				if _reads_nearly_all(sample, base + suffix, misses):
					return base + suffix
	return None


def _misses_allowed(sample: list[str]) -> int:
	return max(1, int(len(sample) * (1 - GOOD_SHARE))) if len(sample) >= 3 else 0


def _looks_like_date(value: str) -> bool:
	return len(value) >= 6 and any(ch.isdigit() for ch in value)


def other_reading(sample: list[str], date_format: str) -> str | None:
	"""The second format that reads the same values too (day and month exchanged), when there is one."""
	for one, other in AMBIGUOUS.items():
		if date_format.startswith(one):
			candidate = date_format.replace(one, other)
			read = [value for value in sample if _reads(value, date_format)]
			return candidate if all(_reads(value, candidate) for value in read) else None
	return None


def _reads_nearly_all(sample: list[str], date_format: str, misses_left: int) -> bool:
	for value in sample:
		if not _reads(value, date_format):
			misses_left -= 1
			if misses_left < 0:
				return False
	return True


def _reads(value: str, date_format: str) -> bool:
	# 20170301 is a date, 12345678 is an order number: only plausible years count.
	if date_format.startswith("%Y%m%d") and not (value[:8].isdigit() and 1900 <= int(value[:4]) <= 2100):
		return False
	try:
		datetime.datetime.strptime(value, date_format)
	except ValueError:
		return False
	return True


def uses_decimal_comma(sample: list[str]) -> bool:
	"""True for 1.234,56 – judged from values where only one reading is possible."""
	comma = point = 0
	for value in sample:
		text = _NUMBER_NOISE.sub("", value)
		if "," in text and "." in text:
			comma, point = (
				comma + (text.rfind(",") > text.rfind(".")),
				point + (text.rfind(".") > text.rfind(",")),
			)
		elif text.count(",") == 1 and len(text.split(",")[1]) != 3:
			comma += 1
		elif text.count(".") == 1 and len(text.split(".")[1]) != 3:
			point += 1
		elif text.count(".") > 1:
			comma += 1
	return comma > point


def parse_number(value, decimal_comma: bool = False) -> float | int | None:
	"""A number out of what people write: 1,234.50, 1.234,50, ¥1,200, (300), 12%, 3.5万. None if it is none."""
	if isinstance(value, bool):
		return int(value)
	if isinstance(value, int | float):
		return value
	text = str(value).strip()
	factor = 1
	for unit, size in sorted(CHINESE_UNITS.items(), key=lambda item: -len(item[0])):
		if text.endswith(unit):
			text, factor = text[: -len(unit)], size
			break
	text = _NUMBER_NOISE.sub("", text)
	negative = text.startswith("(") and text.endswith(")")
	text = text.strip("()")
	text = text.replace(".", "").replace(",", ".") if decimal_comma else text.replace(",", "")
	if not re.fullmatch(r"[+-]?\d+(\.\d+)?|[+-]?\.\d+", text):
		return None
	number = float(text) * factor * (-1 if negative else 1)
	# 1e15 keeps integers exact in a double; long digit strings are identifiers, not amounts.
	return int(number) if number.is_integer() and abs(number) < 1e15 else number


def parse_date(value, date_format: str | None = None) -> datetime.datetime | None:
	"""A moment out of a cell: real dates, Excel's day numbers, the column's format, else any known format."""
	if isinstance(value, datetime.datetime):
		return value
	if isinstance(value, datetime.date):
		return datetime.datetime.combine(value, datetime.time())
	if isinstance(value, int | float) and not isinstance(value, bool):
		if 10_000 <= value <= 80_000:
			return datetime.datetime.combine(EXCEL_EPOCH, datetime.time()) + datetime.timedelta(days=value)
		value = str(int(value))
	text = str(value).strip()
	if date_format:
		try:
			return datetime.datetime.strptime(text, date_format)
		except ValueError:
			# A column read as dates with a stray ISO value in it is common after manual edits.
			date_format = "%Y-%m-%d"
			return datetime.datetime.strptime(text, date_format) if _reads(text, date_format) else None
	found = detect_date_format([text])
	return datetime.datetime.strptime(text, found) if found else None


def parse_boolean(value) -> int | None:
	"""1 or 0 out of yes/no in both languages, None if it is neither."""
	if isinstance(value, bool | int | float):
		return int(bool(value))
	text = str(value).strip().lower()
	return 1 if text in TRUE_WORDS else 0 if text in FALSE_WORDS else None
