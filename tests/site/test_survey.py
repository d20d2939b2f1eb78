"""Surveys: made once per contact, sent once, answered once, and what an answer sets off."""

import re

import frappe
import pytest
from frappe.utils import add_days, add_to_date, getdate, now_datetime

from sales_crm_pm.api.v1 import project as project_api
from sales_crm_pm.api.v1 import survey as api
from sales_crm_pm.exceptions import SPMError, SurveyClosedError
from sales_crm_pm.loop import survey
from tests.factories import make_contact, make_user
from tests.factories_delivery import accept, make_customer_with_contacts, make_running_project


@pytest.fixture
def delivered():
	"""A delivered project of a customer with two contacts; returns (project, contacts)."""
	customer, contacts = make_customer_with_contacts(2)
	return deliver(customer, contacts), contacts


def deliver(customer, contacts, **values):
	rows = [{"contact": c.name} for c in contacts]
	project, milestones = make_running_project((1,), customer=customer.name, contacts=rows, **values)
	accept(milestones[0].name)
	project_api.deliver(project.name)
	return frappe.get_doc("SPM Project", project.name)


@pytest.fixture
def mail_account():
	"""An account to send from, so that mails are queued."""
	frappe.get_doc(
		{
			"doctype": "Email Account",
			"email_account_name": "SPM test",
			"email_id": "spm-test@example.com",
			"enable_outgoing": 1,
			"default_outgoing": 1,
			"smtp_server": "127.0.0.1",
			"no_smtp_authentication": 1,
		}
	).insert()


@pytest.fixture(autouse=True)
def survey_settings():
	values = {
		"survey_enabled": 1,
		"survey_delay_days": 1,
		"survey_reminder_days": 5,
		"survey_expiry_days": 30,
	}
	frappe.db.set_single_value("SPM Settings", {**values, "survey_low_score": 2})
	frappe.clear_document_cache("SPM Settings", "SPM Settings")


def surveys(project):
	return frappe.get_all("SPM Survey", {"project": project.name}, ["*"], order_by="name")


def token_of(name):
	return survey.open_link(name).rsplit("/", 1)[-1]


class TestCreation:
	def test_one_per_contact_once(self, delivered):
		project, contacts = delivered
		made = surveys(project)
		assert {s.contact for s in made} == {c.name for c in contacts}
		assert {(s.status, s.customer, s.deal_chain) for s in made} == {
			("Scheduled", project.customer, project.deal_chain)
		}
		assert {getdate(s.scheduled_on) for s in made} == {add_days(getdate(), 1)}
		assert project.survey_state == "Scheduled"
		# Back to work and delivered once more: nobody is asked twice.
		for status in ("In Progress", "Delivered"):
			project.reload()
			project.status = status
			project.save()
		assert project_api.deliver(project.name)["surveys"] == [s.name for s in made]
		assert len(surveys(project)) == 2

	def test_who_is_left_out_and_the_primary_contact_when_nobody_is_named(self):
		customer, contacts = make_customer_with_contacts(2)
		customer.primary_contact = contacts[1].name
		customer.save()
		named = deliver(customer, contacts[:1])
		assert [s.contact for s in surveys(named)] == [contacts[0].name]
		nobody = deliver(customer, [])
		assert [s.contact for s in surveys(nobody)] == [contacts[1].name]

	def test_in_the_contacts_language(self):
		customer, contacts = make_customer_with_contacts(1, language="zh")
		user = make_user(user_type="Website User", language="de")
		reader = make_contact(customer.name, user=user)
		project = deliver(customer, [contacts[0], reader])
		assert {s.contact: s.language for s in surveys(project)} == {
			contacts[0].name: "zh",
			reader.name: "de",
		}

	def test_for_a_milestone_that_asks(self):
		customer, contacts = make_customer_with_contacts(1)
		project, milestones = make_running_project(
			(1,), customer=customer.name, contacts=[{"contact": contacts[0].name}]
		)
		frappe.db.set_value("SPM Milestone", milestones[0].name, "survey_on_accept", 1)
		accept(milestones[0].name)
		assert [(s.milestone, s.contact) for s in surveys(project)] == [
			(milestones[0].name, contacts[0].name)
		]

	def test_switched_off(self):
		frappe.db.set_single_value("SPM Settings", "survey_enabled", 0)
		frappe.clear_document_cache("SPM Settings", "SPM Settings")
		customer, contacts = make_customer_with_contacts(1)
		assert surveys(deliver(customer, contacts)) == []


