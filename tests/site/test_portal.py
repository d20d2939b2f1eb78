"""The portal: a customer's people see their projects, only what is shared, and can answer."""

import frappe
import pytest
from frappe.utils import add_days, getdate

from sales_crm_pm.api.v1 import portal as api
from sales_crm_pm.exceptions import SPMError, TransitionError
from sales_crm_pm.portal import access
from tests.factories import make_contact, make_customer, make_user
from tests.factories_delivery import accept, make_milestone, make_project, make_running_project
from tests.factories_risk import make_risk

SECRETS = ("budget_cost", "actual_cost", "planned_margin", "spi", "health", "risk", "hours", "token")


@pytest.fixture
def reader():
	"""A portal user by way of a Contact; returns (user, customer)."""
	customer = make_customer()
	user = make_user("SPM Customer User", user_type="Website User")
	make_contact(customer.name, user=user)
	return user, customer


@pytest.fixture
def project(reader):
	"""A running project of that customer with one handed-in, one open and one hidden milestone."""
	doc, milestones = make_running_project((1, 1), customer=reader[1].name, price=1000, budget_cost=10)
	milestone = frappe.get_doc("SPM Milestone", milestones[0].name)
	milestone.append("deliverables", {"deliverable": "Handbook", "version": "2"})
	milestone.status = "Submitted"
	milestone.save()
	make_milestone(doc.name, title="Secret talks", visible_to_customer=0)
	doc.waiting = milestone.name
	return doc


def settings(**values):
	frappe.db.set_single_value("SPM Settings", values)
	frappe.clear_document_cache("SPM Settings", "SPM Settings")


class TestWhoSees:
	def test_by_contact_and_by_the_customers_list(self, reader, project, as_user):
		colleague = make_user("SPM Customer User", user_type="Website User")
		customer = frappe.get_doc("SPM Customer", reader[1].name)
		customer.append("portal_users", {"user": colleague})
		customer.save()
		for user in (reader[0], colleague):
			with as_user(user):
				assert [p["project"] for p in api.projects()] == [project.name]
				assert api.project(project.name)["title"] == project.project_name

	def test_another_company_gets_not_found(self, project, as_user):
		stranger = make_user("SPM Customer User", user_type="Website User")
		make_contact(make_customer().name, user=stranger)
		with as_user(stranger):
			assert api.projects() == []
			for name in (project.name, "no such project"):
				with pytest.raises(frappe.DoesNotExistError):
					api.project(name)
			with pytest.raises(frappe.DoesNotExistError):
				api.accept_milestone(project.waiting)
			with pytest.raises(frappe.DoesNotExistError):
				api.send_message(project.name, "Hello")
			for doctype in ("SPM Project", "SPM Milestone", "SPM Customer", "SPM Survey"):
				with pytest.raises(frappe.PermissionError):
					frappe.get_list(doctype)

	def test_a_contact_without_the_role_sees_nothing(self, reader, as_user):
		user = make_user(user_type="Website User")
		make_contact(reader[1].name, user=user)
		with as_user(user):
			assert api.projects() == []

	def test_guests_and_a_switched_off_portal(self, reader, project, as_user):
		assert access.customers_of("Guest") == []
		settings(portal_enabled=0)
		with as_user(reader[0]):
			assert api.projects() == []
			with pytest.raises(frappe.DoesNotExistError):
				api.project(project.name)

	@pytest.mark.parametrize("status", ["Draft", "Pending Approval"])
	def test_not_before_approval(self, reader, as_user, status):
		hidden = make_project(status, customer=reader[1].name)
		with as_user(reader[0]):
			assert api.projects() == []
			with pytest.raises(frappe.DoesNotExistError):
				api.project(hidden.name)

	def test_the_frameworks_own_question(self, reader, project):
		waiting, name = frappe.get_doc("SPM Milestone", project.waiting), project.name
		project = frappe.get_doc("SPM Project", name)
		hidden = frappe.get_doc("SPM Milestone", {"project": name, "visible_to_customer": 0})
		ask = frappe.has_website_permission
		assert ask(project, "read", reader[0])
		assert ask(waiting, "read", reader[0])
		assert not ask(project, "write", reader[0])
		assert not ask(hidden, "read", reader[0])
		assert not ask(project, "read", "Guest")

	def test_our_staff_sees_it_as_a_preview(self, project, as_user):
		with as_user(make_user("SPM Service Agent")):
			view = api.project(project.name)
			assert (view["is_preview"], view["can_accept"]) == (True, False)
			with pytest.raises(frappe.PermissionError):
				api.send_message(project.name, "Hello")


