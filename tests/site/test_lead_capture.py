"""Leads from outside: the web form, a campaign's page and QR code, incoming mail, and the importer's fields."""

from __future__ import annotations

import json
import re
from email.message import EmailMessage

import frappe
import pytest
from frappe.email.receive import InboundMail
from frappe.utils import add_days, today
from frappe.website.doctype.web_form.web_form import accept

from sales_crm_pm.api.v1 import campaign as api
from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.importing import targets
from sales_crm_pm.loop import campaign as campaigns
from tests.factories import make, make_lead, make_user, unique
from tests.factories_lead import make_assignment, make_pool, make_scoring, make_target, no_rules


@pytest.fixture(autouse=True)
def quiet(site):
	no_rules()
	make_pool()


@pytest.fixture
def guest(as_user):
	with as_user("Guest"):
		yield


def make_campaign(**values):
	values.setdefault("campaign_name", unique("Fair "))
	values.setdefault("channel", "Trade Fair")
	return make("SPM Campaign", **values)


def found(**filters):
	names = frappe.get_all("SPM Lead", filters=filters, pluck="name")
	return [frappe.get_doc("SPM Lead", name) for name in names]


class TestWebForm:
	def send(self, **values):
		values = {
			"lead_name": "Web Visitor",
			"organisation": unique("Visitor "),
			"email": f"{unique()}@example.com",
			"consent": 1,
			**values,
		}
		accept(web_form="spm-contact-us", data=json.dumps(values))
		return values

	def test_the_page_s_address_says_where_it_came_from(self, guest):
		campaign = make_campaign(source="Trade Fair")
		address = f"https://example.com/contact-us-sales?utm_source=news&utm_medium=mail&utm_campaign={campaign.campaign_code}&utm_term=press"
		sent = self.send(landing_page=address)
		lead = found(email=sent["email"])[0]
		assert (lead.utm_source, lead.utm_medium, lead.utm_term) == ("news", "mail", "press")
		assert (lead.campaign, lead.source, lead.lead_owner) == (campaign.name, "Trade Fair", None)
		assert lead.consent and lead.consent_on and lead.landing_page == address

	def test_without_a_campaign_it_is_the_website(self, guest):
		assert found(email=self.send()["email"])[0].source == "Website"

	def test_a_machine_that_fills_everything_in_is_refused(self, guest):
		with pytest.raises(SPMError, match="could not be sent"):
			self.send(leave_empty="x")

	def test_consent_is_wanted_unless_the_settings_say_no(self, guest):
		with pytest.raises(SPMError, match="agree"):
			self.send(consent=0)
		frappe.db.set_single_value("SPM Settings", "lead_consent_required", 0)
		sent = self.send(consent=0)
		assert not found(email=sent["email"])[0].consent_on

	def test_a_way_to_answer_is_wanted(self, guest):
		with pytest.raises(SPMError, match="phone number"):
			self.send(email="")

	def test_a_rule_finds_the_owner(self, guest):
		seller = make_user("SPM Sales User")
		make_assignment([seller])
		assert found(email=self.send()["email"])[0].lead_owner == seller


