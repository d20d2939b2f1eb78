"""Over HTTP: REST v1 and v2, sessions, API keys, CSRF, rate limit, files, Data Import."""

import frappe
import pytest

from tests.devbench.conftest import RECORD


@pytest.fixture(params=["session", "key"])
def manager(request, http, people):
	"""The manager, once with a session and CSRF token, once with an API key."""
	if request.param == "key":
		return http.key(people["manager"])
	return http(people["manager"], csrf=True)


def test_rest_version_1(manager, committed):
	made = manager.post(f"/api/resource/{RECORD}", {"title": "rest", "items": [{"item": "a", "qty": 2}]})["data"]
	committed.track(RECORD, made["name"])
	path = f"/api/resource/{RECORD}/{made['name']}"
	assert made["item_total"] == 2 and made["owner"] == manager.user
	assert manager.get(path)["data"]["items"][0]["item"] == "a"
	assert manager.put(path, {"amount": 5})["data"]["amount"] == 5
	rows = manager.get(
		f"/api/resource/{RECORD}", fields=["name", "amount"], filters=[["name", "=", made["name"]]], limit_page_length=5
	)
	assert rows["data"] == [{"name": made["name"], "amount": 5}]
	assert manager.request("PUT", path, json={"title": "forbidden words"}).status_code == 417
	assert manager.delete(path)["data"] == "ok"
	assert manager.request("GET", path).status_code == 404


def test_rest_version_2(manager, committed):
	made = manager.post(f"/api/v2/document/{RECORD}", {"title": "rest two"})["data"]
	committed.track(RECORD, made["name"])
	path = f"/api/v2/document/{RECORD}/{made['name']}"
	assert manager.request("PATCH", path, json={"status": "Done"}, status=200).json()["data"]["status"] == "Done"
	assert manager.get(path)["data"]["title"] == "rest two"
	listed = manager.get(f"/api/v2/document/{RECORD}", fields=["name"], filters={"name": made["name"]})
	assert [row["name"] for row in listed["data"]] == [made["name"]]
	shouted = manager.post(f"{path}/method/shout", {"times": 2})
	assert shouted["data"] == "REST TWO REST TWO"
	count = manager.get(f"/api/v2/doctype/{RECORD}/count", filters={"name": made["name"]})
	assert count["data"] == 1
	assert manager.request("DELETE", path).status_code in (200, 202)
	missing = manager.request("GET", path)
	assert missing.status_code == 404 and missing.json()["errors"][0]["type"] == "DoesNotExistError"


def test_rest_refuses_strangers(http, people, committed):
	record = committed.insert(RECORD, title="not yours")
	path = f"/api/resource/{RECORD}/{record.name}"
	assert http().request("GET", path).status_code == 403
	assert http(people["outsider"]).request("GET", path).status_code == 403
	assert http(people["ann"]).request("PUT", path, json={"title": "mine"}).status_code == 403
	wrong = http()
	wrong.session.headers["Authorization"] = "token nobody:nothing"
	assert wrong.request("GET", path).status_code == 401


def test_login_needs_the_right_password(http, people):
	client = http()
	answer = client.request("POST", "/api/method/login", data={"usr": people["ann"], "pwd": "wrong"})
	assert answer.status_code == 401
	assert client.request("GET", f"/api/resource/{RECORD}").status_code == 403


def test_write_without_the_csrf_token_is_refused(http, people):
	client = http(people["manager"], csrf=True)
	token = client.session.headers.pop("X-Frappe-CSRF-Token")
	answer = client.request("POST", f"/api/resource/{RECORD}", json={"title": "csrf"})
	assert answer.status_code == 400 and "CSRFTokenError" in answer.text
	client.session.headers["X-Frappe-CSRF-Token"] = token[::-1]
	assert client.request("POST", f"/api/resource/{RECORD}", json={"title": "csrf"}).status_code == 400
	assert not frappe.db.exists(RECORD, {"title": "csrf"})
	# Reading needs no token.
	assert client.request("GET", f"/api/resource/{RECORD}").status_code == 200


def test_get_request_writes_nothing(http, people):
	client = http(people["manager"])
	failure = client.refused("devbench_probe.api.write_record", verb="GET", title="by get")
	assert failure.status == 403


def test_rate_limit_answers_429(http):
	client = http()
	codes = [client.request("GET", "/api/method/devbench_probe.api.limited").status_code for _ in range(4)]
	assert codes[:3] == [200, 200, 200] and codes[3] == 429
	frappe.cache.delete_keys("rl:")


def test_unknown_site_is_not_answered(server):
	import requests

	answer = requests.get(server.url, headers={"X-Frappe-Site-Name": "nobody.example"}, timeout=60)
	assert answer.status_code == 404


