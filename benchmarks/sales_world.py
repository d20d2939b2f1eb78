"""A sales database of the size that Done-when 5 of the sales half asks for, written by the database itself.

100,000 customers, 300,000 opportunities with their stage history, 1,000,000 interactions and 50,000 contacts come
out of `INSERT … SELECT` over MariaDB's sequence tables, which takes minutes where documents would take hours. The
rows look like those of a company that sells for three years: fifty salespeople, Chinese and English names, one
key account with 5,000 talks, most deals closed. Everything is named `SCALE-…`, so that it can be taken away again.

	<bench python> benchmarks/sales_world.py make --site scale.localhost [--factor 0.1]
	<bench python> benchmarks/sales_world.py remove --site scale.localhost
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

CUSTOMERS, OPPORTUNITIES, INTERACTIONS, CONTACTS = 100_000, 300_000, 1_000_000, 50_000
SALESPEOPLE = 50
KEY_ACCOUNT_TALKS = 5_000
MARK = "SCALE-"

MANAGER = "scale.manager@example.com"
NEWCOMER = "scale.new@example.com"
"""A salesperson with a handful of customers: the hardest case for a list, whose rows are few and far between."""

PLACES = (
	"Shanghai",
	"Hamburg",
	"Leeds",
	"Porto",
	"Osaka",
	"Denver",
	"Lyon",
	"Turin",
	"Krakow",
	"Malmo",
	"Quito",
)
TRADES = ("Logistics", "Energy", "Foods", "Optics", "Pumps", "Textiles", "Robotics", "Paper", "Glass", "Rail")
FORMS = ("Ltd", "GmbH", "Inc", "SA", "BV", "AB", "Oy")
CITIES_ZH = ("上海", "北京", "深圳", "杭州", "成都", "武汉", "青岛", "苏州", "厦门", "西安", "重庆")
WORDS_ZH = ("张三", "华源", "新宇", "明德", "瑞丰", "天衡", "中科", "海纳", "远航", "金石")
TRADES_ZH = ("物流", "能源", "食品", "光电", "机械", "纺织", "智能", "纸业", "玻璃", "轨道")
SURNAMES_ZH = "王李张刘陈杨赵黄周吴徐孙胡朱高"
GIVEN_ZH = ("伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "艳", "勇", "三", "杰", "涛", "明")
SURNAMES = (
	"Smith",
	"Keller",
	"Rossi",
	"Novak",
	"Silva",
	"Tanaka",
	"Larsen",
	"Dubois",
	"Stone",
	"Weber",
	"Moreau",
)
GIVEN = (
	"Anna",
	"Ben",
	"Clara",
	"David",
	"Eva",
	"Felix",
	"Grace",
	"Hugo",
	"Iris",
	"Jonas",
	"Karin",
	"Liam",
	"Mia",
)
KINDS = ("Call", "Visit", "Meeting", "E-mail", "WeChat", "Message", "Note")

REBUILDS = (
	"sales_crm_pm.loop.customer_figures.refresh",
	"sales_crm_pm.loop.search_keys.rebuild_all",
)
"""What brings derived figures and search keys up to date after rows came in behind the controllers' back."""


def main() -> int:
	"""Make or remove the rows."""
	parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
	parser.add_argument("action", choices=("make", "remove"))
	parser.add_argument("--site", default="scale.localhost")
	parser.add_argument("--bench", default=str(ROOT / ".devbench" / "bench"))
	parser.add_argument("--factor", type=float, default=1.0, help="share of the full size")
	arguments = parser.parse_args()
	connect(arguments.bench, arguments.site)
	if arguments.action == "remove":
		remove()
	else:
		make(arguments.factor)
	return 0


def connect(bench: str, site: str) -> None:
	"""Connect to a site of a bench as Administrator."""
	path = Path(bench).resolve()
	os.environ.setdefault("SITES_PATH", str(path / "sites"))
	os.environ.setdefault("FRAPPE_BENCH_ROOT", str(path))
	sys.path[:0] = [str(path / "apps" / "frappe"), str(ROOT)]
	os.chdir(path / "sites")
	import frappe

	frappe.init(site)
	frappe.connect()
	frappe.set_user("Administrator")


def salesperson(number: int) -> str:
	"""User name of a salesperson, counted from 0."""
	return f"scale.sales.{number:02}@example.com"


def make(factor: float = 1.0) -> None:
	"""Write everything, then bring the derived figures up to date.

	:param factor: share of the full size; tests use a small one
	"""
	import frappe

	customers, deals = int(CUSTOMERS * factor), int(OPPORTUNITIES * factor)
	talks, contacts = int(INTERACTIONS * factor), int(CONTACTS * factor)
	_timed("users", make_users)
	_timed(f"{customers:,} customers", lambda: make_customers(customers))
	_timed(f"{contacts:,} contacts", lambda: make_contacts(contacts, customers))
	_timed(f"{deals:,} opportunities with stage history", lambda: make_opportunities(deals, customers))
	_timed(f"{talks:,} interactions", lambda: make_interactions(talks, customers, deals))
	for path in REBUILDS:
		module, name = path.rsplit(".", 1)
		_timed(name, getattr(importlib.import_module(module), name))
		frappe.db.commit()
	_timed("statistics", analyze)