class TestSending:
	def test_due_ones_are_mailed_once_with_a_working_link(self, delivered, mail_account, freeze):
		project, contacts = delivered
		assert survey.send_due() == 0
		with freeze(add_to_date(now_datetime(), days=1, hours=1)):
			assert survey.send_due() == 2
			assert survey.send_due() == 0
			names = [s.name for s in surveys(project)]
			mails = frappe.get_all("Email Queue", {"reference_name": ["in", names]}, ["name", "message"])
			assert len(mails) == 2
			sent = surveys(project)
			assert {s.status for s in sent} == {"Sent"}
			assert {getdate(s.expires_on) for s in sent} == {add_days(getdate(), 30)}
			assert frappe.db.get_value("SPM Project", project.name, "survey_state") == "Sent"
			link = re.search(r"/survey/([\w-]+)", mails[0].message.replace("=\n", "").replace("=3D", "="))
			assert survey.find_by_token(link.group(1)).name in names

	def test_without_a_mail_account_nothing_is_lost(self, delivered, freeze, monkeypatch):
		def no_account(**kwargs):
			raise frappe.OutgoingEmailError("No account")

		project, _contacts = delivered
		with monkeypatch.context() as patched, freeze(add_to_date(now_datetime(), days=2)):
			patched.setattr(frappe, "sendmail", no_account)
			assert survey.send_due() == 0
		assert {(s.status, s.sent_on, s.token_hash) for s in surveys(project)} == {("Scheduled", None, None)}

	def test_one_reminder_then_the_end(self, delivered, mail_account, freeze):
		project, _contacts = delivered
		with freeze(add_to_date(now_datetime(), days=2)):
			survey.send_due()
		token = token_of(surveys(project)[0].name)
		with freeze(add_to_date(now_datetime(), days=8)):
			survey.remind_and_expire()
			survey.remind_and_expire()
			assert {s.status for s in surveys(project)} == {"Reminded"}
			names = [s.name for s in surveys(project)]
			assert frappe.db.count("Email Queue", {"reference_name": ["in", names]}) == 4
		with freeze(add_to_date(now_datetime(), days=40)):
			survey.remind_and_expire()
			assert {s.status for s in surveys(project)} == {"Expired"}
			with pytest.raises(SurveyClosedError, match="ended"):
				survey.record_answer(token, 5)

	def test_the_link_by_hand(self, delivered, as_user):
		project, _contacts = delivered
		name = surveys(project)[0].name
		with as_user(make_user("SPM Service Agent")):
			link = api.link(name)["link"]
			assert api.link(name)["link"] == link
		assert frappe.db.get_value("SPM Survey", name, "status") == "Sent"
		with as_user(make_user("SPM Sales User")), pytest.raises(frappe.PermissionError):
			api.link(name)

	def test_the_database_does_not_know_the_token(self, delivered):
		name = surveys(delivered[0])[0].name
		token = token_of(name)
		assert token not in frappe.as_json(frappe.get_doc("SPM Survey", name).as_dict())