class TestWhatIsShown:
	def test_only_what_is_shared(self, reader, project, as_user):
		make_risk(project.name, title="Supplier may leave us")
		with as_user(reader[0]):
			view = api.project(project.name)
		assert view.pop("risks") == []
		assert "Supplier may leave us" not in frappe.as_json(view)
		text = frappe.as_json(view)
		assert not [word for word in SECRETS if word in text.lower()]
		assert "Secret talks" not in text
		assert [m["milestone"] for m in view["waiting_for_you"]] == [project.waiting]
		assert [f["deliverable"] for f in view["files"]] == ["Handbook"]
		assert view["team"] == [{"name": "Administrator", "role": "Project Manager"}]
		assert view["changes"][0]["text"].endswith("was handed in for acceptance.")

	def test_each_switch(self, reader, project, as_user):
		settings(portal_show_dates=0, portal_show_deliverables=0, portal_show_team=0, portal_show_price=1)
		with as_user(reader[0]):
			view = api.project(project.name)
		assert not {"files", "team", "end_date"} & set(view)
		assert view["price"] == 1000
		assert all("date" not in m for m in view["milestones"])
		assert view["next_milestone"]["date"] is None

	def test_a_moved_date_with_its_reason(self, reader, project, as_user):
		doc = frappe.get_doc("SPM Milestone", project.waiting)
		doc.forecast_date = add_days(getdate(), 50)
		doc.delay_reason = "Customer"
		doc.save()
		with as_user(reader[0]):
			shown = api.project(project.name)["milestones"][0]
		assert shown["date"] == str(add_days(getdate(), 50))
		assert (shown["moved_from"], shown["delay_reason"]) == (str(add_days(getdate(), 10)), "Customer")


class TestActions:
	def test_accepting_moves_the_project_and_names_who_did_it(self, reader, project, as_user):
		with as_user(reader[0]):
			assert api.accept_milestone(project.waiting)["status"] == "Accepted"
			assert api.accept_milestone(project.waiting)["status"] == "Accepted"
		doc = frappe.get_doc("SPM Milestone", project.waiting)
		assert (doc.status, doc.workflow_state) == ("Accepted", "Accepted")
		assert frappe.db.get_value("Contact", doc.accepted_by, "user") == reader[0]
		assert frappe.db.get_value("SPM Project", project.name, "percent_complete") == 33.3

	def test_asking_for_changes(self, reader, project, as_user):
		with as_user(reader[0]):
			with pytest.raises(SPMError):
				api.reject_milestone(project.waiting, "  ")
			assert api.reject_milestone(project.waiting, "Page 4 is missing")["status"] == "Rejected"
			with pytest.raises(TransitionError):
				api.accept_milestone(project.waiting)
		doc = frappe.get_doc("SPM Milestone", project.waiting)
		assert (doc.rejection_reason, doc.rejection_count) == ("Page 4 is missing", 1)

	def test_acceptance_can_be_switched_off(self, reader, project, as_user):
		settings(portal_allow_acceptance=0)
		with as_user(reader[0]), pytest.raises(frappe.PermissionError):
			api.accept_milestone(project.waiting)

	def test_what_is_not_handed_in_cannot_be_accepted(self, reader, project, as_user):
		other = frappe.db.get_value(
			"SPM Milestone", {"project": project.name, "status": "Planned", "visible_to_customer": 1}
		)
		with as_user(reader[0]), pytest.raises(TransitionError):
			api.accept_milestone(other)

	def test_a_message_is_kept_with_the_project(self, reader, project, as_user):
		with as_user(reader[0]):
			assert api.send_message(project.name, "When do you come? <b>") == {"sent": True}
		talk = frappe.get_doc("SPM Interaction", {"project": project.name})
		assert (talk.customer, talk.direction, talk.interaction_type) == (
			project.customer,
			"Incoming",
			"Message",
		)
		assert talk.content.startswith("When do you come?")

	def test_files_of_shared_milestones_only(self, reader, project, as_user):
		def attach(milestone, content):
			file = frappe.get_doc(
				{
					"doctype": "File",
					"file_name": f"{frappe.generate_hash(length=8)}.txt",
					"content": content,
					"is_private": 1,
					"attached_to_doctype": "SPM Milestone",
					"attached_to_name": milestone,
				}
			).insert()
			doc = frappe.get_doc("SPM Milestone", milestone)
			doc.append("deliverables", {"deliverable": "Plan", "file": file.file_url})
			doc.save()
			return doc.deliverables[-1].name

		shown = attach(project.waiting, "shared")
		hidden = attach(
			frappe.db.get_value("SPM Milestone", {"project": project.name, "visible_to_customer": 0}), "no"
		)
		with as_user(reader[0]):
			api.download(project.name, shown)
			assert frappe.local.response.filecontent in (b"shared", "shared")
			with pytest.raises(frappe.DoesNotExistError):
				api.download(project.name, hidden)


def test_finished_projects_stay_visible(reader, as_user):
	doc, milestones = make_running_project((1,), customer=reader[1].name)
	accept(milestones[0].name)
	doc.reload()
	doc.status = "Delivered"
	doc.save()
	with as_user(reader[0]):
		assert api.projects()[0]["status"] == "Delivered"
		assert api.projects()[0]["next_milestone"] is None
