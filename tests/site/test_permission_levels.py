"""Cost and margin (permission level 1): by no way visible to those whose roles do not open the level."""

from __future__ import annotations

import json
from functools import partial

import frappe
import pytest
from frappe.desk import reportview
from frappe.desk.form.load import getdoc
from frappe.desk.search import search_link

from sales_crm_pm.permissions import versions
from tests import permission_world as w
from tests.factories import make_opportunity

SECRETS = {"SPM Opportunity": ("estimated_cost", "expected_margin")}
SECRETS["SPM Project"] = (
	"budget_cost",
	"actual_cost",
	"planned_margin",
	"forecast_margin",
	"actual_margin",
	"planned_value",
	"earned_value",
	"schedule_variance",
	"cost_variance",
	"cpi",
	"spi_t",
	"tcpi",
	"tcpi_eac",
	"estimate_at_completion",
	"estimate_to_complete",
	"variance_at_completion",
	"budget_used_percent",
	"budget_alert_level",
	"own_etc",
	"programme_budget",
	"programme_cost",
	"programme_forecast",
	"committed_cost",
	"labour_cost",
)
NOT_FOR = ("seller", "rival", "manager", "member", "agent", "marketing")
"""Users who never see cost and margin."""


@pytest.fixture(scope="module")
def world(connection):
	with w.standing() as made:
		yield made


class TestCostAndMargin:
	"""Level-1 fields by every way, for each user whose roles do not open the level."""

	def cases(self, world):
		"""Every such user with each of the two types they may read: (user, doctype, secret fields, a record)."""
		for user in NOT_FOR:
			for doctype, fields in SECRETS.items():
				if shown := w.READS[user].get(doctype):
					yield world.users[user], doctype, fields, world.name(sorted(shown)[0])

	def asked(self, ask, fields, values=("400", "600", "500")):
		"""Ask and see that no secret field, and no secret value, is in the answer; refusing is fine too."""
		try:
			answer = frappe.as_json(ask())
		except (frappe.PermissionError, frappe.ValidationError, frappe.DataError):
			return
		for fieldname in fields:
			assert f'"{fieldname}"' not in answer
		assert not any(f" {value}.0" in answer or f" {value}," in answer for value in values)

	def test_lists_and_single_values(self, world, as_user):
		for user, doctype, fields, name in self.cases(world):
			with as_user(user):
				for secret in fields:
					for ask in (
						partial(frappe.get_list, doctype, fields=["name", secret], limit_page_length=0),
						partial(frappe.get_list, doctype, fields=["*"], limit_page_length=0),
						partial(frappe.get_list, doctype, fields=[f"`tab{doctype}`.`{secret}` as harmless"]),
						partial(frappe.get_list, doctype, fields=[{"SUM": secret, "as": "total"}]),
						partial(frappe.get_list, doctype, fields=[f"sum({secret}) as total"]),
						partial(frappe.call, "frappe.client.get_value", doctype, secret, name),
						partial(frappe.call, "frappe.client.get", doctype, name),
						partial(frappe.call, "frappe.client.get_list", doctype, [secret]),
					):
						self.asked(ask, fields)

	def test_filters_and_sorting_tell_nothing(self, world, as_user):
		"""Guessing a value by filter, or learning an order by sorting, must not work either."""
		for user, doctype, fields, _name in self.cases(world):
			with as_user(user):
				for secret in fields:
					for kwargs in (
						{"filters": {secret: [">", 1]}},
						{"filters": [[doctype, secret, "=", 400]]},
						{"or_filters": {secret: [">", 1]}},
						{"order_by": f"{secret} desc"},
						{"order_by": f"`tab{doctype}`.`{secret}` desc"},
						{"group_by": secret, "fields": ["count(name) as n"]},
					):
						with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
							frappe.get_list(doctype, **kwargs)

	def test_report_view_count_and_link_search(self, world, as_user):
		for user, doctype, fields, _name in self.cases(world):
			with as_user(user):
				for secret in fields:
					column = f"`tab{doctype}`.`{secret}`"

					def view():
						w.form(doctype=doctype, fields=["name", column], view="Report")  # noqa: B023
						return reportview.get()

					def count():
						w.form(doctype=doctype, filters=[[doctype, secret, ">", 1]])  # noqa: B023
						return reportview.get_count()

					self.asked(view, fields)
					with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
						count()
					with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
						search_link(doctype, "", filters={secret: [">", 1]})

	def test_export(self, world, as_user):
		for user, doctype, fields, _name in self.cases(world):
			with as_user(user):
				if not frappe.permissions.can_export(doctype):
					continue
				w.form(
					doctype=doctype,
					fields=["name", *[f"`tab{doctype}`.`{f}`" for f in fields]],
					file_format_type="CSV",
					title="x",
				)
				try:
					reportview.export_query()
				except frappe.PermissionError:
					continue
				text = frappe.response.pop("filecontent").decode()
				labels = [frappe.get_meta(doctype).get_label(f) for f in fields]
				assert not any(label in text for label in labels)
				assert ",400" not in text and ",600" not in text and ",500" not in text

	def test_form_and_answers_of_a_save(self, world, as_user):
		for user, doctype, fields, name in self.cases(world):
			with as_user(user):
				frappe.local.response = frappe._dict(docs=[])
				getdoc(doctype, name)
				sent = frappe.as_json(frappe.response.docs)
				assert not any(f'"{f}"' in sent for f in fields)
				assert not any(f in frappe.get_doc(doctype, name).as_dict() for f in fields)

	@pytest.mark.parametrize("user", ["seller", "rival", "manager"])
	def test_a_saved_form_keeps_the_cost_and_does_not_send_it_back(self, world, as_user, user):
		shown = w.WRITES[user]["SPM Opportunity"]
		name = world.name(sorted(shown)[0])
		frappe.db.set_value("SPM Opportunity", name, {"estimated_cost": 400, "expected_margin": 600})
		with as_user(world.users[user]):
			answer = frappe.call(
				"frappe.client.set_value", "SPM Opportunity", name, {"next_step": "Call", "estimated_cost": 1}
			)
		assert not set(SECRETS["SPM Opportunity"]) & set(answer)
		assert frappe.db.get_value("SPM Opportunity", name, "estimated_cost") == 400

	def test_print(self, world, as_user):
		for user, doctype, _fields, name in self.cases(world):
			with as_user(user):
				html = frappe.get_print(doctype, name)
			assert "400.00" not in html and "600.00" not in html


