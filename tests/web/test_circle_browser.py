"""The whole circle clicked in the desk, in English and in Chinese, each step by the person whose job it is."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import frappe
import pytest

from tests.factories import unique
from tests.factories_delivery import forget_customer
from tests.support.browser import PHONE

APP = Path(frappe.get_app_path("sales_crm_pm"))
STAGES = ("Requirement Clear", "Solution and Demo", "Quotation or Tender", "Negotiation")
DIALOG = ".modal.show"
TODAY, NEXT_MONTH = "today", "next month"
# What must never be read in a Chinese desk: words of our forms and of the desk's buttons.
ENGLISH = re.compile(
	r"\b(Opportunit\w+|Customer|Lead|Milestone|Project|Stage|Pipeline|Amount|Survey|Task|Status|Save|Actions|Submit)\b"
)


@pytest.fixture(params=["en", "zh"])
def language(request):
	return request.param


@pytest.fixture
def word(language):
	"""`word("Convert")` is what the button says in the language of the run."""
	if language == "en":
		return lambda text: text
	rows = {}
	for path in (Path(frappe.get_app_path("frappe")), APP):
		with open(path / "translations" / "zh.csv", encoding="utf-8", newline="") as stream:
			rows.update({row[0]: row[1] for row in csv.reader(stream) if len(row) > 1 and not any(row[2:3])})
	return lambda text: rows[text]


class Desk:
	"""Clicks and types in a person's window as the person would."""

	def __init__(self, visit, language, word, names):
		self.window = visit()
		self.page = self.window.page
		self.language, self.word, self.names = language, word, names
		self.step = 0

	def be(self, job: str) -> None:
		"""Let another person sit down at the same screen."""
		self.window.login(self.names[job])

	def open(self, path: str, ready: str = ".form-page:visible") -> None:
		self.window.open(path, ready)

	def shot(self, name: str) -> None:
		"""Keep a picture and see that a Chinese screen holds no English word of ours."""
		self.step += 1
		self.window.shot(f"circle-{self.language}-{self.step:02}-{name}")
		if self.language == "zh":
			left = set(ENGLISH.findall(self.window.text())) - self.own_words()
			assert not left, f"{name}: {sorted(left)} left in English"

	@staticmethod
	def own_words() -> set[str]:
		"""Words that stand in names people typed."""
		return set()

	def fill(self, field: str, value: str, inside: str = ".form-page:visible") -> None:
		"""Type into a field; TODAY and NEXT_MONTH are picked from the calendar."""
		control = self.page.locator(f"{inside} [data-fieldname='{field}']")
		box = control.locator("input:visible, textarea:visible, .ql-editor:visible").first
		box.click()
		if value not in (TODAY, NEXT_MONTH):
			box.fill(value)
			box.press("Tab")
			return
		calendar = self.page.locator(".datepicker.active")
		if value == NEXT_MONTH:
			calendar.locator("[data-action=next]").click()
			calendar.locator(".datepicker--cell-day:not(.-other-month-)", has_text="15").click()
		else:
			calendar.locator(".datepicker--cell-day.-current-").click()
		calendar.wait_for(state="hidden")

	def choose(self, field: str, value: str, inside: str = DIALOG) -> None:
		"""Pick a record from the list under a link field."""
		box = self.page.locator(f"{inside} [data-fieldname='{field}'] input:visible").first
		box.click()
		box.fill(value)
		offers = self.page.locator(f"{inside} [data-fieldname='{field}'] .awesomplete p:visible")
		offers.filter(has_text=value).first.click()
		# Leave the field by the title: in the next link field its own list would open over the buttons.
		self.page.locator(f"{inside} .modal-title").first.click()

	def save(self) -> None:
		self.page.locator(".page-head:visible .primary-action:visible").click()
		self.page.wait_for_function("!location.pathname.includes('/new-')")
		self.window.settle()

	def press(self, text: str) -> None:
		"""Press a button of the form's head."""
		button = self.page.locator(".page-head:visible .custom-actions button:visible")
		button.filter(has_text=re.compile(rf"^\s*{re.escape(self.word(text))}\s*$")).first.click()
		self.window.settle()

	def confirm(self) -> None:
		"""Press the main button of the open dialog and wait until it has gone."""
		dialog = self.page.locator(DIALOG).last.element_handle()
		dialog.query_selector(".btn-modal-primary:visible").click()
		# This very dialog: what it has started may open the next one.
		dialog.wait_for_element_state("hidden")
		self.window.settle()

	def wait_for_form(self, slug: str) -> str:
		"""Return the name of the record whose form has opened."""
		self.page.wait_for_url(re.compile(rf"/desk/{slug}/(?!new-)[^/#?]+"))
		self.page.locator(".form-page:visible").first.wait_for()
		self.window.settle()
		return re.search(rf"/desk/{slug}/([^/#?]+)", self.page.url)[1]

	def act(self, text: str, status: str, asks: bool = False) -> None:
		"""Choose a step of the workflow, confirm what it asks, and wait for the status it leads to."""
		head = self.page.locator(".page-head:visible")
		head.locator(".actions-btn-group > button").click()
		item = head.locator(".actions-btn-group .dropdown-item:visible")
		item.filter(has_text=re.compile(rf"^\s*{re.escape(self.word(text))}\s*$")).first.click()
		if asks:
			self.page.locator(DIALOG).wait_for()
			self.page.wait_for_timeout(400)
			self.page.locator(f"{DIALOG} .modal-title").first.click()
			self.confirm()
		self.page.wait_for_function(
			"status => cur_frm && cur_frm.doc.status === status && !cur_frm.is_dirty()", arg=status
		)
		self.window.settle()

	def stage(self) -> str:
		return self.page.locator(".spm-stage.is-current span").inner_text()

	def move_to(self, stage: str, values: dict[str, str], picture: str = "") -> None:
		"""Click a stage on the path and give the gate what it asks for."""
		self.page.locator(".spm-stage", has_text=self.word(stage)).first.click()
		self.give(values, picture)
		self.page.locator(".spm-stage.is-current", has_text=self.word(stage)).first.wait_for()

	def give(self, values: dict[str, str], picture: str = "") -> None:
		dialog = self.page.locator(DIALOG)
		if not values:
			return
		dialog.wait_for()
		self.page.wait_for_timeout(300)
		for field, value in values.items():
			self.fill(field, value, DIALOG)
		for check in dialog.locator("input[type=checkbox]:visible").all():
			check.check()
		if picture:
			self.shot(picture)
		self.confirm()


