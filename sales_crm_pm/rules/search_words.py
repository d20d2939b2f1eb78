"""Under which beginnings a record is found: every word's start, Chinese from every character, and pinyin.

A B-tree answers "begins with" at once however many rows there are. So that the middle of a name is found
too, a name is stored from each of its words (Chinese: each of its characters) onwards; and Chinese once
more as it sounds, in full ("zhangsan") and by initials ("zs").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from sales_crm_pm.rules.identity import COMPANY_SUFFIXES, fold, phone_key, without_suffix

LONGEST = 40
"""Characters of a key that are kept; nobody types more to find something."""
MOST_STARTS = 8
"""From how many of its words or characters a name is stored."""
LONGEST_INITIALS = 20
SHORTEST_DIGITS = 4
LONGEST_PERSON = 4
"""Up to this many characters or words a name is taken for a person's."""

_CHINESE = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_UNITS = re.compile(rf"[{_CHINESE}]|[^\s{_CHINESE}]+")
_NUMBER = re.compile(r"[+\d\s()\-./]+")
_ONE_CHINESE = re.compile(rf"[{_CHINESE}]")


def words_of(text: object, suffixes: Iterable[str] = COMPANY_SUFFIXES) -> set[str]:
	"""Beginnings under which a text is found.

	:param text: name or title
	:param suffixes: company endings; no beginning lies within them, or every company would be found by them
	"""
	folded = fold(text or "")
	if not folded:
		return set()
	units = _UNITS.findall(folded)
	meaning = max(1, len(_UNITS.findall(without_suffix(folded, suffixes))))
	found: set[str] = set()
	for start in range(min(meaning, MOST_STARTS)):
		found.add("".join(units[start:])[:LONGEST])
	if _ONE_CHINESE.search(folded):
		sounds = _sounds(units)
		for start in range(min(meaning, MOST_STARTS)):
			found |= _spoken(sounds[start:])
		if len(units) <= LONGEST_PERSON and _ONE_CHINESE.fullmatch(units[0]):
			for surname in _other_readings(units[0]):
				found |= _spoken([surname, *sounds[1:]])
	if len(units) > LONGEST_PERSON:
		found = {key for key in found if len(key) > 1}
	return found


def surname_first(name: str) -> str:
	"""A Chinese name in the order in which it is said, when forms have put the given name first ("三 张")."""
	parts = fold(name).split()
	if len(parts) != 2 or not all(_ONE_CHINESE.match(part) for part in parts):
		return ""
	return f"{parts[1]}{parts[0]}"


def _spoken(sounds: list[str]) -> set[str]:
	"""A text as it sounds, in full and by initials; one initial alone would find everything."""
	full = {"".join(sounds)[:LONGEST]}
	if len(sounds) > 1:
		full.add("".join(sound[0] for sound in sounds)[:LONGEST_INITIALS])
	return full


def _sounds(units: list[str]) -> list[str]:
	"""Per unit of a text its sound: a Chinese character's, or the word as it is."""
	readings = iter(_readings("".join(unit for unit in units if _ONE_CHINESE.fullmatch(unit))))
	return [next(readings) if _ONE_CHINESE.fullmatch(unit) else unit for unit in units]


# pypinyin is loaded on first use only: its dictionary takes a third of a second, and sites without Chinese
# never need it.
def _readings(characters: str) -> list[str]:
	"""How each character sounds among its neighbours, without tones."""
	from pypinyin import Style, lazy_pinyin

	return lazy_pinyin(characters, style=Style.NORMAL)


@lru_cache(maxsize=2000)
def _other_readings(character: str) -> list[str]:
	"""All readings of a character: a surname such as 单 or 曾 is read in its own way."""
	from pypinyin import Style, pinyin

	return pinyin(character, style=Style.NORMAL, heteronym=True)[0]


def digits_of_phone(number: object) -> set[str]:
	"""A phone number from its start and by its last eight and four digits, which people remember."""
	national = phone_key(number)
	if not national:
		return set()
	return {national, national[-8:], national[-4:]}


def questions(text: str) -> list[list[str]]:
	"""What a person's words may begin: per word the beginnings to look for, the whole text first.

	:return: a list of alternatives for the whole text, followed, when there are several words, by one list per
	    word, all of which have to be found
	"""
	text = text.strip()
	whole = _alternatives(text)
	words = [word for word in re.split(r"[\s&，,]+", text) if word]
	if len(words) < 2:
		return [whole] if whole else []
	each = [found for found in map(_alternatives, words) if found]
	return [whole, *sorted(each, key=lambda found: -max(map(len, found)))] if whole else each


def _alternatives(text: str) -> list[str]:
	found = [fold(text).replace(" ", "")]
	raw = text.casefold().strip()
	if "@" in raw or "." in raw or "-" in raw:
		# Mail addresses and domains are stored as they are written.
		found.append(raw)
	if _NUMBER.fullmatch(text):
		digits = phone_key(text) or re.sub(r"\D", "", text).lstrip("0")
		if len(digits) >= SHORTEST_DIGITS:
			found.append(digits)
	return [one[:LONGEST] for one in dict.fromkeys(found) if one]