class TestCampaign:
	def ask(self, campaign, **values):
		values = {
			"lead_name": "Booth Visitor",
			"mobile": "+49 151 1234567",
			"email": f"{unique()}@example.com",
			"consent": 1,
			"page": campaigns.link(campaign),
			**values,
		}
		return api.request(campaign.campaign_code, **values), values

	def test_a_request_becomes_a_lead_of_the_campaign(self, guest):
		north = make("SPM Territory", territory_name=unique("North ")).name
		campaign = make_campaign(
			territory=north, source="Trade Fair", thanks_text="See you at the booth.", language="de"
		)
		answer, sent = self.ask(campaign, need="A press line", organisation="Booth Ltd")
		assert answer == {"thanks": "See you at the booth."}
		lead = found(email=sent["email"])[0]
		assert (lead.campaign, lead.territory, lead.source) == (campaign.name, north, "Trade Fair")
		assert (lead.utm_source, lead.utm_campaign) == ("trade-fair", campaign.campaign_code)
		assert (lead.language, lead.need, lead.lead_owner) == ("de", "A press line", None)
		assert frappe.db.exists("SPM Pool Lead", {"lead": lead.name})

	def test_asking_again_adds_to_the_same_lead(self, guest):
		campaign = make_campaign()
		_answer, sent = self.ask(campaign, need="One")
		self.ask(campaign, email=sent["email"], need="Two")
		self.ask(campaign, email=sent["email"], need="Two")
		leads = found(email=sent["email"])
		assert len(leads) == 1 and leads[0].need == "One\nTwo"

	def test_a_machine_gets_thanks_and_makes_nothing(self, guest):
		answer, sent = self.ask(make_campaign(), company_fax="123")
		assert "thanks" in answer and not found(email=sent["email"])

	@pytest.mark.parametrize(
		("values", "words"),
		[
			({"lead_name": "  "}, "your name"),
			({"email": "nonsense"}, "does not look right"),
			({"email": "", "mobile": ""}, "phone number"),
			({"consent": 0}, "agree"),
		],
	)
	def test_what_is_missing_is_said(self, guest, values, words):
		with pytest.raises(SPMError, match=words):
			self.ask(make_campaign(), **values)

	@pytest.mark.parametrize(
		("values", "words"),
		[
			({"page_is_open": 0}, "closed"),
			({"status": "Finished"}, "closed"),
			({"start_date": "2999-01-01"}, "not open yet"),
			({"end_date": "2020-01-01"}, "has ended"),
		],
	)
	def test_a_closed_page_takes_nothing(self, guest, values, words):
		with pytest.raises(SPMError, match=words):
			self.ask(make_campaign(**values))

	def test_an_unknown_code_is_not_found(self, guest):
		with pytest.raises(frappe.DoesNotExistError):
			api.request("no-such-code", lead_name="x", email="a@example.com")

	def test_link_and_code(self, as_user):
		campaign = make_campaign(campaign_name=unique("Autumn Fair "), utm_medium="booth")
		assert campaign.campaign_code.startswith("autumn-fair-")
		with as_user(make_user("SPM Marketing User")):
			shown = api.qr(campaign.name)
		assert f"/campaign/{campaign.campaign_code}?" in shown["link"] and "utm_medium=booth" in shown["link"]
		size = re.search(r'height="(\d+)" width="(\d+)" viewBox="0 0 (\d+) (\d+)"', shown["svg"]).groups()
		assert len(set(size)) == 1, "the whole code is in view"
		with as_user(make_user("SPM Delivery Member")), pytest.raises(frappe.PermissionError):
			api.qr(campaign.name)

	def test_a_chinese_name_gets_a_code_that_can_be_typed(self):
		assert make_campaign(campaign_name=f"秋季展会{unique()[:0]}").campaign_code.isascii()

	def test_the_budget_is_not_for_salespeople(self, as_user):
		campaign = make_campaign(budget=5000)
		with as_user(make_user("SPM Sales User")):
			doc = frappe.get_doc("SPM Campaign", campaign.name)
			doc.apply_fieldlevel_read_permissions()
			assert not doc.get("budget")
		with pytest.raises(SPMError, match="ends before"):
			make_campaign(start_date=today(), end_date=add_days(today(), -1))