def _timed(what: str, work) -> None:
	import frappe

	start = time.perf_counter()
	work()
	frappe.db.commit()
	print(f"  {time.perf_counter() - start:7.1f} s  {what}", flush=True)


def make_users() -> None:
	"""Fifty salespeople, one newcomer and one manager."""
	import frappe

	people = {salesperson(n): "SPM Sales User" for n in range(SALESPEOPLE)}
	people.update({NEWCOMER: "SPM Sales User", MANAGER: "SPM Sales Manager"})
	for user, role in people.items():
		if frappe.db.exists("User", user):
			continue
		doc = frappe.get_doc(
			{
				"doctype": "User",
				"email": user,
				"first_name": user.split("@")[0],
				"send_welcome_email": 0,
				"roles": [{"role": role}],
			}
		)
		doc.flags.no_welcome_mail = True
		doc.insert(ignore_permissions=True)


def _elt(number: str, values) -> str:
	"""SQL that picks one of the values by a number."""
	import frappe

	picked = ", ".join(frappe.db.escape(value, percent=False) for value in values)
	return f"ELT(1 + ({number}) MOD {len(values)}, {picked})"


def _seller(number: str) -> str:
	"""SQL for the salesperson of a customer; every 5,000th belongs to the newcomer."""
	return f"IF(({number}) MOD 5000 = 7, '{NEWCOMER}', CONCAT('scale.sales.', LPAD(({number}) MOD {SALESPEOPLE}, 2, '0'), '@example.com'))"


def _fill(doctype: str, count: int, columns: dict[str, str]) -> None:
	"""Insert `count` rows whose columns are SQL expressions over `seq`.

	Every column has a constant default in the framework's tables, so those left out are as an empty form leaves them.
	"""
	import frappe

	standard = {
		"modified": columns.get("creation", "NOW()"),
		"modified_by": columns.get("owner", "'Administrator'"),
		"docstatus": "0",
		"idx": "0",
	}
	found = {**standard, **columns}
	names = ", ".join(f"`{name}`" for name in found)
	frappe.db.sql(
		f"INSERT INTO `tab{doctype}` ({names}) SELECT {', '.join(found.values())} FROM seq_1_to_{count}"
	)


def make_customers(count: int) -> None:
	"""Companies, half with Chinese names; one in twenty has a parent company."""
	english = f"CONCAT({_elt('seq', PLACES)}, ' ', {_elt('seq DIV 11', TRADES)}, ' ', seq, ' ', {_elt('seq DIV 110', FORMS)})"
	chinese = (
		f"CONCAT({_elt('seq', CITIES_ZH)}, {_elt('seq DIV 11', WORDS_ZH)}, {_elt('seq DIV 7', TRADES_ZH)}, "
		"'有限公司', seq)"
	)
	_fill(
		"SPM Customer",
		count,
		{
			"name": f"CONCAT('{MARK}C-', LPAD(seq, 7, '0'))",
			"creation": "NOW() - INTERVAL (seq * 7919) MOD 1500000 MINUTE",
			"owner": _seller("seq"),
			"customer_name": f"IF(seq MOD 2, {english}, {chinese})",
			"customer_type": "'Company'",
			"account_manager": _seller("seq"),
			"lifecycle_stage": _elt(
				"seq DIV 3", ("Prospect", "Following", "Converted", "Maintained", "Dormant")
			),
			"tier": _elt("seq DIV 5", ("", "A", "B", "C", "D")),
			"parent_customer": f"IF(seq MOD 20 = 0, CONCAT('{MARK}C-', LPAD(seq DIV 20, 7, '0')), NULL)",
			"phone": "CONCAT('+86 138', LPAD((seq * 7907) MOD 100000000, 8, '0'))",
			"email": "CONCAT('office', seq, '@company', seq DIV 2, '.example.com')",
			"website": "CONCAT('https://company', seq DIV 2, '.example.com')",
			"tax_id": "CONCAT('TX', LPAD(seq, 10, '0'))",
			"base_currency": "'USD'",
		},
	)


