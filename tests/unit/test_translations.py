"""Every word a person meets is there in Chinese, and no label shows a prefixed name.

Runs without a site: it reads the records, scripts, templates and seeds of the app as files.
"""

from __future__ import annotations

import ast
import csv
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from sales_crm_pm.setup import (
	customer_data,
	seed_board,
	seed_change,
	seed_contract,
	seed_data,
	seed_dedupe,
	seed_keep,
	seed_lead,
	seed_people,
	seed_quotation,
	seed_risk,
	seed_start,
	seed_time,
	seed_value,
)

ROOT = Path(__file__).parents[2]
APP = ROOT / "sales_crm_pm"
MODULE = APP / "sales_crm_pm"
FRAMEWORK_ZH = ROOT / "devbench" / "translations" / "zh.csv"

PLACEHOLDER = re.compile(r"\{\w*\}|%\(\w+\)s|%s|\{\{\s*[\w.]+\s*\}\}")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
STRING = r"""(?P<quote>["'`])(?P<text>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)"""
JS_CALL = re.compile(r"(?<![\w.$])__\(\s*" + STRING + r"\s*[,)]", re.S)
JINJA_CALL = re.compile(r"(?<![\w.$])_\(\s*" + STRING + r"\s*[,)]", re.S)
# Names and signs that are the same in every language.
SAME_EVERYWHERE = {"Sales CRM PM", "SPI", "CPI", "CSAT", "NPS", "CSV", "XLSX", "A", "B", "C", "D", "{0}: {1}"}
# Keys of the standard records of the desk that people read.
RECORD_KEYS = {"label", "title", "button_label", "introduction_text", "success_title", "success_message", "description"}


def rows_of(path: Path) -> list[list[str]]:
	"""Return the rows of a translation file as the framework's reader does."""
	with open(path, encoding="utf-8", newline="") as stream:
		return list(csv.reader(stream))


def unescaped(text: str) -> str:
	"""Return what the string literal `text` of a script stands for."""
	return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), text, flags=re.S)


def is_word(text: str | None) -> bool:
	return bool(text) and bool(re.search(r"[A-Za-z]", text)) and text not in SAME_EVERYWHERE


def records(*folders: str):
	"""Give (file, dict) of every shipped record below the folders."""
	for folder in folders:
		for path in sorted((APP / folder).rglob("*.json")):
			data = json.loads(path.read_text(encoding="utf-8"))
			for record in data if isinstance(data, list) else [data]:
				yield path, record


def strings_of_doctypes():
	for path, doctype in records("sales_crm_pm/doctype"):
		yield path, doctype["name"]
		yield path, doctype.get("description")
		for field in doctype["fields"]:
			yield path, field.get("label")
			yield path, field.get("description")
			yield path, field.get("placeholder")
			if field["fieldtype"] == "Select" and field["fieldname"] != "naming_series":
				yield from ((path, option) for option in (field.get("options") or "").split("\n"))
		for link in doctype.get("links", []):
			yield path, link.get("group")


def strings_of_records():
	"""Workspaces, sidebar, icon, cards, charts, forms for the web, print formats, reports, flows, roles."""
	folders = [
		"desktop_icon",
		"workspace_sidebar",
		"fixtures",
		*(
			f"sales_crm_pm/{kind}"
			for kind in (
				"workspace", "number_card", "dashboard_chart", "web_form", "print_format",
				"report", "workflow", "page", "kanban_board", "notification",
			)
		),
	]  # fmt: skip

	def walk(path, value):
		if isinstance(value, dict):
			for key, inner in value.items():
				if key in RECORD_KEYS and isinstance(inner, str):
					yield path, inner
				elif key == "content" and isinstance(inner, str):
					for block in json.loads(inner):
						if block["type"] == "header":
							yield path, TAG.sub("", block["data"]["text"])
				elif key in ("state", "action", "next_state"):
					yield path, inner
				else:
					yield from walk(path, inner)
		elif isinstance(value, list):
			for inner in value:
				yield from walk(path, inner)

	for path, record in records(*folders):
		# A message with markup is translated as a whole; its key is the text as stored.
		yield from walk(path, record)
		if record.get("doctype") in {"Report", "Workflow", "Role", "Dashboard Chart", "Print Format", "Page"}:
			yield path, record.get("role_name") or record.get("chart_name") or record.get("title") or record["name"]


