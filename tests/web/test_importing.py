"""The importer over HTTP and by clicks in the desk, as a sales manager does it."""

import frappe
import pytest

from tests.support.browser import PHONE
from tests.support.importing import MAVEN, as_csv

API = "sales_crm_pm.api.v1.importing."


@pytest.fixture
def manager(committed):
	"""A committed sales manager; what was imported is taken back at the end."""
	user = committed.user(f"import-{frappe.generate_hash(length=6)}@example.com", "SPM Sales Manager")
	committed.commit()
	yield user
	frappe.db.rollback()
	from sales_crm_pm.importing import undo

	for run in frappe.get_all("SPM Import Run", {"owner": user, "status": ["!=", "Undone"]}, pluck="name"):
		undo.undo(run, keep_changed=True)
	for run in frappe.get_all("SPM Import Run", {"owner": user}, pluck="name"):
		frappe.delete_doc("SPM Import Run", run, force=True)
	for name in frappe.get_all("File", {"owner": user, "is_folder": 0}, pluck="name"):
		frappe.delete_doc("File", name, force=True)
	frappe.db.commit()


def upload(client, content: bytes, name: str) -> str:
	answer = client.request(
		"POST",
		"/api/method/upload_file",
		status=200,
		files={"file": (name, content, "text/csv")},
		data={"is_private": 1},
	)
	return answer.json()["message"]["name"]


def rows(mark: str, count: int = 3) -> bytes:
	"""Companies, the first with a misspelt industry, the last a daughter of the first."""
	table = [
		{
			"account": f"Company {mark} {i}",
			"sector": "technolgy" if i == 1 else "Finance",
			"subsidiary_of": "",
			"employees": "30",
		}
		for i in range(1, count + 1)
	]
	table[-1]["subsidiary_of"] = f"Company {mark} 1"
	return as_csv(table).encode()


def test_preview_run_and_undo_over_rest(http, manager):
	mark = frappe.generate_hash(length=6)
	client = http(manager, csrf=True)
	file = upload(client, rows(mark), "companies.csv")

	seen = client.call(API + "preview", file=file)
	assert seen["target"] == "SPM Customer"
	# The daughter cannot come without her parent company.
	assert seen["counts"]["SPM Customer"] == {"create": 1, "update": 0, "skip": 0, "fail": 2}
	reasons = {e["row"]: e["reason"] for e in seen["errors"]}
	assert set(reasons) == {2, 4} and "Did you mean Technology?" in reasons[2]

	mapping = {"values": {"industry": {"technolgy": "Technology"}}}
	done = client.call(API + "run", file=file, mapping=mapping)
	assert (done["status"], done["counts"]["SPM Customer"]["create"], done["errors"]) == ("Completed", 3, [])
	assert frappe.db.count("SPM Customer", {"customer_name": ["like", f"Company {mark}%"]}) == 3

	gone = client.call(API + "undo", import_run=done["import_run"])
	assert gone["counts"]["SPM Customer"] == {"delete": 3, "restore": 0, "keep": 0}
	assert frappe.db.count("SPM Customer", {"customer_name": ["like", f"Company {mark}%"]}) == 0


def test_rows_without_customer_are_refused_with_their_numbers(http, manager):
	client = http(manager, csrf=True)
	file = upload(client, b"title,customer\nDeal,\n", "deals.csv")
	refused = client.refused(API + "run", file=file, mapping={"target": "SPM Opportunity"})
	assert refused.status == 417 and "rows 2" in str(refused)


def test_a_worker_imports_what_is_handed_to_it(http, manager, run_jobs):
	mark = frappe.generate_hash(length=6)
	client = http(manager, csrf=True)
	mapping = {"values": {"industry": {"technolgy": "Technology"}}}
	file = upload(client, rows(mark, 30), "companies.csv")
	queued = client.call(API + "run", file=file, mapping=mapping, background=True)
	assert queued["status"] == "Queued"
	run_jobs()
	done = client.call(API + "status", import_run=queued["import_run"])
	assert (done["status"], done["progress"], done["counts"]["SPM Customer"]["create"]) == (
		"Completed",
		100,
		30,
	)


def test_strangers_and_guests_are_refused(http, committed, manager):
	stranger = committed.user(f"stranger-{frappe.generate_hash(length=6)}@example.com", "SPM Delivery Member")
	committed.commit()
	client = http(manager, csrf=True)
	file = upload(client, rows("x"), "companies.csv")
	assert http(stranger, csrf=True).refused(API + "preview", file=file).status == 403
	assert http().refused(API + "preview", file=file).status == 403


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("language", "viewport"), [("en", None), ("zh", PHONE)])
def test_a_file_is_imported_by_clicks(visit, manager, tmp_path, language, viewport):
	mark = frappe.generate_hash(length=6)
	frappe.db.set_value("User", manager, "language", language)
	frappe.db.commit()
	frappe.clear_cache(user=manager)
	path = tmp_path / "companies.csv"
	path.write_bytes(rows(mark))
	window = visit(manager, viewport=viewport)
	page = window.page
	window.open("/app/spm-import", ready=".spm-drop")
	window.shot(f"import-{language}-1-file")
	page.click(".spm-drop .btn-primary")
	page.set_input_files(".file-uploader input[type=file]", str(path))
	page.click(".modal.show .btn-modal-primary")
	page.wait_for_selector(".spm-column")
	window.shot(f"import-{language}-2-columns")
	page.click(".spm-actions .btn-primary")
	page.wait_for_selector(".spm-value")
	page.click(".spm-head .btn >> nth=0")
	page.wait_for_selector(".spm-value .indicator-pill.green")
	window.shot(f"import-{language}-3-values")
	page.click(".spm-actions .btn-primary")
	page.wait_for_selector(".spm-count-row")
	window.shot(f"import-{language}-4-check")
	page.click(".spm-actions .btn-primary")
	page.wait_for_selector(".spm-run .indicator-pill.green")
	window.shot(f"import-{language}-5-done")
	if language == "zh":
		assert "导入完成" in window.text() and "Customer" not in page.inner_text(".spm-import")
	frappe.db.rollback()
	assert frappe.db.count("SPM Customer", {"customer_name": ["like", f"Company {mark}%"]}) == 3
	page.click(".spm-run .spm-actions .btn-default >> nth=0")
	page.click(".modal.show .btn-primary")
	page.wait_for_selector(".spm-run .indicator-pill.gray")
	frappe.db.rollback()
	assert frappe.db.count("SPM Customer", {"customer_name": ["like", f"Company {mark}%"]}) == 0
	window.assert_clean()


@pytest.mark.skipif(not MAVEN.exists(), reason="the Maven files are not on this machine")
def test_the_maven_accounts_are_recognised_over_rest(http, manager):
	client = http(manager, csrf=True)
	file = upload(client, (MAVEN / "accounts.csv").read_bytes(), "accounts.csv")
	seen = client.call(
		API + "preview", file=file, options={"create_missing": ["SPM Industry", "SPM Territory"]}
	)
	assert seen["counts"]["SPM Customer"] == {"create": 85, "update": 0, "skip": 0, "fail": 0}
	assert {c["column"]: c["fieldname"] for c in seen["columns"]} == {
		"account": "customer_name",
		"sector": "industry",
		"year_established": "founded_year",
		"revenue": "annual_revenue",
		"employees": "no_of_employees",
		"office_location": "territory",
		"subsidiary_of": "parent_customer",
	}
