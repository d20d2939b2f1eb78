"""Every kind of page the desk has renders without an error in the console or a missing file."""

import pytest

from tests.factories import make_customer, make_lead, make_opportunity, make_won_opportunity, unique
from tests.support.browser import PHONE, Visit
from tests.support.committed import Committed

PAGES = {
	"workspace": ("/desk/sales-crm-pm", ".widget.number-widget-box .number"),
	"list": ("/desk/spm-opportunity", ".frappe-list .list-row"),
	"customers": ("/desk/spm-customer", ".frappe-list .list-row"),
	"projects": ("/desk/spm-project", ".frappe-list .list-row"),
	"new-form": ("/desk/spm-opportunity/new", "[data-fieldname='title'] input"),
	"form": ("/desk/spm-opportunity/{opportunity}", ".spm-stage.is-current"),
	"project-form": ("/desk/spm-project/{project}", ".spm-project-head .spm-two-bars"),
	"report-builder": ("/desk/spm-opportunity/view/report", ".datatable .dt-row"),
	"script-report": ("/desk/query-report/SPM Pipeline by Stage", ".datatable .dt-row, .report-wrapper .no-result"),
	"kanban": ("/desk/spm-opportunity/view/kanban/Opportunities (SPM)", ".kanban-cards .kanban-card-wrapper"),
	"gantt": ("/desk/spm-task/view/gantt", "svg.gantt .bar-wrapper"),
	"calendar": ("/desk/spm-task/view/calendar/default", ".fc-view-harness, .fc-view-container, .fc-view"),
	"form-builder": ("/desk/doctype/SPM Opportunity", ".form-tabs-list"),
	"settings": ("/desk/spm-settings", "[data-fieldname='base_currency']"),
	"workflow-builder": ("/desk/workflow-builder/SPM Project Flow", ".vue-flow__node"),
	"print": ("/desk/print/SPM Project/{project}", ".print-preview"),
	"customize-form": ("/desk/customize-form?doc_type=SPM Opportunity", "[data-fieldname='doc_type']"),
}


@pytest.fixture(scope="module")
def records(connection):
	"""A lead, a won opportunity and its project with milestones and tasks, seen by the web server."""
	import frappe

	from sales_crm_pm.loop import initiation

	frappe.set_user("Administrator")
	made = Committed()
	customer = make_customer(customer_name=unique("Harbour "))
	lead = make_lead(lead_name=unique("Jo "))
	deal = make_won_opportunity(customer=customer.name, title=unique("Terminal "))
	# An open deal, so that reports of the pipeline have a row to show.
	open_deal = make_opportunity(customer=customer.name, title=unique("Quay "))
	project, _ = initiation.initiate(deal.name, template="Standard Delivery", project_manager="Administrator")
	names = {"customer": customer.name, "lead": lead.name, "opportunity": deal.name, "project": project}
	for doctype, name in (
		("SPM Customer", customer.name),
		("SPM Lead", lead.name),
		("SPM Opportunity", open_deal.name),
		("SPM Opportunity", deal.name),
		("SPM Project", project),
	):
		made.track(doctype, name)
	for doctype in ("SPM Milestone", "SPM Task"):
		for name in frappe.get_all(doctype, filters={"project": project}, pluck="name"):
			made.track(doctype, name)
	made.commit()
	yield names
	made.clean_up()


@pytest.fixture(scope="module")
def desk(chromium, server, screenshots, records):
	"""One window for all pages, so that the bundles are loaded once."""
	import os

	window = Visit(chromium, server.site_url, screenshots)
	yield window.login("Administrator", os.environ.get("SPM_ADMIN_PASSWORD", "admin"))
	window.close()


@pytest.mark.parametrize("page", PAGES)
def test_page_renders_without_error(page, desk, records):
	path, ready = PAGES[page]
	desk.problems.clear()
	desk.open(path.format(**records), ready)
	desk.shot(f"page-{page}")
	desk.assert_clean()


def test_print_preview_is_not_blank(desk, records):
	desk.problems.clear()
	desk.open(f"/desk/print/SPM Project/{records['project']}", ".print-preview")
	preview = desk.page.frame_locator(".print-format-container iframe, iframe.print-format-container").first
	preview.get_by_text("Final acceptance").first.wait_for(state="visible")
	desk.assert_clean()


