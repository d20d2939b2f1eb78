"""What a lead has gathered is in sight of the customer and deal it becomes, and counted by where it came from."""

from __future__ import annotations

import frappe
import pytest
from frappe.desk.form.load import get_docinfo
from frappe.utils.file_manager import save_file

from sales_crm_pm.api.v1 import lead as api
from sales_crm_pm.insight import timeline
from tests.factories import make, make_interaction, make_lead, make_user, unique
from tests.factories_lead import make_pool, make_pool_lead, no_rules


@pytest.fixture
def seller(site):
	no_rules()
	make_pool()
	return make_user("SPM Sales User")


@pytest.fixture
def lead(seller, as_user):
	"""A lead of the pool that the seller claimed, with everything a lead can gather."""
	campaign = make("SPM Campaign", campaign_name=unique("Fair ")).name
	doc = make_pool_lead(
		campaign=campaign, utm_source="news", utm_medium="mail", email=f"{unique()}@example.com"
	)
	with as_user(seller):
		api.claim(doc.name)
	doc.reload()
	doc.add_comment("Comment", "They want it before summer")
	make_interaction(lead=doc.name, subject="First call")
	save_file("plan.txt", b"the plan", "SPM Lead", doc.name, is_private=1)
	send_mail(doc, "Our brochure")
	make(
		"ToDo",
		reference_type="SPM Lead",
		reference_name=doc.name,
		allocated_to=seller,
		description="Call back",
	)
	return doc


def send_mail(lead, subject):
	return make(
		"Communication",
		communication_type="Communication",
		communication_medium="Email",
		sent_or_received="Sent",
		subject=subject,
		content="…",
		reference_doctype="SPM Lead",
		reference_name=lead.name,
	)


def convert(lead, seller, as_user):
	with as_user(seller):
		return api.convert(lead.name)


def test_timelines_of_customer_and_deal_tell_the_lead_s_story(lead, seller, as_user):
	done = convert(lead, seller, as_user)
	with as_user(seller):
		for doctype, name in (("SPM Customer", done["customer"]), ("SPM Opportunity", done["opportunity"])):
			rows = (
				timeline.page(name, 0, 50)
				if doctype == "SPM Customer"
				else timeline.page(name, 0, 50, doctype)
			)
			told = " | ".join(f"{row['kind']} {row['title']} {row['text']}" for row in rows["rows"])
			for words in ("before summer", "First call", "Our brochure", "Claimed", lead.lead_name):
				assert words in told, (doctype, words, told)


def test_forms_show_mails_files_and_what_is_to_do(lead, seller, as_user):
	done = convert(lead, seller, as_user)
	with as_user(seller):
		for doctype, name in (("SPM Customer", done["customer"]), ("SPM Opportunity", done["opportunity"])):
			get_docinfo(doctype=doctype, name=name)
			mails = frappe.response["docinfo"]["communications"]
			assert "Our brochure" in [mail["subject"] for mail in mails], doctype
		assert [f["file_name"] for f in frappe.response["docinfo"]["attachments"]]
	todo = frappe.get_all(
		"ToDo", {"allocated_to": seller, "description": "Call back"}, ["reference_type", "status"]
	)
	assert todo == [{"reference_type": "SPM Opportunity", "status": "Open"}]


def test_campaign_and_marks_come_along(lead, seller, as_user):
	done = convert(lead, seller, as_user)
	deal = frappe.get_doc("SPM Opportunity", done["opportunity"])
	assert (deal.campaign, deal.utm_source, deal.utm_medium) == (lead.campaign, "news", "mail")
	assert frappe.db.get_value("SPM Customer", done["customer"], "campaign") == lead.campaign


def test_converting_again_adds_nothing(lead, seller, as_user):
	done = convert(lead, seller, as_user)

	def counts():
		return (
			frappe.db.count(
				"Communication Link", {"link_name": ["in", [done["customer"], done["opportunity"]]]}
			),
			frappe.db.count("File", {"attached_to_name": done["opportunity"]}),
		)

	before = counts()
	assert before[1] == 1
	assert convert(lead, seller, as_user)["created"] is False
	assert counts() == before


def test_a_mail_that_comes_later_is_told_as_well(lead, seller, as_user):
	done = convert(lead, seller, as_user)
	mail = send_mail(lead, "One more thing")
	linked = frappe.get_all("Communication Link", {"parent": mail.name}, pluck="link_name")
	assert {done["customer"], done["opportunity"]} <= set(linked)


def test_who_looks_after_the_customer_later_reads_the_lead(lead, seller, as_user):
	done = convert(lead, seller, as_user)
	successor, stranger = make_user("SPM Sales User"), make_user("SPM Sales User")
	frappe.db.set_value("SPM Customer", done["customer"], "account_manager", successor)
	with as_user(successor):
		assert frappe.has_permission("SPM Lead", "read", doc=lead.name)
		assert not frappe.has_permission("SPM Lead", "write", doc=lead.name)
		assert frappe.get_list("SPM Lead Move", filters={"lead": lead.name})
	with as_user(stranger):
		assert not frappe.has_permission("SPM Lead", "read", doc=lead.name)


def test_a_lead_without_history_is_converted_all_the_same(seller, as_user):
	doc = make_lead(lead_owner=seller)
	assert convert(doc, seller, as_user)["created"]
