"""When two records mean the same company or person: names, numbers and addresses without their accidents.

Every function gives a key; two records whose keys are equal are taken for the same. An empty key says that
there is nothing to compare. Pure functions: what an admin may change (company suffixes, shared mail domains)
comes in as an argument.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import lru_cache

COMPANY_SUFFIXES = (
	"有限责任公司",
	"股份有限公司",
	"股份公司",
	"有限公司",
	"公司",
	"limited liability company",
	"co ltd",
	"pte ltd",
	"pty ltd",
	"pvt ltd",
	"gmbh co kg",
	"sp z o o",
	"limited",
	"ltd",
	"llc",
	"llp",
	"lp",
	"plc",
	"inc",
	"incorporated",
	"corp",
	"corporation",
	"company",
	"co",
	"gmbh",
	"ag",
	"kg",
	"ohg",
	"se",
	"sa",
	"sas",
	"sarl",
	"srl",
	"spa",
	"bv",
	"nv",
	"ab",
	"as",
	"oy",
	"kk",
)
"""Words at the end of a company's name that say what kind of company it is, and not which one."""

SHARED_MAIL_DOMAINS = (
	"gmail.com",
	"googlemail.com",
	"outlook.com",
	"hotmail.com",
	"live.com",
	"msn.com",
	"yahoo.com",
	"icloud.com",
	"me.com",
	"aol.com",
	"gmx.de",
	"gmx.net",
	"web.de",
	"t-online.de",
	"proton.me",
	"protonmail.com",
	"mail.ru",
	"yandex.ru",
	"qq.com",
	"vip.qq.com",
	"foxmail.com",
	"163.com",
	"126.com",
	"yeah.net",
	"sina.com",
	"sina.cn",
	"sohu.com",
	"139.com",
	"189.cn",
	"aliyun.com",
	"21cn.com",
	"example.com",
	"example.org",
	"example.net",
)
"""Domains where anybody gets an address: sharing one says nothing."""

# Calling codes that begin with these digits have that many digits; all others have three (ITU E.164).
_ONE_DIGIT_CODES = ("1", "7")
_TWO_DIGIT_CODES = frozenset(
	"20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 "
	"81 82 84 86 90 91 92 93 94 95 98".split()
)
SHORTEST_PHONE = 7
SHORTEST_TAX_ID = 6

_SEPARATORS = re.compile(r"[\s_\-./\\()（）\[\]【】「」《》<>:：,，、;；'’`\"“”*#?？!！|·•]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_EXTENSION = re.compile(r"(?:ext\.?|extension|x|转|分机|#)\s*\d+\s*$", re.IGNORECASE)
_NO_DIGIT = re.compile(r"\D+")
_SECOND_LEVELS = frozenset(("com", "co", "org", "net", "gov", "edu", "ac"))


def fold(text: object, split_camel: bool = False) -> str:
	"""Text without case, width, accent and punctuation differences; words are parted by one space.

	:param text: any value
	:param split_camel: also part `SalesPrice` into two words, as headers of files need it
	"""
	found = unicodedata.normalize("NFKC", str(text))
	if split_camel:
		found = _CAMEL.sub(" ", found)
	found = _SEPARATORS.sub(" ", found.casefold()).strip()
	if found.isascii():
		return found
	parts = unicodedata.normalize("NFD", found)
	return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))


def squeeze(text: object, split_camel: bool = False) -> str:
	"""`fold` without spaces: "GTX Pro" and "GTXPro" become equal."""
	return fold(text, split_camel).replace(" ", "")


def without_suffix(folded: str, suffixes: Iterable[str] = COMPANY_SUFFIXES) -> str:
	"""A folded company name without the words for its legal form, unless nothing else would be left.

	:param folded: what `fold` gives
	:param suffixes: endings in any spelling
	"""
	endings = _endings(tuple(suffixes))
	while True:
		shorter = next(
			(
				folded[: -len(ending)].rstrip(" &")
				for ending in endings
				if folded.endswith(ending)
				# Latin endings are words of their own: "Cisco" does not end with "co".
				and (not ending.isascii() or folded[: -len(ending)].endswith(" "))
			),
			None,
		)
		if not shorter:
			return folded
		folded = shorter


@lru_cache(maxsize=16)
def _endings(suffixes: tuple[str, ...]) -> tuple[str, ...]:
	return tuple(sorted({fold(suffix) for suffix in suffixes} - {""}, key=len, reverse=True))


def company_key(name: object, suffixes: Iterable[str] = COMPANY_SUFFIXES) -> str:
	"""Key of a company: "ACME  Robotics Co., Ltd." and "acme robotics" have the same one."""
	return (
		without_suffix(fold(name or ""), suffixes).replace(" & ", " ").replace(" and ", " ").replace(" ", "")
	)


def person_key(name: object) -> str:
	"""Key of a person: the same for "Zhang San" and "San, Zhang"."""
	return "".join(sorted(fold(name or "").split()))


def phone_key(number: object) -> str:
	"""National digits of a phone number without country code, trunk zero and extension.

	Numbers too short to be anybody's own (a switchboard's short number, 110) have no key.
	"""
	text = _EXTENSION.sub("", unicodedata.normalize("NFKC", str(number or "")).replace("(0)", "").strip())
	digits = _NO_DIGIT.sub("", text)
	if text.startswith("+"):
		digits = _without_calling_code(digits)
	elif digits.startswith("00"):
		digits = _without_calling_code(digits[2:])
	elif len(digits) == 13 and digits.startswith("861"):
		# Chinese mobile numbers are often stored with the code and without the plus.
		digits = digits[2:]
	digits = digits.lstrip("0")
	return digits if len(digits) >= SHORTEST_PHONE else ""


def _without_calling_code(digits: str) -> str:
	if digits.startswith(_ONE_DIGIT_CODES):
		return digits[1:]
	return digits[2:] if digits[:2] in _TWO_DIGIT_CODES else digits[3:]


def email_key(address: object) -> str:
	"""An e-mail address as it is compared; "" for what is none."""
	found = unicodedata.normalize("NFKC", str(address or "")).strip().casefold()
	return found if found.count("@") == 1 and not found.startswith("@") and not found.endswith("@") else ""


def domain_key(address: object, shared: Collection[str] = SHARED_MAIL_DOMAINS) -> str:
	"""The organisation's own domain in an e-mail address or web address.

	:param address: mail address or URL
	:param shared: domains of mail providers, which have no key
	"""
	host = str(address or "").strip().casefold()
	host = host.rpartition("@")[2] if "@" in host else re.sub(r"^\w+://", "", host)
	host = re.split(r"[/:?#\s]", host, maxsplit=1)[0].strip(".")
	labels = host.split(".")
	if len(labels) < 2 or not all(labels) or labels[-1].isdigit():
		return ""
	keep = 3 if len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVELS else 2
	own = ".".join(labels[-keep:])
	return "" if host in shared or own in shared else own


def tax_key(code: object) -> str:
	"""A tax number or unified social credit code without spaces, dashes and case."""
	found = unicodedata.normalize("NFKC", str(code or "")).upper()
	found = "".join(c for c in found if c.isalnum())
	return found if len(found) >= SHORTEST_TAX_ID else ""


def digits_of(text: str) -> str:
	"""Only the digits, in order: names that differ in them mean different things ("Plant 1", "Plant 2")."""
	return "".join(c for c in text if c.isdigit())
