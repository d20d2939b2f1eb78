"""The Chinese strings of the framework: a broken row shows up only in a Chinese desk, so check them all here."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ZH = ROOT / "devbench" / "translations" / "zh.csv"
SCRIPTS = ROOT / ".devbench" / "bench" / "apps" / "frappe" / "frappe" / "public" / "js"

# Where every string must be Chinese: what a user sees on each list, form, filter, dialog and toolbar.
FULLY_COVERED = ("frappe/list", "frappe/form", "frappe/ui")
# Elsewhere some strings are names or symbols that stay as they are.
FLOOR_ELSEWHERE = 0.97

PLACEHOLDER = re.compile(r"\{\w*\}|%\(\w+\)s|%s|\{\{\s*[\w.]+\s*\}\}")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:lt|gt);")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Three English words in a row, once code, quotations and addresses are out of the way, make a sentence.
SENTENCE = re.compile(r"[a-z]{2,}\s+[a-z]{2,}\s+[a-z]{2,}")
CODE = re.compile(r"<pre>.*?</pre>|<code.*?</code>|<[^<>]*>|`[^`]*`|https?://\S+", re.S)
CALL = re.compile(
	r"""(?<![\w.$])__\(\s*(?P<quote>["'`])(?P<text>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)\s*[,)]""", re.S
)
FORMATTABLE = re.compile(r"\{\d*\}")


def unescaped(text: str) -> str:
	"""Return what the JavaScript literal `text` stands for."""
	return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), text, flags=re.S)


def read_rows() -> list[list[str]]:
	"""Return the rows as the framework's own reader does."""
	with open(ZH, encoding="utf-8", newline="") as stream:
		return list(csv.reader(stream))


@pytest.fixture(scope="module")
def rows() -> list[list[str]]:
	return read_rows()


@pytest.fixture(scope="module")
def known(rows) -> set[str]:
	return {row[0].replace("\\n", "\n") for row in rows}


def test_every_row_is_source_translation_context(rows):
	assert len(rows) > 5000
	assert [row for row in rows if len(row) != 3] == []
	assert [row for row in rows if not row[0].strip() or not row[1].strip()] == []


def test_no_string_is_translated_twice(rows):
	counted = Counter((row[0], row[2]) for row in rows)
	assert [key for key, times in counted.items() if times > 1] == []


def test_a_string_with_a_context_also_has_a_general_translation_or_is_a_symbol(rows):
	"""Python asks for the plain string first when the context is unknown; only unit letters may lack one."""
	plain = {row[0] for row in rows if not row[2]}
	assert {row[0] for row in rows if row[2] and row[0] not in plain} <= {"T", "B", "M", "K", "Cr", "L", "Kh", "Ar"}


def test_placeholders_are_those_of_the_source(rows):
	wrong = [
		row for row in rows if Counter(PLACEHOLDER.findall(row[0])) != Counter(PLACEHOLDER.findall(row[1]))
	]
	assert wrong == []


def test_markup_is_that_of_the_source(rows):
	wrong = [row for row in rows if Counter(TAG.findall(row[0])) != Counter(TAG.findall(row[1]))]
	assert wrong == []


def test_what_python_can_format_stays_formattable(rows):
	"""A stray brace would turn an error message into an IndexError or ValueError."""
	values = [f"v{n}" for n in range(10)]
	broken = []
	for source, translated, _context in rows:
		if not FORMATTABLE.search(source):
			continue
		try:
			before = source.format(*values)
		except (ValueError, KeyError, IndexError):
			continue
		try:
			after = translated.format(*values)
		except (ValueError, KeyError, IndexError) as error:
			broken.append((source, str(error)))
			continue
		if {v for v in values if v in before} != {v for v in values if v in after}:
			broken.append((source, after))
	assert broken == []


def test_no_english_sentence_is_left(rows):
	left = [
		row
		for row in rows
		if not CHINESE.search(row[1]) and SENTENCE.search(CODE.sub(" ", row[1]))
	]
	assert left == []


def test_words_of_the_desk_are_the_expected_ones(rows):
	"""Terms a Chinese business user knows, used the same way everywhere."""
	plain = {row[0]: row[1] for row in rows if not row[2]}
	expected = {
		"Save": "保存",
		"Submit": "提交",
		"Cancel": "取消",
		"Amend": "修订",
		"Filter": "筛选",
		"List": "列表",
		"Form": "表单",
		"Kanban": "看板",
		"Gantt": "甘特图",
		"Calendar": "日历",
		"Report": "报表",
		"Dashboard": "仪表板",
		"Workspace": "工作区",
		"Attachments": "附件",
		"Comments": "评论",
		"Assign To": "分配给",
		"Share": "共享",
		"Tags": "标签",
		"Print": "打印",
		"Workflow": "工作流",
		"Role Permissions Manager": "角色权限管理",
		"ToDo": "待办",
		"Draft": "草稿",
		"Submitted": "已提交",
		"Cancelled": "已取消",
		"Not Saved": "未保存",
		"Last Week": "上周",
		"Login": "登录",
		"Forgot Password?": "忘记密码？",
	}
	assert {source: plain.get(source) for source in expected} == expected


def strings_of(folder: Path) -> dict[str, str]:
	"""Return the literal strings that scripts below `folder` translate, each with the file it is in."""
	found: dict[str, str] = {}
	for path in sorted(folder.rglob("*")):
		if path.suffix not in {".js", ".vue", ".html", ".ts"} or "lib" in path.relative_to(SCRIPTS).parts:
			continue
		for call in CALL.finditer(path.read_text(encoding="utf-8", errors="ignore")):
			text = unescaped(call["text"])
			if "${" not in text and re.search(r"[A-Za-z]", text):
				found.setdefault(text, str(path.relative_to(SCRIPTS)))
	return found


needs_framework = pytest.mark.skipif(
	not SCRIPTS.is_dir(), reason="the framework is not restored here: run `python3 -m devbench build`"
)


@needs_framework
@pytest.mark.parametrize("folder", FULLY_COVERED)
def test_everything_on_lists_forms_and_toolbars_is_chinese(folder, known):
	strings = strings_of(SCRIPTS / folder)
	assert len(strings) > 100, "the scan found too little to mean anything"
	assert {text: file for text, file in strings.items() if text not in known} == {}


@needs_framework
def test_nearly_everything_else_in_the_desk_is_chinese(known):
	strings = strings_of(SCRIPTS)
	assert len(strings) > 1000
	missing = sorted(text for text in strings if text not in known)
	assert 1 - len(missing) / len(strings) >= FLOOR_ELSEWHERE, missing