class TestCostForThoseWhoMay:
	@pytest.mark.parametrize("user", ["pm", "executive"])
	def test_they_see_it(self, world, as_user, user):
		with as_user(world.users[user]):
			(deal,) = frappe.get_list(
				"SPM Opportunity",
				filters={"name": world.name("A1")},
				fields=["estimated_cost", "expected_margin"],
			)
			assert (deal.estimated_cost, deal.expected_margin) == (400, 600)
			assert frappe.get_doc("SPM Project", world.name("PA")).as_dict().budget_cost == 400

	def test_a_deleted_deal_keeps_its_cost_in_the_recycle_bin(self, world, as_user):
		deal = make_opportunity(estimated_cost=400)
		with as_user(world.users["manager"]):
			frappe.delete_doc("SPM Opportunity", deal.name)
		# By title: numbers of rolled back deals are given again.
		binned = {"deleted_name": deal.name, "data": ["like", f"%{deal.title}%"]}
		data = frappe.db.get_value("Deleted Document", binned, "data")
		assert json.loads(data)["estimated_cost"] == 400


class TestVersions:
	@pytest.fixture
	def changed(self, world):
		doc = frappe.get_doc("SPM Opportunity", world.name("A1"))
		doc.estimated_cost, doc.next_step = 450, "Call them"
		doc.save(ignore_version=False)
		return doc

	def test_the_timeline_shows_the_change_but_not_the_cost(self, world, as_user, changed):
		with as_user(world.users["seller"]):
			frappe.local.response = frappe._dict(docs=[])
			getdoc("SPM Opportunity", changed.name)
		sent = frappe.as_json(frappe.response.docinfo)
		assert "Call them" in sent
		assert "estimated_cost" not in sent and "expected_margin" not in sent and "450" not in sent

	def test_the_cost_s_history_is_filed_for_system_managers(self, changed, as_user, world):
		apart = frappe.get_all("Version", filters={"docname": f"{changed.name} (restricted)"}, pluck="data")
		assert len(apart) == 1 and {c[0] for c in json.loads(apart[0])["changed"]} == {
			"estimated_cost",
			"expected_margin",
		}
		with as_user(world.users["pm"]), pytest.raises(frappe.PermissionError):
			frappe.get_list("Version")

	def test_rows_of_tables_are_split_as_well(self):
		data = {
			"changed": [["a", 1, 2]],
			"row_changed": [["lines", 0, "r1", [["qty", 1, 2], ["cost", 3, 4]]]],
			"added": [["lines", {"qty": 1, "cost": 9}]],
			"removed": [],
		}
		shown, hidden = versions.split(data, {"": set(), "lines": {"cost"}})
		assert shown["row_changed"] == [["lines", 0, "r1", [["qty", 1, 2]]]]
		assert shown["added"] == [["lines", {"qty": 1}]]
		assert hidden["row_changed"] == [["lines", 0, "r1", [["cost", 3, 4]]]]
