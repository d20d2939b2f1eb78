"""Finds the records and options that the words of a file mean, and proposes what misspelt ones mean."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import frappe
from frappe import _

from sales_crm_pm.importing.matching import Field, bucket, fold, suggest_value
from sales_crm_pm.loop.pipeline import default_pipeline

CREATE = "__create__"
# Comparing every unknown word with every customer is quadratic; beyond this nobody reads proposals anyway.
MAX_PROPOSALS = 300
# Titles and other keys, besides the record's name, by which people refer to a record in a file.
OTHER_KEYS = {
	"SPM Customer": ("customer_name", "customer_code", "external_id"),
	"SPM Opportunity": ("title", "external_id"),
	"SPM Lead": ("lead_name", "email"),
	"SPM Project": ("project_name", "code"),
	"SPM Product": ("product_code",),
	"User": ("full_name", "email", "username"),
	"Contact": ("full_name", "email_id"),
	"Currency": ("symbol",),
	"Language": ("language_name",),
}
# Record types a run may create on demand from one word, and the field that takes the word.
CREATABLE = {
	"SPM Industry": "industry_name",
	"SPM Territory": "territory_name",
	"SPM Source": "source_name",
	"SPM Campaign": "campaign_name",
	"SPM Loss Reason": "reason",
	"SPM Product": "product_name",
	"SPM Customer": "customer_name",
}


@dataclass
class Value:
	"""One distinct word of a Link or Select column and what it means.

	`how` is exact, mapped (a person said so), pending (another row of the file), create, empty (ignore it)
	or open (nobody knows yet: its rows fail).
	"""

	fieldname: str
	doctype: str
	raw: str
	rows: list[int] = field(default_factory=list)
	value: str | None = None
	how: str = "open"
	suggestion: str | None = None
	score: int = 0
	reason: str = ""

	def as_dict(self) -> dict:
		"""What the preview shows: the first rows only, a file may use one word ten thousand times."""
		return {
			"fieldname": self.fieldname,
			"doctype": self.doctype,
			"raw": self.raw,
			"rows": len(self.rows),
			"first_rows": self.rows[:10],
			"value": self.value,
			"how": self.how,
			"suggestion": self.suggestion,
			"score": self.score,
			"reason": self.reason,
		}


class Directory:
	"""All records of one DocType by the words that may mean them, read with one query.

	:param doctype: the linked DocType
	:param filters: restricts the records (stages of one pipeline)
	"""

	def __init__(self, doctype: str, filters: dict | None = None):
		self.doctype = doctype
		meta = frappe.get_meta(doctype)
		title = meta.title_field if meta.title_field and meta.has_field(meta.title_field) else None
		keys = [key for key in OTHER_KEYS.get(doctype, ()) if meta.has_field(key)]
		if title and title not in keys:
			keys.insert(0, title)
		filters = dict(filters or {})
		if doctype == "User":
			filters.update(enabled=1, user_type="System User")
		# Existence is checked for all records; which of them the user may use is decided per record below
		# and by the permission rules when the row is written.
		rows = frappe.get_all(doctype, fields=["name", *keys], filters=filters, limit_page_length=0)
		self.titles: dict[str, str] = {}
		self.by_word: dict[str, set[str]] = {}
		for row in rows:
			name = str(row.name)
			self.titles[name] = str(row.get(title) or name) if title else name
			words = {name, *(row.get(key) for key in keys)}
			if meta.get("translated_doctype") or doctype == "SPM Stage":
				words |= {_(str(word)) for word in list(words) if word}
			for word in words:
				if word:
					self.by_word.setdefault(fold(word), set()).add(name)
		self._visible: list[str] | None = None

	def find(self, word: str) -> tuple[str | None, str]:
		"""The record that a word means: (name, "") or (None, sentence that says why not)."""
		names = self.by_word.get(fold(word), set())
		if len(names) == 1:
			return next(iter(names)), ""
		if word in names:
			return word, ""
		if names:
			return None, _("{0} records of {1} are called {2}. Choose one.").format(
				len(names), _(self.doctype), word
			)
		return None, ""

	def visible_titles(self) -> dict[str, str]:
		"""Title → name of the records the user may see, the only ones that may be proposed."""
		if self._visible is None:
			self._visible = (
				frappe.get_list(self.doctype, pluck="name", limit_page_length=0) if self.titles else []
			)
		allowed = set(map(str, self._visible))
		return {self.titles[name]: name for name in self.titles if name in allowed}

	def propose(self, word: str) -> tuple[str | None, int]:
		"""The record a misspelt word most likely means, as (name, score)."""
		titles = self.visible_titles()
		found, score = suggest_value(word, list(titles))
		return (titles[found], score) if found else (None, 0)


def resolve_link(
	fld: Field,
	words: dict[str, list[int]],
	directory: Directory,
	chosen: dict,
	options: dict,
	pending: Iterable[str] = (),
) -> dict[str, Value]:
	"""Say for every word of a Link column which record it means.

	:param fld: the field of the column
	:param words: word → rows it stands in
	:param directory: records of the linked DocType
	:param chosen: word → record, CREATE or "" as a person decided
	:param options: `create_missing` (DocTypes) and `accept_suggestions`
	:param pending: words that name records this file itself brings in
	"""
	result, proposals = {}, 0
	pending_by_fold = {fold(word): word for word in pending}
	may_create = _may_create(directory.doctype)
	for word, rows in words.items():
		value = result[word] = Value(fld.fieldname, directory.doctype, word, rows)
		if word in chosen:
			_apply_choice(value, chosen[word], directory, may_create)
			continue
		if fold(word) in pending_by_fold:
			value.how, value.value = "pending", pending_by_fold[fold(word)]
			continue
		value.value, value.reason = directory.find(word)
		if value.value:
			value.how = "exact"
			continue
		if proposals < MAX_PROPOSALS and directory.doctype != "User":
			proposals += 1
			value.suggestion, value.score = directory.propose(word)
		if value.suggestion and options.get("accept_suggestions"):
			value.value, value.how = value.suggestion, "mapped"
		elif directory.doctype in (options.get("create_missing") or ()) and may_create:
			value.how, value.value = "create", word
		elif not value.reason:
			value.reason = _unknown(fld, directory, value)
	return result


def _apply_choice(value: Value, choice, directory: Directory, may_create: bool):
	if choice == CREATE:
		existing, _reason = directory.find(value.raw)
		if existing:
			# Asked for in an earlier try of the same run: it is there now.
			value.how, value.value = "exact", existing
		elif may_create:
			value.how, value.value = "create", value.raw
		else:
			value.reason = _("You may not create {0} records.").format(_(directory.doctype))
	elif not choice:
		value.how = "empty"
	else:
		value.value, reason = directory.find(str(choice))
		value.how = "mapped" if value.value else "open"
		if not value.value:
			value.reason = reason or _("{0} {1} does not exist.").format(_(directory.doctype), choice)


def _unknown(fld: Field, directory: Directory, value: Value) -> str:
	if value.suggestion:
		title = directory.titles.get(value.suggestion, value.suggestion)
		return _("{0}: {1} does not exist. Did you mean {2}?").format(_(fld.label), value.raw, title)
	return _("{0}: {1} does not exist.").format(_(fld.label), value.raw)


def _may_create(doctype: str) -> bool:
	return doctype in CREATABLE and bool(frappe.has_permission(doctype, "create"))


def resolve_select(fld: Field, words: dict[str, list[int]], chosen: dict, options: dict) -> dict[str, Value]:
	"""Say for every word of a Select column which option it means: itself, its translation, a synonym or a range."""
	choices = [choice for choice in fld.options.split("\n") if choice]
	by_word = {fold(choice): choice for choice in choices} | {fold(_(choice)): choice for choice in choices}
	result = {}
	for word, rows in words.items():
		value = result[word] = Value(fld.fieldname, "", word, rows)
		if word in chosen:
			value.value = chosen[word] or None
			value.how = "mapped" if value.value else "empty"
			if value.value and value.value not in choices:
				value.value, value.how = None, "open"
				value.reason = _("{0}: {1} is not one of the options.").format(_(fld.label), chosen[word])
			continue
		value.value = by_word.get(fold(word)) or _range_of(word, choices)
		if value.value:
			value.how = "exact"
			continue
		value.suggestion, value.score = suggest_value(word, choices)
		if value.suggestion and (options.get("accept_suggestions") or value.score == 95):
			# A score of 95 comes from the list of synonyms ("Closed Won" is Won), not from likeness.
			value.value, value.how = value.suggestion, "mapped"
		else:
			value.reason = _("{0}: {1} is not one of the options.").format(_(fld.label), word)
	return result


def _range_of(word: str, choices: list[str]) -> str | None:
	try:
		return bucket(float(word.replace(",", "")), choices)
	except ValueError:
		return None


def best_pipeline(words: Iterable[str]) -> str | None:
	"""The pipeline whose stages the words of a stage column fit best; the default one when they fit none better."""
	stages = frappe.get_all(
		"SPM Stage", fields=["pipeline", "stage_name"], filters={"disabled": 0}, order_by="pipeline, position"
	)
	default = default_pipeline()
	if not stages:
		return default
	wanted = {fold(word) for word in words}
	hits: dict[str, int] = {}
	for stage in stages:
		hits[stage.pipeline] = hits.get(stage.pipeline, 0) + bool(
			{fold(stage.stage_name), fold(_(stage.stage_name))} & wanted
		)
	return max(hits, key=lambda name: (hits[name], name == default))
