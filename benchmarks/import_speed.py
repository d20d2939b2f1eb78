"""Measures how fast opportunities come in: one insert() per row, the importer, and plain bulk SQL.

All three write the same records in the same run on the same database, each in a transaction that is rolled
back. Rows of the public Maven file are used where it lies beside the repository, else rows like them.

	<bench python> benchmarks/import_speed.py --site sales.localhost [--rows 2000] [--bench .devbench/bench]
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAVEN = ROOT.parent / "shared" / "data" / "maven" / "sales_pipeline.csv"
ROUNDS = 3
# insert() is so much slower that a part of the rows tells its speed as well.
INSERT_SHARE = 5
REQUIRED = 5.0


def main() -> int:
	"""Run the benchmark and print rates and ratios; exit status 1 when the importer is slower than required."""
	arguments = parse_arguments()
	connect(arguments)
	import frappe

	values = make_values(arguments.rows)
	rates = {"insert() per row": [], "importer": [], "plain bulk SQL": []}
	for number in range(1, ROUNDS + 1):
		# The order changes with the round, so that a warm cache favours nobody.
		for name, measure in rotated(
			[("insert() per row", by_insert), ("importer", by_importer), ("plain bulk SQL", by_sql)], number
		):
			rate = measure(values)
			rates[name].append(rate)
			print(f"round {number}: {name:18} {rate:10.0f} rows/s", flush=True)
			frappe.db.rollback()
	medians = {name: statistics.median(found) for name, found in rates.items()}
	faster = medians["importer"] / medians["insert() per row"]
	below = medians["plain bulk SQL"] / medians["importer"]
	print(f"\n{arguments.rows} opportunities with product line and stage history, median of {ROUNDS} rounds")
	for name, rate in medians.items():
		print(f"  {name:18} {rate:10.0f} rows/s")
	print(f"  importer is {faster:.1f} times as fast as insert() per row (required: {REQUIRED:.0f})")
	print(f"  plain bulk SQL without any rule is {below:.1f} times as fast as the importer")
	if arguments.json:
		Path(arguments.json).write_text(
			json.dumps({"rows": arguments.rows, "rates": medians, "ratio_insert": faster, "ratio_sql": below})
		)
	return 0 if faster >= REQUIRED else 1


def parse_arguments() -> argparse.Namespace:
	"""Arguments of the command line."""
	parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
	parser.add_argument("--site", default="sales.localhost")
	parser.add_argument("--bench", default=str(ROOT / ".devbench" / "bench"))
	parser.add_argument("--rows", type=int, default=2000)
	parser.add_argument("--json", help="file that takes the result")
	return parser.parse_args()


def connect(arguments: argparse.Namespace) -> None:
	"""Connect to the site as Administrator."""
	bench = Path(arguments.bench).resolve()
	os.environ.setdefault("SITES_PATH", str(bench / "sites"))
	os.environ.setdefault("FRAPPE_BENCH_ROOT", str(bench))
	sys.path[:0] = [str(bench / "apps" / "frappe"), str(ROOT)]
	os.chdir(bench / "sites")
	import frappe

	frappe.init(arguments.site)
	frappe.connect()
	frappe.set_user("Administrator")


def make_values(count: int) -> list[dict]:
	"""Field values of `count` opportunities, with the customers and products they need committed to nothing."""
	rows = read_rows(count)
	return [
		{
			"title": f"{row['product']} – {row['account'] or 'Unknown'}",
			"customer": row["account"] or "Unknown",
			"pipeline": "Direct Sales",
			"stage": f"Direct Sales - {row['deal_stage']}",
			"external_id": row["opportunity_id"],
			"source_owner": row["sales_agent"],
			"opened_on": row["engage_date"] or None,
			"closed_on": row["close_date"] or None,
			"amount": float(row["close_value"] or 0),
			"loss_reason": "Not Stated" if row["deal_stage"] == "Lost" else None,
			"products": [{"product": row["product"], "qty": 1, "rate": float(row["close_value"] or 0)}],
		}
		for row in rows
	]


def read_rows(count: int) -> list[dict]:
	"""Rows of the Maven file, repeated or cut to the count, or rows like them."""
	if MAVEN.exists():
		with open(MAVEN, encoding="utf-8") as handle:
			rows = list(csv.DictReader(handle))
	else:
		rows = synthetic_rows()
	return [{**rows[i % len(rows)], "opportunity_id": f"B{i:06}"} for i in range(count)]


def synthetic_rows() -> list[dict]:
	"""8,800 rows with the spread of the Maven file."""
	dice = random.Random(7)
	return [
		{
			"opportunity_id": str(i),
			"sales_agent": f"Agent {dice.randrange(35)}",
			"product": f"Product {dice.randrange(7)}",
			"account": f"Account {dice.randrange(85)}",
			"deal_stage": dice.choices(["Prospecting", "Engaging", "Won", "Lost"], [500, 1589, 4238, 2473])[
				0
			],
			"engage_date": "2017-01-15",
			"close_date": "2017-04-20",
			"close_value": str(dice.randrange(30, 5000)),
		}
		for i in range(8800)
	]


def prepare(values: list[dict]) -> list[dict]:
	"""Create the customers and products within the transaction and put their names into the values."""
	import frappe

	customers = {}
	for title in sorted({v["customer"] for v in values}):
		customers[title] = (
			frappe.get_doc({"doctype": "SPM Customer", "customer_name": f"Benchmark {title}"}).insert().name
		)
	for product in sorted({v["products"][0]["product"] for v in values}):
		if not frappe.db.exists("SPM Product", product):
			frappe.get_doc({"doctype": "SPM Product", "product_name": product}).insert()
	ready = []
	for v in values:
		copy = {key: value for key, value in v.items() if value is not None}
		copy["customer"] = customers[v["customer"]]
		copy["products"] = [dict(v["products"][0])]
		if not v["stage"].endswith(("Won", "Lost")):
			copy.pop("closed_on", None)
		ready.append(copy)
	return ready


def by_insert(values: list[dict]) -> float:
	"""Rows per second of one insert() per row."""
	import frappe

	part = prepare(values[: max(100, len(values) // INSERT_SHARE)])
	start = time.perf_counter()
	for v in part:
		frappe.get_doc({"doctype": "SPM Opportunity", **v}).insert()
	return len(part) / (time.perf_counter() - start)


def by_importer(values: list[dict]) -> float:
	"""Rows per second of the importer's writer, notes of the run and derived figures included."""
	import frappe

	from sales_crm_pm.importing import records
	from sales_crm_pm.importing.bulk import BulkWriter, importing_mode
	from sales_crm_pm.importing.runner import CHUNK
	from sales_crm_pm.loop import customer_figures

	ready = prepare(values)
	run = (
		frappe.get_doc({"doctype": "SPM Import Run", "title": "benchmark", "target": "SPM Opportunity"})
		.insert()
		.name
	)
	start = time.perf_counter()
	with importing_mode():
		writer = BulkWriter("SPM Opportunity")
		for begin in range(0, len(ready), CHUNK):
			for v in ready[begin : begin + CHUNK]:
				writer.add({**v, "import_run": run})
			written, refused = writer.flush()
			if refused:
				raise AssertionError(refused[0][1])
			records.write(run, [records.created(row, doc) for row, doc in enumerate(written, begin + 2)])
		customer_figures.refresh(sorted({v["customer"] for v in ready}))
	return len(ready) / (time.perf_counter() - start)


def by_sql(values: list[dict]) -> float:
	"""Rows per second of multi-row INSERTs of the same columns, without any rule."""
	from sales_crm_pm.importing.bulk import BulkWriter, importing_mode, insert_rows

	ready = prepare(values)
	with importing_mode():
		writer = BulkWriter("SPM Opportunity")
		tables: dict[str, list[dict]] = {}
		for v in ready:
			doc = writer.add(v)
			writer._complete_children(doc)
			for one in (doc, *doc.get_all_children()):
				tables.setdefault(one.doctype, []).append(
					dict(one.get_valid_dict(convert_dates_to_str=True, ignore_virtual=True))
				)
		writer.docs = []
	start = time.perf_counter()
	for doctype, rows in tables.items():
		insert_rows(doctype, rows)
	return len(ready) / (time.perf_counter() - start)


def rotated(items: list, by: int) -> list:
	"""The list, begun at another place."""
	by %= len(items)
	return items[by:] + items[:by]


if __name__ == "__main__":
	sys.exit(main())