def strings_of_python():
	for path in sorted(APP.rglob("*.py")):
		for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
			if not isinstance(node, ast.Call) or not node.args:
				continue
			name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
			first = node.args[0]
			if name in {"_", "_lt"} and isinstance(first, ast.Constant) and isinstance(first.value, str):
				yield path, first.value


def strings_of_scripts():
	for path in sorted([*APP.rglob("*.js"), *APP.rglob("*.vue"), *APP.rglob("*.ts")]):
		if "node_modules" in path.parts or "dist" in path.parts:
			continue
		for call in JS_CALL.finditer(path.read_text(encoding="utf-8")):
			yield path, unescaped(call["text"])


def strings_of_templates():
	for path in sorted(APP.rglob("*.html")):
		text = path.read_text(encoding="utf-8")
		for pattern in (JINJA_CALL, JS_CALL):
			for call in pattern.finditer(text):
				yield path, unescaped(call["text"])


def keyed(value, key=""):
	"""The lines of all texts in seed data, each with the field it is for."""
	if isinstance(value, dict):
		for inner_key, inner in value.items():
			yield from keyed(inner, inner_key)
	elif isinstance(value, list | tuple):
		for inner in value:
			yield from keyed(inner, key)
	elif isinstance(value, str):
		yield from ((line, key) for line in value.split("\n"))


def strings_of_seeds():
	"""Names and texts a new site starts with; mail templates exist once per language instead."""
	path = APP / "setup" / "seed_data.py"

	def walk(value, key=""):
		if isinstance(value, dict):
			for inner_key, inner in value.items():
				yield from walk(inner, inner_key)
		elif isinstance(value, list | tuple):
			for inner in value:
				yield from walk(inner, key)
		elif isinstance(value, str) and key not in {"fieldname", "child_field", "depends_on", "default_template"}:
			yield from ((path, line) for line in value.split("\n"))

	yield from ((path, name) for name in (*seed_data.WORKFLOW_STATES, *seed_data.WORKFLOW_ACTIONS))
	for doctype, _field, values in seed_data.SIMPLE_MASTERS:
		yield path, doctype
		yield from walk(values)
	yield from walk([{"plan_name": p["plan_name"], "subject": p["subject"]} for p in seed_keep.VISIT_PLANS])
	for data in (seed_data.PIPELINES, seed_data.PHASES, seed_data.PROJECT_TEMPLATES, seed_data.PROJECT_TYPES):
		yield from walk(data)
	for data in (seed_board.LOSS_REASONS, seed_board.PIPELINES, seed_board.BID_TEMPLATES):
		yield from walk(data)
	yield from walk(customer_data.CUSTOMER_GROUPS)
	yield from ((path, rule["rule_name"]) for rule in customer_data.TIER_RULES)
	for fields in customer_data.CONTACT_FIELDS.values():
		for field in fields:
			yield path, field.get("label")
			yield path, field.get("description")
			if field["fieldtype"] == "Select":
				yield from ((path, option) for option in field["options"].split("\n"))
	for profile, roles in seed_data.ROLE_PROFILES.items():
		yield path, profile
		yield from ((path, role) for role in roles)
	for data in (seed_contract.PAYMENT_TEMPLATES, seed_contract.CONTRACT_TYPES):
		yield from walk(data)
	for board, values in (seed_data.KANBAN_BOARDS | seed_lead.BOARDS).items():
		yield path, board
		yield from ((path, column) for column, _color in values["columns"])
	yield from ((path, rule["rule_name"]) for rule in seed_dedupe.RULES)
	yield from ((path, row["title"]) for row in seed_value.BUDGET_ALERTS)
	yield from ((path, name) for name in (*seed_lead.SOURCES, *seed_lead.NOTICES))
	yield from ((path, rule["rule_name"]) for rule in seed_lead.SCORING_RULES)
	yield from ((path, text) for text in (seed_lead.POOL["pool_name"], seed_lead.POOL["description"]))
	yield path, seed_lead.WORKING_HOURS["hours_name"]
	yield path, seed_lead.RESPONSE_TARGET["target_name"]
	yield from ((path, name) for name in (*seed_people.ROLES, *seed_people.SKILLS))
	yield from ((path, name) for name in seed_time.WORKFLOW_ACTIONS)
	yield from ((path, row["activity_name"]) for row in seed_time.ACTIVITIES)
	words = ("subject", "title", "phase", "phase_name", "description", "acceptance_criteria", "deliverables")
	words += ("template_name", "milestone_title", "project_role", "checklist", "criteria", "hint")
	for data in (seed_start.BID_TEMPLATES, seed_start.TEMPLATES, seed_start.TYPES, seed_start.RULES):
		yield from ((path, text) for text, key in keyed(data) if key in words)
	for notice in seed_lead.NOTICES.values():
		for text in (notice["subject"], notice["message"]):
			yield from ((path, unescaped(call["text"])) for call in JINJA_CALL.finditer(text))


