"""The plan in Chromium: two thousand tasks, dragging, linking, undo, keys, board, portfolio, phone, picture."""

from __future__ import annotations

import frappe
import pytest

from tests.factories import unique
from tests.factories_delivery import forget_customer, make_milestone
from tests.factories_plan import day, make_big_plan, make_plan, make_plan_project
from tests.support.browser import PHONE

PAGE = "/desk/spm-gantt"
FIRST_PAINT = 2000
"""Milliseconds from choosing a plan of 2,000 tasks to its first bars."""
FRAME = 34
"""Milliseconds: half of the frames of a drag come faster than this."""
PNG = b"\x89PNG\r\n\x1a\n"
PAINTED = """async ([project, first]) => {
	const start = performance.now();
	frappe.set_route("spm-gantt", project);
	while (!document.querySelector(`.spm-g-bar[data-id="${first}"] .spm-g-shape`)) {
		if (performance.now() - start > 30000) return 30000;
		await new Promise(requestAnimationFrame);
	}
	await new Promise(requestAnimationFrame);
	return performance.now() - start;
}"""
COUNT_FRAMES = """() => {
	window.spm_frames = [];
	let last = performance.now();
	const step = now => { window.spm_frames.push(now - last); last = now; requestAnimationFrame(step); };
	requestAnimationFrame(step);
}"""


class Plan:
	"""A committed project of a manager: A before B before C, D alone, a milestone of C."""

	def __init__(self, committed):
		self.committed = committed
		self.manager = committed.user(f"{unique('plan-')}@example.com", "SPM Project Manager")
		project = make_plan_project(project_manager=self.manager, project_name=unique("Line "))
		self.project, self.customer = project.name, project.customer
		committed.on_cleanup(lambda: forget_customer(self.customer))
		self.milestone = make_milestone(self.project, planned_date=day(9), title="Line runs").name
		_project, self.tasks = make_plan(
			("Alpha", 0, 2, []),
			("Beta", 2, 2, ["Alpha"]),
			("Gamma", 4, 3, ["Beta"]),
			("Delta", 0, 1, []),
			project=self.project,
		)
		frappe.db.set_value("SPM Task", self.tasks["Gamma"], "milestone", self.milestone)
		committed.commit()

	def value(self, subject, *fields):
		frappe.db.rollback()
		return frappe.db.get_value(
			"SPM Task", self.tasks[subject], list(fields) if len(fields) > 1 else fields[0]
		)


@pytest.fixture
def plan(committed):
	return Plan(committed)


class Chart:
	"""A person's chart."""

	def __init__(self, window, plan):
		self.window, self.page, self.plan = window, window.page, plan

	def open(self, query="", ready=".spm-g-bar .spm-g-shape"):
		self.window.open(f"{PAGE}/{self.plan.project}{query}", ready)
		return self

	def bar(self, subject, part="move"):
		return self.page.locator(f".spm-g-bar[data-id='{self.plan.tasks[subject]}'] [data-part='{part}']")

	def row(self, subject):
		return self.page.locator(f".spm-g-row[data-id='{self.plan.tasks[subject]}']")

	def drag(self, source, target=None, by=0):
		"""Drag a part of a bar by so many pixels, or onto a point of another one."""
		source.hover(force=True)
		box = source.bounding_box()
		x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
		self.page.mouse.move(x, y)
		self.page.mouse.down()
		if target:
			other = target.bounding_box()
			to = (other["x"] + 3, other["y"] + other["height"] / 2)
		else:
			to = (x + by, y)
		self.page.mouse.move(x + 8, y + 1, steps=2)
		self.page.mouse.move(*to, steps=8)
		self.page.mouse.up()

	def saved(self):
		self.page.wait_for_function("!document.querySelector('.spm-gantt.is-saving, .spm-g-pending')")
		self.window.settle()