@pytest.fixture
def desk(visit, language, word, committed):
	tag = unique()
	jobs = {
		"seller": ("SPM Sales User",),
		"director": ("SPM Sales Manager", "SPM Sales User"),
		"manager": ("SPM Project Manager",),
		"agent": ("SPM Service Agent",),
	}
	names = {
		job: committed.user(f"{job}-{tag}@example.com", *roles, language=language) for job, roles in jobs.items()
	}
	desk = Desk(visit, language, word, names)
	yield desk
	# What was on the screen last tells most about a failure.
	desk.window.shot(f"circle-{language}-last")


def catch_and_convert_lead(desk, committed) -> str:
	desk.be("seller")
	desk.open("/desk/spm-lead/new", "[data-fieldname='lead_name'] input:visible")
	company = {"en": "Harbour Works ", "zh": "海港机械 "}[desk.language] + unique()[:4]
	desk.fill("lead_name", {"en": "Li Wei", "zh": "李伟"}[desk.language])
	desk.fill("organisation", company)
	desk.fill("email", f"{unique('li-')}@example.com")
	desk.shot("lead-new")
	desk.save()
	lead = desk.wait_for_form("spm-lead")
	committed.track("SPM Lead", lead)
	desk.press("Convert")
	desk.page.locator(DIALOG).wait_for()
	desk.page.wait_for_timeout(300)
	desk.shot("lead-convert")
	desk.confirm()
	deal = desk.wait_for_form("spm-opportunity")
	frappe.db.rollback()
	customer = frappe.db.get_value("SPM Opportunity", deal, "customer")
	# The plan is written in the language the customer reads.
	frappe.db.set_value("SPM Customer", customer, "language", desk.language)
	committed.commit()
	committed.on_cleanup(lambda: forget_customer(customer))
	return deal


def walk_to_win(desk) -> None:
	page = desk.page
	page.locator(".spm-stage.is-current").first.wait_for()
	assert desk.stage() == desk.word("First Contact")
	need = {"en": "Track 40 cranes", "zh": "跟踪四十台起重机"}[desk.language]
	desk.move_to(STAGES[0], {"requirement": need, "expected_close_date": NEXT_MONTH}, "gate")
	desk.move_to(STAGES[1], {"amount": "260000"}, "gate-checklist")
	desk.move_to(STAGES[2], {})
	desk.move_to(STAGES[3], {})
	desk.shot("opportunity")
	desk.press("Won")
	desk.give({"contract_no": f"HT-{unique()[:4]}", "contract_signed_date": TODAY}, "won-evidence")