def test_setup_wizard_is_over(desk):
	"""A finished site never sends anyone back to the wizard."""
	desk.problems.clear()
	desk.open("/desk", ".desktop-container, .desktop-icon, .layout-main")
	assert "setup-wizard" not in desk.page.url
	desk.shot("page-desktop")
	desk.assert_clean()


def test_form_builder_shows_the_fields(desk):
	desk.problems.clear()
	desk.open("/desk/doctype/SPM Opportunity", ".form-tabs-list")
	desk.page.locator(".form-tabs-list >> text=Form").first.click()
	desk.page.locator(".form-builder-container .field").first.wait_for(state="visible")
	desk.shot("page-form-builder-open")
	desk.assert_clean()


def test_web_form_takes_a_lead_from_a_guest(visit, committed):
	import frappe

	email = f"{frappe.generate_hash(length=8)}@example.com"
	window = visit()
	window.open("/contact-us-sales", "[data-fieldname='lead_name'] input")
	window.page.fill("[data-fieldname='lead_name'] input", "Web Visitor")
	window.page.fill("[data-fieldname='organisation'] input", f"Visitor Ltd {email[:4]}")
	window.page.fill("[data-fieldname='email'] input", email)
	window.page.check("[data-fieldname='consent'] input[type='checkbox']")
	window.shot("page-web-form")
	window.page.locator("button.submit-btn").last.click()
	window.page.locator(".success-page").wait_for(state="visible")
	window.shot("page-web-form-sent")
	frappe.db.rollback()
	lead = frappe.db.get_value("SPM Lead", {"email": email}, ["name", "lead_owner", "status", "source"], as_dict=True)
	committed.track("SPM Lead", lead.name)
	assert lead.status == "New"
	assert lead.source == "Website"
	assert not lead.lead_owner, "a visitor must not own the lead: it waits in the pool"
	window.assert_clean()


def test_portal_page_of_a_customer(visit, records, committed):
	"""A customer's person sees the project's progress on a phone, without the desk."""
	import frappe

	user = committed.user(f"{unique('portal-')}@example.com", "SPM Customer User", user_type="Website User")
	customer = frappe.get_doc("SPM Customer", records["customer"])
	customer.append("portal_users", {"user": user})
	customer.save()
	frappe.db.set_value("SPM Project", records["project"], "status", "In Progress")
	committed.on_cleanup(lambda: frappe.db.delete("SPM Customer Portal User", {"user": user}))
	committed.commit()
	window = visit(user, viewport=PHONE)
	title = frappe.db.get_value("SPM Project", records["project"], "project_name")
	window.open("/my-projects", f"text={title}")
	window.shot("page-portal-list-phone")
	window.open(f"/my-projects/{records['project']}", "text=Final acceptance")
	window.shot("page-portal-project-phone")
	assert window.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
	window.assert_clean()


def test_desk_in_chinese(visit, committed):
	"""A person whose language is Chinese meets no English word of ours."""
	import frappe

	user = committed.user(
		f"zh-{frappe.generate_hash(length=6)}@example.com", "SPM Sales Manager", "SPM Sales User", language="zh"
	)
	window = visit(user)
	window.open("/desk/sales-crm-pm", ".widget.number-widget-box .number")
	window.page.locator("text=我的待跟进").first.wait_for(state="visible")
	window.shot("page-workspace-zh")
	seen = window.text()
	for word in ("客户", "商机", "我的待跟进", "各阶段商机"):
		assert word in seen
	for word in ("Opportunit", "Customer", "Follow-ups", "Pipeline", "Milestone", "SPM "):
		assert word not in seen, f"{word!r} is left in English"
	window.open("/desk/spm-opportunity/new", "[data-fieldname='title'] input")
	window.shot("page-opportunity-zh")
	seen = window.text()
	for word in ("商机名称", "销售阶段", "金额"):
		assert word in seen
	for word in ("Pipeline", "Stage", "Amount", "Probability"):
		assert word not in seen, f"{word!r} is left in English"
	window.assert_clean()