def test_two_thousand_tasks_open_at_once_and_drag_smoothly(visit, committed):
	manager = committed.user(f"{unique('big-')}@example.com", "SPM Project Manager")
	project, names = make_big_plan(2000)
	customer = frappe.db.get_value("SPM Project", project, "customer")
	committed.on_cleanup(lambda: forget_customer(customer))
	frappe.db.set_value("SPM Project", project, "project_manager", manager)
	committed.commit()
	window = visit(manager)
	page = window.page
	window.open(PAGE, ".spm-g-empty, .spm-g-row")
	times = [page.evaluate(PAINTED, [project, names[0]])]
	while min(times) > FIRST_PAINT and len(times) < 4:
		# Somebody else may have had the machine: once more, by the way a person goes.
		page.evaluate("frappe.set_route('spm-gantt')")
		page.locator(".is-portfolio").wait_for()
		times.append(page.evaluate(PAINTED, [project, names[0]]))
	assert min(times) < FIRST_PAINT, times
	assert page.locator(".spm-g-row").count() < 80, "rows out of sight are in the page"
	assert "2000" in page.locator(".spm-g-count").inner_text()

	page.locator(".spm-g-scroll").evaluate("e => { e.scrollTop = 30000 }")
	page.wait_for_timeout(300)
	assert page.locator(".spm-g-row").count() < 80
	page.locator(".spm-g-scroll").evaluate("e => { e.scrollTop = 0 }")
	page.wait_for_timeout(200)
	bar = page.locator(f".spm-g-bar[data-id='{names[2]}'] [data-part='move']")
	bar.wait_for()
	box = bar.bounding_box()
	page.mouse.move(box["x"] + 5, box["y"] + 8)
	page.evaluate(COUNT_FRAMES)
	page.mouse.down()
	for step in range(60):
		page.mouse.move(box["x"] + 5 + step * 2, box["y"] + 8)
	frames = sorted(page.evaluate("window.spm_frames"))
	page.keyboard.press("Escape")
	page.mouse.up()
	assert frames[len(frames) // 2] < FRAME, frames[-10:]
	window.settle()

	page.locator(".spm-g-filters input[type=search]").fill("Task 1999")
	page.wait_for_function("document.querySelectorAll('.spm-g-row').length === 1")
	assert "search=Task" in page.url
	window.assert_clean()


def test_a_moved_task_takes_the_others_along_after_a_preview_and_comes_back(visit, plan):
	chart = Chart(visit(plan.manager), plan).open()
	page = chart.page
	chart.row("Alpha").locator(".spm-g-name").click()
	# What is selected stays in sight.
	page.locator(".spm-g-zooms button", has_text="Day").click()
	page.wait_for_timeout(300)
	before = [plan.value(name, "planned_start_date") for name in plan.tasks]
	# Two days of 34 pixels.
	chart.drag(chart.bar("Alpha"), by=70)
	pending = page.locator(".spm-g-pending")
	pending.wait_for()
	assert "Moves 2 more tasks" in pending.inner_text() and "+2 days" in pending.inner_text()
	assert page.locator(".spm-g-ghost").count() >= 3
	pending.locator("button", has_text="Show which").click()
	assert "Gamma" in pending.inner_text()
	chart.window.shot("gantt-preview")
	assert plan.value("Alpha", "planned_start_date") == day(0), "nothing is stored before it is saved"
	pending.locator(".btn-primary").click()
	chart.saved()
	assert [plan.value(n, "planned_start_date") for n in ("Alpha", "Beta", "Gamma")] == [
		day(2),
		day(4),
		day(6),
	]
	page.locator(".spm-g-scroll").focus()
	page.keyboard.press("Control+z")
	page.wait_for_function(
		"document.querySelector('[aria-live=assertive]').textContent.startsWith('Taken back')"
	)
	chart.saved()
	assert [plan.value(name, "planned_start_date") for name in plan.tasks] == before

	# Longer at its end: what waits moves by as much.
	chart.drag(chart.bar("Beta", "end"), by=34)
	pending.wait_for()
	page.keyboard.press("Enter")
	chart.saved()
	assert plan.value("Beta", "duration_days") == 3 and plan.value("Gamma", "planned_start_date") == day(5)

	# A link by dragging from one end to another, a circle refused with the names of the tasks.
	chart.drag(chart.bar("Delta", "link-end"), chart.bar("Beta"))
	chart.saved()
	frappe.db.rollback()
	links = dict(
		frappe.get_all(
			"SPM Task Dependency", {"parent": plan.tasks["Beta"]}, ["task", "link_type"], as_list=True
		)
	)
	assert links == {plan.tasks["Alpha"]: "FS", plan.tasks["Delta"]: "FS"}
	chart.drag(chart.bar("Gamma", "link-end"), chart.bar("Alpha"))
	problem = page.locator(".spm-g-problem")
	problem.wait_for()
	assert "wait for each other" in problem.inner_text() and "Alpha" in problem.inner_text()
	chart.window.shot("gantt-cycle")
	problem.locator("button").click()

	# The arrow opens its dialog.
	page.locator(f".spm-g-link[data-from='{plan.tasks['Delta']}'] .spm-g-link-hit").dispatch_event("click")
	dialog = page.locator(".modal.show")
	dialog.wait_for()
	page.wait_for_timeout(300)
	dialog.locator("[data-fieldname='type'] select").select_option("SS")
	dialog.locator("[data-fieldname='lag'] input").fill("1")
	dialog.locator(".btn-modal-primary").click()
	chart.saved()
	frappe.db.rollback()
	row = {"parent": plan.tasks["Beta"], "task": plan.tasks["Delta"]}
	assert frappe.db.get_value("SPM Task Dependency", row, ["link_type", "lag_days"]) == ("SS", 1)
	# The refused circle is the one thing that may be in the log of the browser.
	refusal = ("HTTP 4", "Failed to load", "DependencyCycleError")
	assert [p for p in chart.window.problems if not any(word in p for word in refusal)] == []


def test_keys_edit_indent_and_add_and_a_member_has_no_handles(visit, plan, committed):
	chart = Chart(visit(plan.manager), plan).open()
	page = chart.page
	chart.row("Delta").locator(".spm-g-name").click()
	page.locator(".spm-g-scroll").focus()
	page.keyboard.press("Enter")
	page.locator(".spm-g-row .spm-g-input").fill("Delta painted")
	page.keyboard.press("Enter")
	chart.saved()
	assert plan.value("Delta", "subject") == "Delta painted"
	page.keyboard.press("Shift+ArrowRight")
	page.locator(".spm-g-pending").wait_for()
	page.keyboard.press("Enter")
	chart.saved()
	assert plan.value("Delta", "planned_start_date") == day(1)
	page.keyboard.press("Alt+ArrowRight")
	chart.saved()
	assert plan.value("Delta", "parent_task") == plan.tasks["Gamma"]
	page.keyboard.press("Alt+ArrowLeft")
	chart.saved()
	assert not plan.value("Delta", "parent_task")
	page.keyboard.press("n")
	page.locator(".spm-g-row .spm-g-input").fill("Epsilon")
	page.keyboard.press("Enter")
	chart.saved()
	frappe.db.rollback()
	assert frappe.db.exists("SPM Task", {"project": plan.project, "subject": "Epsilon"})

	# The same tasks on the board, with the same filter.
	page.locator(".spm-g-filters input[type=search]").fill("alpha")
	page.locator("[role=tab]", has_text="Board").click()
	card = page.locator(".spm-g-card")
	card.wait_for()
	assert card.count() == 1 and "view=board" in page.url and "search=alpha" in page.url
	card.drag_to(page.locator(".spm-g-column[data-status='Working'] .spm-g-cards"))
	page.locator(f".spm-g-column[data-status='Working'] [data-id='{plan.tasks['Alpha']}']").wait_for()
	chart.saved()
	assert plan.value("Alpha", "status") == "Working"
	chart.window.shot("gantt-board")
	chart.window.assert_clean()

	member = committed.user(f"{unique('member-')}@example.com", "SPM Delivery Member")
	project = frappe.get_doc("SPM Project", plan.project)
	project.append("team", {"user": member})
	project.save()
	frappe.db.set_value("SPM Task", plan.tasks["Beta"], "assigned_to", member)
	committed.commit()
	reader = Chart(visit(member), plan).open()
	reader.row("Alpha").locator(".spm-g-name").click()
	assert reader.page.locator(".spm-g-bar .spm-g-knob").count() == 2, "only their own task"
	assert reader.bar("Beta", "link-end").count() == 1 and reader.bar("Alpha", "end").count() == 0
	assert reader.page.locator(".page-actions .primary-action:visible").count() == 0
	reader.window.assert_clean()


def test_portfolio_picture_and_a_chinese_phone(visit, plan):
	window = visit(plan.manager)
	page = window.page
	window.open(PAGE, ".is-project")
	project = page.locator(f".spm-g-row[data-id='{plan.project}']")
	project.locator(".spm-g-fold").click()
	page.locator(f".spm-g-row[data-id='{plan.tasks['Gamma']}']").wait_for()
	assert page.locator(f".spm-g-bar[data-id='{plan.project}'] .spm-g-mark").count() == 1
	page.locator(".spm-g-filters select").nth(2).select_option("Red")
	page.locator(".spm-g-empty").wait_for()
	assert "health=Red" in page.url
	window.shot("gantt-portfolio")
	page.locator(".spm-g-empty button").click()
	project.locator(".spm-g-name").dblclick()
	page.locator(f".spm-g-row[data-id='{plan.tasks['Alpha']}']").wait_for()
	with page.expect_download() as download:
		page.locator(".spm-g-tools .dropdown > button").click()
		page.locator(".dropdown-item", has_text="Save as a picture").click()
	picture = download.value.path().read_bytes()
	assert picture.startswith(PNG) and len(picture) > 20_000
	assert int.from_bytes(picture[16:20], "big") > 1200, "wide enough to be read"
	window.assert_clean()

	frappe.db.set_value("User", plan.manager, "language", "zh")
	plan.committed.commit()
	frappe.clear_cache(user=plan.manager)
	phone = Chart(visit(plan.manager, viewport=PHONE), plan).open()
	assert phone.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
	heights = phone.page.evaluate(
		"[...document.querySelectorAll('.spm-g-tools button, .spm-g-filters button')].filter(e => e.offsetParent && !e.closest('.dropdown-menu')).map(e => e.offsetHeight)"
	)
	assert min(heights) >= 40, heights
	phone.bar("Alpha").click()
	sheet = phone.page.locator(".spm-g-sheet")
	sheet.wait_for()
	assert "后续任务" in sheet.inner_text() and "Beta" in sheet.inner_text()
	sheet.locator("select").first.select_option("Completed")
	phone.page.wait_for_function("document.querySelector('.spm-g-sheet footer .btn-primary') === null")
	phone.saved()
	assert plan.value("Alpha", "status") == "Completed"
	phone.window.shot("gantt-phone-zh")
	phone.window.assert_clean()