def strings_of_quotation_seeds():
	"""Texts and mails exist once per language instead."""
	path = APP / "setup" / "seed_quotation.py"
	words = (
		*seed_quotation.WORKFLOW_STATES,
		*seed_quotation.WORKFLOW_ACTIONS,
		*(row["tax_name"] for row in seed_quotation.TAXES),
		seed_quotation.KANBAN_BOARD,
		*(column for column, _color in seed_quotation.KANBAN_COLUMNS),
	)
	yield from ((path, word) for word in words)


def strings_of_risk_seeds():
	path = APP / "setup" / "seed_risk.py"
	words = (
		*seed_risk.WORKFLOW_STATES,
		*seed_risk.WORKFLOW_ACTIONS,
		*(text for row in seed_risk.CATEGORIES for text in (row["category_name"], row["description"])),
		*(text for row in seed_risk.BANDS for text in (row["band_name"], row["advice"])),
		*seed_risk.BOARDS,
		*(column for board in seed_risk.BOARDS.values() for column, _color in board["columns"]),
	)
	yield from ((path, word) for word in words)
def strings_of_change_seeds():
	path = APP / "setup" / "seed_change.py"
	yield from ((path, word) for word in (*seed_change.WORKFLOW_STATES, *seed_change.WORKFLOW_ACTIONS))
	for notice in seed_change.NOTIFICATIONS:
		yield from ((path, unescaped(call["text"])) for call in JINJA_CALL.finditer(notice["subject"]))


def strings_of_hooks():
	for node in ast.walk(ast.parse((APP / "hooks.py").read_text(encoding="utf-8"))):
		if isinstance(node, ast.Dict):
			for key, value in zip(node.keys, node.values, strict=True):
				if getattr(key, "value", "") == "title":
					yield APP / "hooks.py", value.value


SOURCES = {
	"doctypes": (strings_of_doctypes, 400),
	"records": (strings_of_records, 60),
	"python": (strings_of_python, 100),
	"scripts": (strings_of_scripts, 60),
	"templates": (strings_of_templates, 40),
	"seeds": (strings_of_seeds, 120),
	"quotation seeds": (strings_of_quotation_seeds, 15),
	"risk seeds": (strings_of_risk_seeds, 30),
	"change seeds": (strings_of_change_seeds, 8),
	"hooks": (strings_of_hooks, 1),
}


