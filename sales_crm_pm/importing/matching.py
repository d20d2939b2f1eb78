"""Which column means which field, and which existing value a misspelt one means. Pure functions."""

import re
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from sales_crm_pm.importing.detect import ColumnKind
from sales_crm_pm.importing.synonyms import SYNONYMS, VALUE_SYNONYMS
from sales_crm_pm.rules import identity

# Below these a suggestion is more often wrong than right (tried on the Maven files and Chinese exports).
COLUMN_SCORE = 78
VALUE_SCORE = 80
SURE_SCORE = 92

FITTING_KINDS = {
	"Date": {"date", "datetime", "empty"},
	"Datetime": {"date", "datetime", "empty"},
	"Int": {"integer", "number", "empty"},
	"Float": {"integer", "number", "empty"},
	"Currency": {"integer", "number", "empty"},
	"Percent": {"integer", "number", "empty"},
	"Check": {"boolean", "integer", "empty"},
}


@dataclass
class Field:
	"""A field of the target that a column may fill."""

	fieldname: str
	label: str
	fieldtype: str
	options: str = ""
	reqd: bool = False
	other_labels: tuple[str, ...] = ()


@dataclass
class Suggestion:
	"""A proposed field for a column with a score of 0–100."""

	fieldname: str
	score: int


def fold(text) -> str:
	"""Header or value without case, width, accent, camel case and punctuation differences."""
	return identity.fold(text, split_camel=True)


def squeeze(text) -> str:
	"""fold() without spaces: 'GTX Pro' and 'GTXPro' become equal."""
	return identity.squeeze(text, split_camel=True)


def suggest_columns(
	doctype: str, columns: list[str], kinds: list[ColumnKind], fields: list[Field]
) -> dict[str, Suggestion | None]:
	"""Propose a field for every column; each field is proposed once, the best match wins.

	:param doctype: the target, whose synonyms are used
	:param columns: header names
	:param kinds: what the columns hold, in the same order
	:param fields: fields that may be filled
	"""
	scored = []
	for position, (column, kind) in enumerate(zip(columns, kinds, strict=True)):
		for rank, field in enumerate(fields):
			score = _score(doctype, column, kind, field)
			if score >= COLUMN_SCORE:
				scored.append((-score, position, rank, column, field.fieldname))
	result: dict[str, Suggestion | None] = dict.fromkeys(columns)
	taken = set()
	for negative_score, _position, _rank, column, fieldname in sorted(scored):
		if result[column] is None and fieldname not in taken:
			result[column] = Suggestion(fieldname, -negative_score)
			taken.add(fieldname)
	return result


def _score(doctype: str, column: str, kind: ColumnKind, field: Field) -> int:
	wanted = FITTING_KINDS.get(field.fieldtype)
	if wanted and kind.kind not in wanted:
		# A text column never fills a date; a column with some dirty numbers is still text, so allow a little.
		if kind.kind in ("text",) and kind.filled:
			return 0
		if kind.kind in ("date", "datetime", "boolean", "email"):
			return 0
	if field.fieldtype in ("Link", "Select") and kind.kind in ("date", "datetime"):
		return 0
	name = squeeze(column)
	# The order of the synonyms breaks ties: "account" is a better customer name than "name".
	for rank, word in enumerate(SYNONYMS.get(doctype, {}).get(field.fieldname, ())):
		if squeeze(word) == name:
			return 100 - min(rank, 10)
	own_names = {squeeze(label) for label in (field.label, field.fieldname, *field.other_labels) if label}
	if name in own_names:
		return 99
	words = [*SYNONYMS.get(doctype, {}).get(field.fieldname, ()), field.label, *field.other_labels]
	best = max((fuzz.token_sort_ratio(fold(word), fold(column)) for word in words if word), default=0)
	return int(best * 0.88)


def suggest_value(value: str, choices: list[str], sure_only: bool = False) -> tuple[str | None, int]:
	"""The existing value a misspelt one most likely means.

	:returns: (choice, score 0–100); (None, 0) when nothing comes near
	"""
	if not choices:
		return None, 0
	wanted = squeeze(value)
	if not wanted:
		return None, 0
	squeezed = {squeeze(choice): choice for choice in reversed(choices)}
	if wanted in squeezed:
		return squeezed[wanted], 99
	for stored, words in VALUE_SYNONYMS.items():
		if wanted in {squeeze(word) for word in words} and squeeze(stored) in squeezed:
			return squeezed[squeeze(stored)], 95
	found = process.extractOne(wanted, list(squeezed), scorer=fuzz.ratio)
	if not found or found[1] < (SURE_SCORE if sure_only else VALUE_SCORE):
		return None, 0
	# Short words differ in one letter and mean different things (GTX / GTK).
	if len(wanted) < 5 and found[1] < SURE_SCORE:
		return None, 0
	if identity.digits_of(found[0]) != identity.digits_of(wanted):
		return None, 0
	return squeezed[found[0]], int(found[1])


def bucket(number: float, options: list[str]) -> str | None:
	"""The range option a number falls into: 2822 → '1000+', 30 → '11-50'. None when options are no ranges."""
	for option in options:
		text = option.strip().replace(",", "")
		between = re.fullmatch(r"(\d+)\s*[-–~]\s*(\d+)", text)
		above = re.fullmatch(r"(\d+)\s*\+", text)
		if between and int(between[1]) <= number <= int(between[2]):
			return option
		if above and number >= int(above[1]):
			return option
	return None
