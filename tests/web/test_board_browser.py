"""The pipeline board and the form in Chromium: drag, keyboard, gate dialog, winning, losing, realtime, phone."""

from __future__ import annotations

import frappe
import pytest

from tests.factories import make_customer, make_loss_reason, make_opportunity, make_pipeline, unique
from tests.support.browser import PHONE

BOARD = "/desk/spm-board"
DIALOG = ".modal.show"
STAGES = [
	{"stage_name": "Talk", "stage_type": "Open", "probability": 10, "max_days": 5},
	{
		"stage_name": "Offer",
		"stage_type": "Ongoing",
		"probability": 50,
		"required_fields": [{"fieldname": "contract_no"}, {"fieldname": "products"}],
	},
	{"stage_name": "Signed", "stage_type": "Won"},
	{"stage_name": "Gone", "stage_type": "Lost"},
	{"stage_name": "Asleep", "stage_type": "On Hold"},
]


class Road:
	"""A pipeline with three deals of a salesperson, committed."""

	def __init__(self, committed):
		self.committed = committed
		self.seller = committed.user(f"{unique('board-')}@example.com", "SPM Sales User")
		pipeline, stages = make_pipeline(STAGES)
		committed.track("SPM Pipeline", pipeline.name)
		for stage in stages.values():
			committed.track("SPM Stage", stage.name)
		self.pipeline, self.stages = pipeline.name, {label: stage.name for label, stage in stages.items()}
		self.customer = make_customer(account_manager=self.seller).name
		committed.track("SPM Customer", self.customer)
		self.product = frappe.get_doc(
			{"doctype": "SPM Product", "product_name": unique("Crane "), "list_price": 10}
		).insert()
		committed.track("SPM Product", self.product.name)
		self.deals = [self.deal(f"Deal {number}", 1000 * number) for number in (1, 2, 3)]

	def deal(self, title, amount):
		doc = make_opportunity(
			title=title,
			amount=amount,
			pipeline=self.pipeline,
			customer=self.customer,
			opportunity_owner=self.seller,
		)
		self.committed.track("SPM Opportunity", doc.name)
		self.committed.commit()
		return doc.name

	def value(self, deal, *fields):
		frappe.db.rollback()
		return frappe.db.get_value("SPM Opportunity", deal, list(fields))


@pytest.fixture
def road(committed):
	return Road(committed)


class Board:
	"""A person's board."""

	def __init__(self, window, road):
		self.window, self.page, self.road = window, window.page, road

	def open(self):
		# The pipeline it opens with may have no deal.
		self.window.open(BOARD, ".spm-columns, .spm-empty")
		self.page.select_option(".spm-filter-wide select", self.road.pipeline)
		self.window.settle()
		self.card(0).wait_for()
		return self

	def column(self, label):
		return self.page.locator(f".spm-column[data-stage='{self.road.stages[label]}']")

	def card(self, number):
		return self.page.locator(f".spm-deal[data-name='{self.road.deals[number]}']")

	def in_column(self, label, number):
		return self.column(label).locator(f".spm-deal[data-name='{self.road.deals[number]}']")

	def choose(self, number, label):
		"""Move by the menu on the card."""
		self.card(number).locator(".spm-deal-menu").click()
		self.card(number).locator(".dropdown-menu.show .dropdown-item", has_text=label).click()

	def fill(self, field, value):
		box = self.page.locator(f"{DIALOG} [data-fieldname='{field}'] input:visible").first
		box.click()
		box.fill(value)
		if self.page.locator(f"{DIALOG} [data-fieldname='{field}'] .awesomplete").count():
			offer = self.page.locator(f"{DIALOG} [data-fieldname='{field}'] .awesomplete p:visible")
			offer.filter(has_text=value).first.click()
			self.page.locator(f"{DIALOG} .modal-title").first.click()
		else:
			box.press("Tab")

	def confirm(self):
		dialog = self.page.locator(DIALOG).last.element_handle()
		dialog.query_selector(".btn-modal-primary:visible").click()
		dialog.wait_for_element_state("hidden")
		self.window.settle()


def test_a_drop_that_the_gate_refuses_asks_for_exactly_what_is_missing(visit, road):
	board = Board(visit(road.seller), road).open()
	board.card(0).drag_to(board.column("Offer").locator(".spm-cards"))
	board.page.locator(DIALOG).wait_for()
	board.page.wait_for_timeout(400)
	text = board.page.locator(DIALOG).inner_text()
	assert "Contract or Order No." in text and "Products" in text and "Requirement" not in text
	assert road.value(road.deals[0], "stage") == road.stages["Talk"]
	board.fill("contract_no", "C-7")
	board.fill("row__products__product", road.product.name)
	board.window.shot("board-gate")
	board.confirm()
	board.in_column("Offer", 0).wait_for()
	assert tuple(road.value(road.deals[0], "stage", "contract_no")) == (road.stages["Offer"], "C-7")
	assert "1 deal" in board.column("Offer").inner_text()
	assert "2 deals" in board.column("Talk").inner_text()
	board.window.assert_clean()