@pytest.fixture(scope="module")
def zh() -> list[list[str]]:
	return rows_of(APP / "translations" / "zh.csv")


@pytest.fixture(scope="module")
def known(zh) -> set[str]:
	"""What is translated by the app, or by the framework for words that are its own."""
	return {row[0].replace("\\n", "\n") for row in [*zh, *rows_of(FRAMEWORK_ZH)]}


@pytest.mark.parametrize("source", SOURCES)
def test_everything_people_read_is_there_in_chinese(source, known):
	collect, floor = SOURCES[source]
	found = {text: path.relative_to(APP) for path, text in collect() if is_word(text)}
	assert len(found) >= floor, f"only {len(found)} strings found: the scan has gone blind"
	assert {text: str(path) for text, path in found.items() if text not in known} == {}


def test_rows_are_source_translation_context(zh):
	assert [row for row in zh if len(row) != 3] == []
	assert [row for row in zh if not row[0].strip() or not row[1].strip()] == []
	assert [row for row in zh if row[0] != row[0].strip()] == []


def test_no_string_is_translated_twice(zh):
	counted = Counter((row[0], row[2]) for row in zh)
	assert [key for key, times in counted.items() if times > 1] == []


def test_placeholders_and_markup_are_those_of_the_source(zh):
	for pattern in (PLACEHOLDER, TAG):
		wrong = [row for row in zh if Counter(pattern.findall(row[0])) != Counter(pattern.findall(row[1]))]
		assert wrong == []


def test_translations_are_chinese(zh):
	left = [row for row in zh if not CHINESE.search(row[1]) and row[0] not in SAME_EVERYWHERE]
	assert left == []


def test_no_shared_word_of_the_framework_is_changed_outside_our_forms(zh):
	"""A plain row of ours would change the word on every form of every app, so it needs a context."""
	framework = {row[0]: row[1] for row in rows_of(FRAMEWORK_ZH) if not row[2]}
	clashes = {
		row[0]: (row[1], framework[row[0]])
		for row in zh
		if not row[2] and row[0] in framework and framework[row[0]] != row[1]
	}
	assert clashes == {}


def test_contexts_are_our_record_types(zh):
	ours = {record["name"] for _path, record in records("sales_crm_pm/doctype")}
	assert {row[2] for row in zh if row[2]} <= ours


def test_no_label_shows_a_prefixed_name(zh):
	labels = [
		(path.name, field.get("label"))
		for path, doctype in records("sales_crm_pm/doctype")
		for field in doctype["fields"]
	]
	assert [label for label in labels if "SPM" in (label[1] or "")] == []
	assert [row for row in zh if "SPM" in row[1]] == []
	spoken = [text for collect in (strings_of_python, strings_of_scripts, strings_of_templates) for _, text in collect()]
	prefixed = {text for text in spoken if re.search(r"\bSPM\b", text)}
	names = {record["name"] for _path, record in records("sales_crm_pm", "fixtures") if "name" in record}
	assert {text for text in prefixed if text not in names} == set()


def test_english_shows_plain_words_for_prefixed_names():
	english = {row[0]: row[1] for row in rows_of(APP / "translations" / "en.csv")}
	prefixed = {
		name
		for _path, record in records("sales_crm_pm", "fixtures")
		for name in (record.get("role_name"), record.get("name"))
		if name and re.search(r"\bSPM\b", name) and record.get("doctype") not in {"Number Card"}
	}
	prefixed |= {*seed_data.KANBAN_BOARDS, *seed_data.ROLE_PROFILES, *seed_lead.BOARDS, *seed_lead.NOTICES}
	prefixed.add(seed_quotation.KANBAN_BOARD)
	prefixed.update(seed_risk.BOARDS)
	assert len(prefixed) > 60
	assert {name for name in prefixed if name not in english} == set()
	assert {name: label for name, label in english.items() if "SPM" in label or not label.strip()} == {}