class TestAnswer:
	def test_an_answer_reaches_customer_and_project(self, delivered, as_user):
		project, _contacts = delivered
		first, second = (s.name for s in surveys(project))
		tokens = [token_of(first), token_of(second)]
		with as_user("Guest"):
			result = api.answer(tokens[0], 5, 9, "  Very good  ")
			assert result == {
				"thanks": api.thanks(),
				"next": "Your answer goes to the people who worked with you.",
			}
			api.answer(tokens[1], 4)
		doc = frappe.get_doc("SPM Survey", first)
		assert (doc.status, doc.csat, doc.nps, doc.comment) == ("Answered", 5, 9, "Very good")
		assert frappe.db.get_value("SPM Survey", second, "nps") == -1
		assert frappe.db.get_value("SPM Customer", project.customer, ["csat_avg", "nps_last"]) == (4.5, 9)
		assert frappe.db.get_value("SPM Project", project.name, "survey_state") == "Answered"
		survey.refresh_customer_scores()
		assert frappe.db.get_value("SPM Customer", project.customer, ["csat_avg", "nps_last"]) == (4.5, 9)

	def test_once(self, delivered):
		token = token_of(surveys(delivered[0])[0].name)
		survey.record_answer(token, 3)
		with pytest.raises(SurveyClosedError, match="already"):
			survey.record_answer(token, 5)

	@pytest.mark.parametrize(("csat", "nps"), [(0, None), (6, None), (3, 11), (3, -1)])
	def test_off_the_scale(self, delivered, csat, nps):
		token = token_of(surveys(delivered[0])[0].name)
		with pytest.raises(SPMError):
			survey.record_answer(token, csat, nps)

	@pytest.mark.parametrize("token", ["", "x", "' or 1=1 -- "])
	def test_a_wrong_token(self, delivered, token):
		with pytest.raises(SurveyClosedError):
			survey.record_answer(token, 5)

	def test_a_low_score_calls_the_account_manager_once(self, as_user):
		manager = make_user("SPM Sales User")
		customer, contacts = make_customer_with_contacts(
			1, account_manager=manager, customer_name="A & B <Ltd>"
		)
		project = deliver(customer, contacts)
		name = surveys(project)[0].name
		token = token_of(name)
		with as_user("Guest"):
			result = api.answer(token, 2)
		assert result["next"] == "We are sorry. Somebody will call you and put it right."
		assert frappe.db.get_value("SPM Survey", name, "needs_attention") == 1
		assert frappe.db.get_value("SPM Customer", customer.name, "health") == "Red"
		todos = frappe.get_all("ToDo", {"reference_name": name}, ["allocated_to", "description"])
		assert [t.allocated_to for t in todos] == [manager]
		assert "<Ltd>" not in todos[0].description

	def test_nobody_edits_an_answer(self, delivered):
		name = surveys(delivered[0])[0].name
		survey.record_answer(token_of(name), 1, 0, "Bad")
		doc = frappe.get_doc("SPM Survey", name)
		doc.update({"csat": 5, "nps": 10, "comment": "Good", "status": "Scheduled", "needs_attention": 0})
		doc.save()
		kept = frappe.db.get_value("SPM Survey", name, ["csat", "nps", "comment", "status", "needs_attention"])
		assert kept == (1, 0, "Bad", "Answered", 1)

	def test_nobody_writes_an_answer_by_hand(self, delivered, as_user):
		name = surveys(delivered[0])[0].name
		with as_user(make_user("SPM Service Agent")):
			doc = frappe.get_doc("SPM Survey", name)
			doc.update({"csat": 5, "status": "Answered", "needs_attention": 1})
			doc.save()
			made = frappe.get_doc(
				{"doctype": "SPM Survey", "customer": doc.customer, "csat": 5, "status": "Answered"}
			).insert()
		for survey_name in (name, made.name):
			assert frappe.db.get_value("SPM Survey", survey_name, ["csat", "status"]) == (0, "Scheduled")

	def test_scores_of_a_customer_without_answers(self, delivered):
		customer = delivered[0].customer
		survey.refresh_customer_scores([customer])
		assert frappe.db.get_value("SPM Customer", customer, ["csat_avg", "nps_last"]) == (0, -1)
