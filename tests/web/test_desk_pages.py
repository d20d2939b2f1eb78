"""Every kind of page the desk has renders without an error in the console or a missing file."""

import pytest

PAGES = {
	"workspace": ("/desk/sales-crm-pm", ".widget.number-widget-box"),
	"list": ("/desk/spm-opportunity", ".frappe-list .result"),
	"customers": ("/desk/spm-customer", ".frappe-list .result"),
	"new-form": ("/desk/spm-opportunity/new", "[data-fieldname='title'] input"),
	"report-builder": ("/desk/spm-opportunity/view/report", ".datatable, .no-result"),
	"script-report": ("/desk/query-report/SPM Pipeline by Stage", ".page-form"),
	"kanban": ("/desk/spm-opportunity/view/kanban/Opportunities (SPM)", ".kanban-column"),
	"gantt": ("/desk/spm-task/view/gantt", ".gantt-container svg, .gantt, .no-result"),
	"calendar": ("/desk/spm-task/view/calendar/default", ".fc-view-harness, .fc-view-container, .fc-view"),
	"form-builder": ("/desk/doctype/SPM Opportunity", ".form-tabs-list"),
	"settings": ("/desk/spm-settings", "[data-fieldname='base_currency']"),
	"workflow-builder": ("/desk/workflow-builder/SPM Project Flow", ".vue-flow__node"),
	"print": ("/desk/print/SPM Settings/SPM Settings", ".print-preview-wrapper, .print-preview"),
	"customize-form": ("/desk/customize-form?doc_type=SPM Opportunity", "[data-fieldname='doc_type']"),
}


@pytest.mark.parametrize("page", PAGES)
def test_page_renders_without_error(page, visit):
	path, ready = PAGES[page]
	window = visit("Administrator")
	window.open(path, ready)
	window.shot(f"page-{page}")
	window.assert_clean()


def test_setup_wizard_is_over(visit):
	"""A finished site never sends anyone back to the wizard."""
	window = visit("Administrator")
	window.open("/desk", ".desktop-container, .layout-main, .body-sidebar")
	assert "setup-wizard" not in window.page.url
	window.assert_clean()


def test_form_builder_shows_the_fields(visit):
	window = visit("Administrator")
	window.open("/desk/doctype/SPM Opportunity", ".form-tabs-list")
	window.page.locator(".form-tabs-list >> text=Form").first.click()
	window.page.locator(".form-builder-container .field").first.wait_for(state="visible")
	window.shot("page-form-builder-open")
	window.assert_clean()


def test_web_form_takes_a_lead_from_a_guest(visit, committed):
	import frappe

	email = f"{frappe.generate_hash(length=8)}@example.com"
	window = visit()
	window.open("/contact-us-sales", "[data-fieldname='lead_name'] input")
	window.page.fill("[data-fieldname='lead_name'] input", "Web Visitor")
	window.page.fill("[data-fieldname='organisation'] input", f"Visitor Ltd {email[:4]}")
	window.page.fill("[data-fieldname='email'] input", email)
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


def test_desk_in_chinese(visit, committed):
	"""A person whose language is Chinese meets no English word of ours."""
	import frappe

	user = committed.user(
		f"zh-{frappe.generate_hash(length=6)}@example.com", "SPM Sales Manager", "SPM Sales User", language="zh"
	)
	window = visit(user)
	window.open("/desk/sales-crm-pm", ".widget.number-widget-box")
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
