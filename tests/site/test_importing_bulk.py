"""Writing in bulk gives what insert() gives, field for field, and refuses what insert() refuses."""

import re

import frappe
import pytest

from sales_crm_pm.importing.bulk import BulkWriter, importing_mode, reason_of
from sales_crm_pm.loop import duplicates
from tests.factories import make_customer, make_pipeline, make_product
from tests.support.queries import counted_queries

# Different for every record, whichever way it is written.
OWN = {"name", "creation", "modified", "deal_chain", "parent", "import_run"}


@pytest.fixture
def world():
	"""A customer with a currency of its own, products and a pipeline with a checklist."""
	customer = make_customer()
	return frappe._dict(customer=customer, products=[make_product() for _ in range(2)])


def deal_values(world, number: int) -> dict:
	"""Deals of every kind: open, won, lost, several lines, long and dangerous texts."""
	stage = ("Prospecting", "Engaging", "Won", "Lost")[number % 4]
	values = {
		"title": f"Deal {number}",
		"customer": world.customer.name,
		"pipeline": "Direct Sales",
		"stage": f"Direct Sales - {stage}",
		"opened_on": "2017-01-02",
		"external_id": f"X{number}",
		"source_owner": "Moses Frase",
		"requirement": "<p>Wants <b>more</b></p><script>alert(1)</script>" if number % 3 == 0 else "plain",
		"scope": "long " * 60 if number % 5 == 0 else "short",
		"products": [
			{"product": world.products[0].name, "rate": 100 + number},
			{"product": world.products[1].name, "qty": 3, "rate": 7.335, "discount_percent": 10},
		][: 1 + number % 2],
	}
	if stage in ("Won", "Lost"):
		values["closed_on"] = "2017-03-01"
	if stage == "Lost":
		values["loss_reason"] = "Not Stated"
	return values


def stored(doc) -> dict:
	"""All that the database holds of a record, without what is its own."""
	loaded = frappe.get_doc(doc.doctype, doc.name)

	def plain(one):
		return {k: v for k, v in one.get_valid_dict(convert_dates_to_str=True).items() if k not in OWN}

	result = {"values": plain(loaded)}
	for df in loaded.meta.get_table_fields():
		result[df.fieldname] = [plain(row) for row in loaded.get(df.fieldname)]
	return result


def test_bulk_is_equal_to_insert_field_for_field(world, freeze):
	values = [deal_values(world, number) for number in range(20)]
	with freeze("2026-03-01 10:00:00"):
		single = [frappe.get_doc({"doctype": "SPM Opportunity", **v}).insert() for v in values]
		with importing_mode():
			writer = BulkWriter("SPM Opportunity")
			for v in values:
				writer.add({**v})
			written, refused = writer.flush()
	assert not refused and len(written) == 20
	for one, other in zip(single, written, strict=True):
		assert stored(other) == stored(one)


def test_names_follow_each_other_and_the_series_knows_it(world):
	last = frappe.get_doc({"doctype": "SPM Opportunity", **deal_values(world, 0)}).insert().name
	with importing_mode():
		writer = BulkWriter("SPM Opportunity")
		writer.add(deal_values(world, 1))
		with pytest.raises(frappe.ValidationError):
			writer.add({**deal_values(world, 2), "customer": "no such customer"})
		writer.add(deal_values(world, 4))
		written, _refused = writer.flush()
	following = frappe.get_doc({"doctype": "SPM Opportunity", **deal_values(world, 5)}).insert().name
	numbers = [int(name.split("-")[-1]) for name in (last, *(d.name for d in written), following)]
	assert numbers == list(range(numbers[0], numbers[0] + 4))


@pytest.mark.parametrize(
	("change", "words"),
	[
		({"customer": "no such customer"}, "Could not find"),
		({"title": ""}, "Title"),
		({"opportunity_type": "Nonsense"}, "Type"),
		({"amount": -5, "products": []}, "negative"),
		({"closed_on": "2999-01-01"}, "future"),
		({"contract_no": "x" * 300}, "max characters"),
		({"stage": "Direct Sales - Lost", "loss_reason": None}, "Loss Reason"),
	],
)
def test_bulk_refuses_what_insert_refuses_with_the_same_words(world, change, words):
	values = {**deal_values(world, 2), **change}
	frappe.clear_messages()
	with pytest.raises(frappe.ValidationError) as single:
		frappe.get_doc({"doctype": "SPM Opportunity", **values}).insert()
	expected = reason_of(single.value)
	with importing_mode(), pytest.raises(type(single.value)) as bulk:
		BulkWriter("SPM Opportunity").add(values)
	assert re.sub(r"OPP-\S+", "", reason_of(bulk.value)) == re.sub(r"OPP-\S+", "", expected)
	assert words.lower() in expected.lower()


def test_stage_gates_and_checklists_apply(world, freeze):
	pipeline, _stages = make_pipeline()
	values = {**deal_values(world, 0), "pipeline": pipeline if isinstance(pipeline, str) else pipeline.name}
	values.pop("stage")
	with freeze("2026-03-01 10:00:00"):
		single = frappe.get_doc({"doctype": "SPM Opportunity", **values}).insert()
		with importing_mode():
			writer = BulkWriter("SPM Opportunity")
			writer.add(values)
			written, _refused = writer.flush()
	assert [c.item for c in written[0].checklist] == [c.item for c in single.checklist]
	assert stored(written[0]) == stored(single)


def test_what_only_the_database_refuses_costs_one_record():
	name = frappe.generate_hash(length=10)
	with importing_mode():
		writer = BulkWriter("SPM Product")
		for product in (name, f"{name} 2", name):
			writer.add({"product_name": product})
		written, refused = writer.flush()
	assert [doc.name for doc in written] == [name, f"{name} 2"]
	assert len(refused) == 1


def test_customers_and_leads_are_equal_too(freeze):
	for doctype, values in (
		("SPM Customer", {"customer_name": " Two  Spaces ", "email": "a@example.com", "annual_revenue": 5}),
		("SPM Lead", {"lead_name": "Zhang San", "mobile": "13800000000", "email": "z@example.com"}),
	):
		with freeze("2026-03-02 10:00:00"):
			single = frappe.get_doc({"doctype": doctype, **values}).insert()
			with importing_mode(), duplicates.batch(doctype, [values], "create"):
				writer = BulkWriter(doctype)
				writer.add(values)
				written, _refused = writer.flush()
		one, other = stored(single)["values"], stored(written[0])["values"]
		assert other == one


def test_statements_do_not_grow_with_the_rows(world):
	def statements(count: int) -> int:
		with importing_mode(), counted_queries() as queries:
			writer = BulkWriter("SPM Opportunity")
			for number in range(count):
				writer.add(deal_values(world, number))
			writer.flush()
		return len(queries)

	statements(4)
	few, many = statements(8), statements(80)
	assert many <= few + 4, (few, many)
