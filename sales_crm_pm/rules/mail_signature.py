"""What a mail says about its sender: phone numbers and company in the lines of the signature."""

from __future__ import annotations

import html
import re

QUOTED = re.compile(
	r"^\s*(>|-{2,}\s*original message|-{2,}\s*forwarded|on .{5,120} wrote:|发件人[:：]|在.{4,60}写道[:：]|from:\s)",
	re.I,
)
PHONE = re.compile(r"(?<![\w.@/-])\+?\(?\d[\d\s()./\-]{5,22}\d(?![\w@])")
LABEL = re.compile(r"\b(?:mobile|mob|cell|phone|tel|telephone|m|t|p)\b|手机|电话|移动电话|联系电话", re.I)
MOBILE_LABEL = re.compile(r"\b(?:mobile|mob|cell|m)\b|手机|移动电话", re.I)
FAX = re.compile(r"\bfax\b|传真", re.I)
COMPANY = re.compile(
	r"\b(?:gmbh|ltd|limited|inc|llc|corp|corporation|co\.|ag|plc|s\.a\.|b\.v\.|pty|group)\b\.?|公司|集团|银行|厂$",
	re.I,
)
SIGNATURE_LINES = 12
CHINA_MOBILE = re.compile(r"^(?:\+?86)?1[3-9]\d{9}$")


def lines_of(content: str) -> list[str]:
	"""The mail's own lines as plain text, up to where an older mail is quoted."""
	text = re.sub(r"(?is)<(style|script).*?</\1>|<blockquote.*", "", content or "")
	text = re.sub(r"(?i)<(br|/p|/div|/li|/tr|/h\d)[^>]*>", "\n", text)
	text = html.unescape(re.sub(r"<[^>]+>", " ", text))
	found = []
	for line in text.splitlines():
		line = " ".join(line.replace("\xa0", " ").split())
		if QUOTED.match(line):
			break
		if line:
			found.append(line)
	return found


def phones(content: str) -> tuple[str, str]:
	"""(mobile, phone) from the last lines of a mail; "" for what is not there.

	A number counts when it is labelled or stands alone on its line: order numbers and amounts do not.
	"""
	mobile = phone = ""
	for line in lines_of(content)[-SIGNATURE_LINES:]:
		for match in PHONE.finditer(line):
			number = " ".join(match.group().split())
			digits = re.sub(r"\D", "", number)
			before = line[: match.start()]
			alone = not line.replace(match.group(), "").strip(" :：|,;")
			if not 7 <= len(digits) <= 15 or _is_date(number) or FAX.search(before[-20:]):
				continue
			if not (alone or LABEL.search(before[-20:])):
				continue
			if MOBILE_LABEL.search(before[-20:]) or CHINA_MOBILE.match(re.sub(r"[^\d+]", "", number)):
				mobile = mobile or number
			else:
				phone = phone or number
	return mobile, phone


def company(content: str) -> str:
	"""The line of the signature that looks like a company's name, "" when none does."""
	for line in reversed(lines_of(content)[-SIGNATURE_LINES:]):
		if COMPANY.search(line) and len(line) <= 80 and not re.search(r"[@?!。！？]|https?:", line):
			return line.strip(" |,;-–—")
	return ""


def _is_date(number: str) -> bool:
	return bool(re.fullmatch(r"\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{4}", number))