def make_contacts(count: int, customers: int) -> None:
	"""People of the first customers, each linked to one."""
	zh = f"CONCAT({_elt('seq', SURNAMES_ZH)}, {_elt('seq DIV 15', GIVEN_ZH)})"
	first = f"IF(seq MOD 2, {_elt('seq DIV 2', GIVEN)}, {zh})"
	last = f"IF(seq MOD 2, {_elt('seq DIV 26', SURNAMES)}, '')"
	_fill(
		"Contact",
		count,
		{
			"name": f"CONCAT('{MARK}P-', LPAD(seq, 7, '0'))",
			"creation": "NOW() - INTERVAL (seq * 7919) MOD 1500000 MINUTE",
			"owner": _seller(f"1 + seq MOD {customers}"),
			"first_name": first,
			"last_name": last,
			"full_name": f"TRIM(CONCAT({first}, ' ', {last}))",
			"email_id": "CONCAT('person', seq, '@company', seq DIV 2, '.example.com')",
			"mobile_no": "CONCAT('+86 139', LPAD((seq * 7907) MOD 100000000, 8, '0'))",
		},
	)
	_fill(
		"Dynamic Link",
		count,
		{
			"name": f"CONCAT('{MARK}L-', LPAD(seq, 7, '0'))",
			"creation": "NOW()",
			"owner": "'Administrator'",
			"parent": f"CONCAT('{MARK}P-', LPAD(seq, 7, '0'))",
			"parenttype": "'Contact'",
			"parentfield": "'links'",
			"idx": "1",
			"link_doctype": "'SPM Customer'",
			"link_name": f"CONCAT('{MARK}C-', LPAD(1 + seq MOD {customers}, 7, '0'))",
		},
	)


def make_opportunities(count: int, customers: int) -> None:
	"""Three deals a customer over three years: a tenth open, the rest won or lost; two stays in stages each."""
	import frappe

	pipeline = frappe.db.get_value("SPM Pipeline", {"is_default": 1}) or frappe.db.get_value(
		"SPM Pipeline", {}
	)
	stages = frappe.get_all(
		"SPM Stage",
		filters={"pipeline": pipeline},
		fields=["name", "stage_type", "probability", "forecast_category"],
		order_by="position",
	)
	walking = [s for s in stages if s.stage_type in ("Open", "Ongoing")]
	won, lost = (next(s for s in stages if s.stage_type == kind) for kind in ("Won", "Lost"))
	reasons = frappe.get_all("SPM Loss Reason", pluck="name") or [None]
	customer = f"1 + (seq * 7919) MOD {customers}"
	state = "IF(CRC32(seq) MOD 10 = 0, 0, 1 + (CRC32(seq) DIV 10) MOD 5 DIV 3)"  # 0 open, 1 won, 2 lost
	opened = "DATE(NOW() - INTERVAL (seq * 6151) MOD 1095 DAY)"
	closed = f"LEAST(CURDATE(), {opened} + INTERVAL 5 + (seq * 31) MOD 180 DAY)"
	stage = (
		f"CASE {state} WHEN 1 THEN '{won.name}' WHEN 2 THEN '{lost.name}' "
		f"ELSE {_elt('seq DIV 10', [s.name for s in walking])} END"
	)
	probability = (
		f"CASE {state} WHEN 1 THEN 100 WHEN 2 THEN 0 "
		f"ELSE {_elt('seq DIV 10', [str(s.probability or 0) for s in walking])} + 0 END"
	)
	amount = "1000 + (seq * 7907) MOD 99000"
	base = {
		"name": f"CONCAT('{MARK}O-', LPAD(seq, 7, '0'))",
		"creation": f"{opened} + INTERVAL seq MOD 86400 SECOND",
		"owner": _seller(customer),
		"title": f"CONCAT({_elt('seq', TRADES)}, ' ', {_elt('seq DIV 10', TRADES_ZH)}, ' ', seq)",
		"customer": f"CONCAT('{MARK}C-', LPAD({customer}, 7, '0'))",
		"opportunity_owner": _seller(customer),
		"opportunity_type": _elt("seq DIV 4", ("New", "Repeat", "Upsell", "Renewal", "Tender")),
		"pipeline": frappe.db.escape(pipeline, percent=False),
		"stage": stage,
		"status": f"CASE {state} WHEN 1 THEN 'Won' WHEN 2 THEN 'Lost' ELSE 'Open' END",
		"probability": probability,
		"forecast_category": f"CASE {state} WHEN 0 THEN {_elt('seq', ('Pipeline', 'Best Case', 'Commit'))} ELSE 'Closed' END",
		"stage_entered_on": f"IF({state} = 0, NOW() - INTERVAL (seq * 31) MOD 60 DAY, {closed})",
		"amount": amount,
		"currency": "'USD'",
		"base_currency": "'USD'",
		"exchange_rate": "1",
		"amount_base": amount,
		"weighted_amount": f"IF({state} = 2, 0, ({amount}) * ({probability}) / 100)",
		"expected_close_date": "CURDATE() + INTERVAL (seq * 17) MOD 180 DAY",
		"next_step": f"IF({state} = 0, 'Call', NULL)",
		"next_step_date": f"IF({state} = 0, CURDATE() + INTERVAL CAST((seq * 13) MOD 40 AS SIGNED) - 15 DAY, NULL)",
		"opened_on": opened,
		"won_on": f"IF({state} = 1, {closed}, NULL)",
		"closed_on": f"IF({state} = 0, NULL, {closed})",
		"loss_reason": f"IF({state} = 2, {_elt('seq', reasons)}, NULL)" if reasons[0] else "NULL",
		"sales_cycle_days": f"IF({state} = 0, 0, DATEDIFF({closed}, {opened}))",
		"generation": "1",
		"deal_chain": f"CONCAT('{MARK}D-', seq)",
	}
	_fill("SPM Opportunity", count, base)
	first = frappe.db.escape(walking[0].name, percent=False)
	log = {
		"owner": "'Administrator'",
		"parent": base["name"],
		"parenttype": "'SPM Opportunity'",
		"parentfield": "'stage_log'",
		"changed_by": _seller(customer),
	}
	_fill(
		"SPM Opportunity Stage Log",
		count,
		{
			**log,
			"name": f"CONCAT('{MARK}SA-', LPAD(seq, 7, '0'))",
			"creation": base["creation"],
			"idx": "1",
			"to_stage": first,
			"entered_on": f"TIMESTAMP({opened})",
			"left_on": f"TIMESTAMP({base['stage_entered_on']})",
			"duration_days": f"GREATEST(0, DATEDIFF({base['stage_entered_on']}, {opened}))",
		},
	)
	_fill(
		"SPM Opportunity Stage Log",
		count,
		{
			**log,
			"name": f"CONCAT('{MARK}SB-', LPAD(seq, 7, '0'))",
			"creation": base["creation"],
			"idx": "2",
			"from_stage": first,
			"to_stage": stage,
			"entered_on": f"TIMESTAMP({base['stage_entered_on']})",
		},
	)