class TestMail:
	@pytest.fixture
	def account(self):
		return frappe.get_doc(
			{
				"doctype": "Email Account",
				"email_account_name": unique("Sales "),
				"email_id": f"{unique('sales-')}@example.com",
				"enable_incoming": 0,
				"append_to": "SPM Lead",
				"use_imap": 0,
			}
		).insert()

	def receive(self, account, sender, subject, body, **headers):
		mail = EmailMessage()
		mail["From"], mail["To"], mail["Subject"] = sender, account.email_id, subject
		mail["Message-ID"] = headers.pop("message_id", f"<{unique()}@example.com>")
		for name, value in headers.items():
			mail[name.replace("_", "-")] = value
		mail.set_content(body)
		return InboundMail(mail.as_bytes(), account).process()

	BODY = "Dear team,\nwe need a press line.\n\nAda Byron\nByron Analytics Ltd.\nMobile: +49 151 1234567\n"

	def test_a_mail_makes_a_lead_with_what_the_signature_says(self, account):
		seller = make_user("SPM Sales User")
		make_assignment([seller])
		make_target()
		address = f"{unique('ada.')}@example.com"
		mail = self.receive(account, f"Ada Byron <{address}>", "Offer, please", self.BODY)
		assert mail.reference_doctype == "SPM Lead"
		lead = frappe.get_doc("SPM Lead", mail.reference_name)
		assert (lead.lead_name, lead.email, lead.subject) == ("Ada Byron", address, "Offer, please")
		assert (lead.mobile, lead.organisation) == ("+49 151 1234567", "Byron Analytics Ltd.")
		assert "press line" in lead.need and lead.source == "E-mail"
		assert (lead.lead_owner, lead.sla_status) == (seller, "First Response Due")

	def test_a_sender_without_a_name_still_has_one(self, account):
		mail = self.receive(account, f"grace.hopper-{unique()}@example.com", "Hi", "Hello")
		assert frappe.db.get_value("SPM Lead", mail.reference_name, "lead_name").startswith("Grace Hopper")

	def test_a_second_mail_and_a_reply_join_the_same_lead(self, account):
		address = f"{unique('ada.')}@example.com"
		first = self.receive(
			account, f"Ada <{address}>", "Offer", self.BODY, message_id="<first-1@example.com>"
		)
		other = self.receive(account, f"Ada <{address}>", "Something quite different", "Call me")
		reply = self.receive(
			account, f"Ada <{address}>", "Re: Offer", "Any news?", In_Reply_To="<first-1@example.com>"
		)
		assert first.reference_name == other.reference_name == reply.reference_name
		assert len(found(email=address)) == 1

	def test_what_people_typed_stays(self, account):
		address = f"{unique('ada.')}@example.com"
		lead = make_lead(email=address, mobile="+1 555 0100", organisation="Typed Inc")
		mail = self.receive(account, f"Ada <{address}>", "Offer", self.BODY)
		assert mail.reference_name == lead.name
		lead.reload()
		assert (lead.mobile, lead.organisation) == ("+1 555 0100", "Typed Inc")

	def test_mails_count_for_clock_and_score(self, account):
		make_target(rolling_minutes=30)
		make_scoring(kind="Engagement", activity="Incoming Mail", points=25)
		address = f"{unique('ada.')}@example.com"
		lead = make_lead(email=address)
		send = {
			"doctype": "Communication",
			"communication_type": "Communication",
			"communication_medium": "Email",
			"sent_or_received": "Sent",
			"subject": "Our offer",
			"content": "Here it is",
			"reference_doctype": "SPM Lead",
			"reference_name": lead.name,
		}
		frappe.get_doc(send).insert()
		lead.reload()
		assert (lead.sla_status, lead.status) == ("Fulfilled", "Contacted") and lead.first_responded_on
		self.receive(account, f"Ada <{address}>", "Another question", "And the price?")
		lead.reload()
		assert (lead.sla_status, lead.score) == ("Rolling Response Due", 25)

	def test_a_colleague_s_mail_is_no_message_of_the_lead(self, account):
		make_scoring(kind="Engagement", activity="Incoming Mail", points=25)
		lead = make_lead(mobile=None)
		colleague = make_user("SPM Sales User")
		mail = self.receive(account, f"Me <{colleague}>", f"Fwd: notes (#{lead.name})", self.BODY)
		assert mail.reference_name == lead.name
		lead.reload()
		assert not lead.mobile


def test_files_may_bring_campaign_consent_and_the_rest():
	names = {field.fieldname for field in targets.fields("SPM Lead")}
	assert {"campaign", "utm_source", "utm_content", "consent", "language", "pool", "lead_owner"} <= names
	assert not names & {"score", "sla_status", "response_by", "recycle_on", "leave_empty", "score_detail"}


def test_rest_inserts_without_a_salesperson_go_to_the_rules(as_user):
	seller = make_user("SPM Sales User")
	make_assignment([seller])
	with as_user(make_user("SPM Marketing User")):
		doc = frappe.client.insert({"doctype": "SPM Lead", "lead_name": "From an interface", "score": 99})
	assert doc["lead_owner"] == seller and doc["score"] != 99