def test_keys_move_a_card_to_hold_and_back(visit, road):
	board = Board(visit(road.seller), road).open()
	board.card(1).focus()
	board.page.keyboard.press("ArrowDown")
	board.page.wait_for_timeout(200)
	assert board.page.evaluate("document.activeElement.className").startswith("spm-deal")
	board.card(1).focus()
	board.page.keyboard.press("m")
	menu = board.card(1).locator(".dropdown-menu.show")
	menu.wait_for()
	menu.locator(".dropdown-item", has_text="Asleep").press("Enter")
	board.page.locator(DIALOG).wait_for()
	board.page.wait_for_timeout(300)
	board.page.locator(f"{DIALOG} [data-fieldname='reason'] textarea").fill("Budget freeze")
	board.confirm()
	board.in_column("Asleep", 1).wait_for()
	frappe.db.rollback()
	log = frappe.get_all(
		"SPM Opportunity Stage Log", {"parent": road.deals[1]}, ["reason"], order_by="idx desc"
	)
	assert log[0].reason == "Budget freeze"


def test_won_asks_for_the_date_and_offers_the_project(visit, road):
	board = Board(visit(road.seller), road).open()
	board.choose(2, "Signed")
	board.page.locator(DIALOG).wait_for()
	board.page.wait_for_timeout(400)
	assert "Won On" in board.page.locator(DIALOG).inner_text()
	board.fill("contract_no", "C-9")
	product = board.page.locator(f"{DIALOG} [data-fieldname='row__products__product'] input:visible")
	if product.count():
		board.fill("row__products__product", road.product.name)
	board.window.shot("board-won")
	board.confirm()
	offer = board.page.locator(DIALOG, has_text="Project Manager")
	offer.wait_for()
	# The first link field opens its list over the buttons; leave it by the title.
	board.page.wait_for_timeout(300)
	offer.locator(".modal-title").click()
	offer.locator(".btn-modal-secondary:visible").click()
	board.in_column("Signed", 2).wait_for()
	assert road.value(road.deals[2], "status") == "Won"


def test_lost_asks_for_the_reason(visit, road):
	reason = make_loss_reason()
	road.committed.track("SPM Loss Reason", reason.name)
	road.committed.commit()
	board = Board(visit(road.seller), road).open()
	board.choose(0, "Gone")
	board.page.locator(DIALOG).wait_for()
	board.page.wait_for_timeout(300)
	board.fill("loss_reason", reason.name)
	board.confirm()
	board.in_column("Gone", 0).wait_for()
	assert road.value(road.deals[0], "loss_reason") == reason.name


def test_the_form_meets_the_same_gate(visit, road):
	window = visit(road.seller)
	window.open(f"/desk/spm-opportunity/{road.deals[0]}", ".spm-stage.is-current")
	window.page.locator(".spm-stage", has_text="Offer").first.click()
	dialog = window.page.locator(DIALOG)
	dialog.wait_for()
	window.page.wait_for_timeout(300)
	assert "Contract or Order No." in dialog.inner_text() and "Products" in dialog.inner_text()
	dialog.locator(".btn-modal-close:visible").first.click()
	dialog.wait_for(state="hidden")
	assert road.value(road.deals[0], "stage") == road.stages["Talk"]
	# Typed into the field instead of clicked: the save is refused with the same words.
	answer = window.page.evaluate(
		"""async stage => {
			await cur_frm.set_value("stage", stage);
			try { await cur_frm.save(); } catch (e) { return "refused"; }
			return cur_frm.is_dirty() ? "refused" : "saved";
		}""",
		road.stages["Offer"],
	)
	assert answer == "refused"
	assert "Contract or Order No." in window.page.locator(".msgprint").inner_text()


def test_another_person_s_move_shows_by_itself(visit, road, http):
	board = Board(visit(road.seller), road).open()
	http(road.seller).call(
		"sales_crm_pm.api.v1.opportunity.move", opportunity=road.deals[1], stage="Asleep", reason="elsewhere"
	)
	board.in_column("Asleep", 1).wait_for()
	assert "2 deals" in board.column("Talk").inner_text()


def test_on_a_phone_columns_swipe_and_nothing_else_does(visit, road):
	board = Board(visit(road.seller, viewport=PHONE), road).open()
	page = board.page
	assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
	assert page.evaluate("(e => e.scrollWidth > e.clientWidth)(document.querySelector('.spm-columns'))")
	sizes = page.evaluate(
		"[...document.querySelectorAll('.spm-deal-menu, .spm-board-bar .form-control')].map(e => e.offsetHeight)"
	)
	assert min(sizes) >= 40
	board.window.shot("board-phone")
	board.window.assert_clean()