def make_interactions(count: int, customers: int, deals: int) -> None:
	"""Ten talks a customer over three years, and thousands with the first one."""
	key_talks = min(KEY_ACCOUNT_TALKS, count // 10)
	number = f"IF(seq <= {key_talks}, 1, 1 + (seq * 7919) MOD {customers})"
	happened = "NOW() - INTERVAL (seq * 6151) MOD 1576800 MINUTE"
	# A talk and the deal of the same number (counted round and round) belong to the same customer.
	deal = f"CONCAT('{MARK}O-', LPAD(1 + (seq - 1) MOD {deals}, 7, '0'))"
	_fill(
		"SPM Interaction",
		count,
		{
			"name": f"CONCAT('{MARK}I-', LPAD(seq, 8, '0'))",
			"creation": happened,
			"owner": _seller(number),
			"customer": f"CONCAT('{MARK}C-', LPAD({number}, 7, '0'))",
			"opportunity": f"IF(CRC32(seq) MOD 10 < 6 AND seq > {key_talks}, {deal}, NULL)",
			"interaction_type": _elt("seq", KINDS),
			"direction": "'Outgoing'",
			"happened_on": happened,
			"subject": "CONCAT('Talk ', seq)",
			"content": f"CONCAT('We talked about ', {_elt('seq', TRADES)}, ' / ', {_elt('seq DIV 3', TRADES_ZH)}, '.')",
			"next_date": "IF(seq MOD 50 = 0, CURDATE() + INTERVAL seq MOD 30 DAY, NULL)",
			"logged_delay_hours": "seq MOD 40",
		},
	)


def analyze() -> None:
	"""Fresh statistics for the optimizer, as a database that grew by and by has them."""
	import frappe

	for doctype in (
		"SPM Customer",
		"Contact",
		"Dynamic Link",
		"SPM Opportunity",
		"SPM Opportunity Stage Log",
		"SPM Interaction",
	):
		frappe.db.sql(f"ANALYZE TABLE `tab{doctype}` PERSISTENT FOR ALL")


def remove() -> None:
	"""Delete every row that `make` wrote and what was derived from it."""
	import frappe
	from frappe.query_builder import DocType

	for doctype in (
		"SPM Interaction",
		"SPM Opportunity Stage Log",
		"SPM Opportunity",
		"Dynamic Link",
		"Contact",
		"SPM Customer",
	):
		table = DocType(doctype)
		_timed(doctype, frappe.qb.from_(table).delete().where(table.name.like(f"{MARK}%")).run)
	for n in range(SALESPEOPLE):
		frappe.delete_doc("User", salesperson(n), force=True, ignore_missing=True)
	for user in (NEWCOMER, MANAGER):
		frappe.delete_doc("User", user, force=True, ignore_missing=True)
	frappe.db.commit()


if __name__ == "__main__":
	sys.exit(main())