def start_project(desk) -> str:
	# Winning offers the project by itself.
	dialog = desk.page.locator(DIALOG, has_text=desk.word("Project Manager"))
	dialog.wait_for()
	desk.page.wait_for_timeout(400)
	desk.choose("project_manager", desk.names["manager"])
	desk.shot("start-project")
	desk.confirm()
	return desk.wait_for_form("spm-project")


def run_project(desk, project: str) -> None:
	desk.be("manager")
	desk.open(f"/desk/spm-project/{project}")
	desk.act("Submit for Approval", "Pending Approval")
	desk.be("director")
	desk.open(f"/desk/spm-project/{project}")
	desk.shot("project-to-approve")
	desk.act("Approve", "Approved")
	desk.be("manager")
	desk.open(f"/desk/spm-project/{project}")
	desk.act("Start", "In Progress")
	frappe.db.rollback()
	milestones = frappe.get_all(
		"SPM Milestone",
		filters={"project": project},
		fields=["name", "acceptance_required"],
		order_by="sequence asc",
	)
	assert len(milestones) == 4
	for number, milestone in enumerate(milestones):
		desk.open(f"/desk/spm-milestone/{milestone.name}")
		if milestone.acceptance_required:
			desk.act("Submit for Acceptance", "Submitted")
			if number == 0:
				desk.shot("milestone-submitted")
			desk.act("Accept", "Accepted", asks=True)
		else:
			desk.act("Complete", "Accepted")
	desk.open(f"/desk/spm-project/{project}")
	desk.page.locator(".spm-project-head .spm-two-bars").first.wait_for()
	desk.shot("project-done")
	desk.act("Deliver", "Delivered")


def answer_survey(desk, visit, project: str) -> str:
	frappe.db.rollback()
	surveys = frappe.get_all("SPM Survey", filters={"project": project}, pluck="name")
	assert len(surveys) == 1, "one contact, one survey"
	desk.be("agent")
	desk.open(f"/desk/spm-survey/{surveys[0]}")
	desk.press("Survey Link")
	link = desk.page.locator(f"{DIALOG} [data-fieldname='link'] .control-value").inner_text()
	desk.shot("survey-link")
	guest = visit(viewport=PHONE)
	guest.open("/survey/" + link.rsplit("/", 1)[-1], "#spm-survey")
	# The page speaks the customer's language without being asked.
	guest.page.locator("#spm-survey button", has_text=desk.word("Send")).wait_for()
	guest.shot(f"circle-{desk.language}-survey")
	guest.page.locator(".spm-score-5").click()
	guest.page.locator("#spm-survey button[type=submit]").click()
	guest.page.locator("#spm-thanks:visible").wait_for()
	guest.shot(f"circle-{desk.language}-survey-thanks")
	guest.assert_clean()
	return surveys[0]


def bring_it_back(desk, survey: str) -> str:
	desk.be("seller")
	desk.open(f"/desk/spm-survey/{survey}")
	desk.shot("survey-answered")
	desk.press("Create Opportunity")
	desk.page.locator(DIALOG).wait_for()
	desk.page.wait_for_timeout(300)
	desk.fill("title", {"en": "Trucks as well", "zh": "再加车辆"}[desk.language], DIALOG)
	desk.fill("amount", "90000", DIALOG)
	desk.confirm()
	return desk.wait_for_form("spm-opportunity")


@pytest.mark.slow
def test_the_circle_is_clicked(desk, visit, committed):
	deal = catch_and_convert_lead(desk, committed)
	walk_to_win(desk)
	project = start_project(desk)
	run_project(desk, project)
	survey = answer_survey(desk, visit, project)
	second = bring_it_back(desk, survey)
	desk.shot("second-generation")

	frappe.db.rollback()
	first, again = (frappe.get_doc("SPM Opportunity", name) for name in (deal, second))
	assert (first.status, first.project, first.project_percent_complete) == ("Won", project, 100)
	assert again.generation == first.generation + 1
	assert again.previous_opportunity == first.name
	assert (again.originated_from_type, again.originated_from) == ("SPM Survey", survey)
	assert frappe.db.get_value("SPM Survey", survey, "follow_up") == second
	desk.window.assert_clean()