@pytest.mark.parametrize("private", [0, 1])
def test_file_upload_public_and_private(private, http, people, committed):
	client = http(people["ann"], csrf=True)
	content = f"probe {frappe.generate_hash()}".encode()
	answer = client.request(
		"POST",
		"/api/method/upload_file",
		files={"file": ("probe.txt", content, "text/plain")},
		data={"is_private": private, "folder": "Home"},
		status=200,
	)
	file = answer.json()["message"]
	committed.track("File", file["name"])
	assert file["file_url"].startswith("/private/files/" if private else "/files/")
	assert client.request("GET", file["file_url"], status=200).content == content
	others = [http().request("GET", file["file_url"]), http(people["bob"]).request("GET", file["file_url"])]
	expected = [403, 403] if private else [200, 200]
	assert [other.status_code for other in others] == expected
	folder = frappe.get_site_path("private" if private else "public", "files", file["file_url"].split("/")[-1])
	with open(folder, "rb") as stream:
		assert stream.read() == content


def test_file_that_belongs_to_a_record_follows_its_permissions(http, people, committed):
	record = committed.insert(RECORD, title="with file")
	client = http(people["manager"], csrf=True)
	file = client.request(
		"POST",
		"/api/method/upload_file",
		files={"file": ("attached.txt", frappe.generate_hash().encode(), "text/plain")},
		data={"is_private": 1, "doctype": RECORD, "docname": record.name},
		status=200,
	).json()["message"]
	committed.track("File", file["name"])
	assert client.request("GET", file["file_url"]).status_code == 200
	assert http(people["ann"]).request("GET", file["file_url"]).status_code == 403


def test_data_import_of_a_csv(http, people, committed, run_jobs):
	"""As the desk does it: upload the file, make the Data Import, start it; a worker does the rows."""
	mark = frappe.generate_hash(length=8)
	rows = "Title,Amount,Due Date,Status,Country,Item (Items),Quantity (Items)\n"
	rows += f"{mark} one,10.5,2026-03-01,Open,Germany,a,1\n,,,,,b,2\n{mark} two,x,2026-03-02,Nonsense,Atlantis,,\n"
	client = http(people["manager"], csrf=True)
	made = client.post(
		"/api/resource/Data Import",
		{"reference_doctype": RECORD, "import_type": "Insert New Records", "submit_after_import": 0, "mute_emails": 1},
	)["data"]
	committed.track("Data Import", made["name"])
	file = client.request(
		"POST",
		"/api/method/upload_file",
		files={"file": (f"{mark}.csv", rows.encode(), "text/csv")},
		data={"is_private": 1, "doctype": "Data Import", "docname": made["name"], "fieldname": "import_file"},
		status=200,
	).json()["message"]
	committed.track("File", file["name"])
	client.put(f"/api/resource/Data Import/{made['name']}", {"import_file": file["file_url"]})
	preview = client.call(
		"frappe.core.doctype.data_import.data_import.get_preview_from_template", data_import=made["name"], verb="GET"
	)
	assert [column["header_title"] for column in preview["columns"]][1:4] == ["Title", "Amount", "Due Date"]
	# The file has wrong values: nothing may be imported before they are mended.
	client.call("frappe.core.doctype.data_import.data_import.form_start_import", data_import=made["name"])
	run_jobs()
	assert not frappe.db.exists(RECORD, {"title": f"{mark} one"})
	warnings = frappe.db.get_value("Data Import", made["name"], "template_warnings")
	assert "Atlantis" in warnings and "Nonsense" in warnings

	good = rows.replace(f"{mark} two,x,2026-03-02,Nonsense,Atlantis", f"{mark} two,7,2026-03-02,Done,France")
	file = client.request(
		"POST",
		"/api/method/upload_file",
		files={"file": (f"{mark}-good.csv", good.encode(), "text/csv")},
		data={"is_private": 1, "doctype": "Data Import", "docname": made["name"], "fieldname": "import_file"},
		status=200,
	).json()["message"]
	committed.track("File", file["name"])
	client.put(f"/api/resource/Data Import/{made['name']}", {"import_file": file["file_url"]})
	client.call("frappe.core.doctype.data_import.data_import.form_start_import", data_import=made["name"])
	run_jobs()
	imported = frappe.get_all(
		RECORD, {"title": ("like", f"{mark}%")}, ["name", "title", "amount", "status", "item_total"], order_by="title"
	)
	for row in imported:
		committed.track(RECORD, row.name)
	assert [(row.title, row.amount, row.status, row.item_total) for row in imported] == [
		(f"{mark} one", 10.5, "Open", 3),
		(f"{mark} two", 7, "Done", 0),
	]
	assert frappe.db.get_value("Data Import", made["name"], "status") == "Success"


def test_export_of_a_report_obeys_permissions(http, people, committed):
	committed.insert(RECORD, title="exported", amount=3)
	client = http(people["manager"], csrf=True)
	form = {
		"doctype": RECORD,
		"file_format_type": "CSV",
		"title": RECORD,
		"fields": frappe.as_json([f"`tab{RECORD}`.`title`", f"`tab{RECORD}`.`amount`"]),
		"filters": frappe.as_json([["title", "=", "exported"]]),
	}
	text = client.request("POST", "/api/method/frappe.desk.reportview.export_query", data=form, status=200).text
	assert "exported" in text and "Amount" in text
	answer = http(people["outsider"]).request("POST", "/api/method/frappe.desk.reportview.export_query", data=form)
	assert answer.status_code == 403
