"""The scheduler against an independent computation, against textbooks, and against the clock.

The independent computation knows no numbered days, no order of tasks and no inverse of a lag: it pushes dates,
day by day, until no link complains any more (forward), or pulls them until none does (backward).
"""

import random
import time
from datetime import date, timedelta
from itertools import pairwise

import pytest

from sales_crm_pm.rules.activity import ALAP, ASAP, FNET, FNLT, MFO, MSO, SNET, SNLT, Activity
from sales_crm_pm.rules.network import BACKWARD, schedule
from sales_crm_pm.rules.task_tree import FF, FS, LINK_TYPES, SF, SS, CycleError, Link, check, followers
from sales_crm_pm.rules.workday_axis import NoWorkingDayError
from sales_crm_pm.rules.workdays import EVERY_DAY, Calendar

DAY = timedelta(days=1)
MONDAY = date(2026, 3, 2)
WEEKDAYS = Calendar()


def day(number: int) -> date:
	"""The working day of a Monday to Friday calendar, 0 is the first Monday."""
	return MONDAY + DAY * (number // 5 * 7 + number % 5)


class Naive:
	"""Dates by trying: the same rules, none of the same method."""

	def __init__(self, activities, links, calendar, leave):
		self.tasks = {a.name: a for a in activities}
		self.parts = {}
		for a in activities:
			if a.parent:
				self.parts.setdefault(a.parent, []).append(a.name)
		self.leaves = {a.name: self.leaves_of(a.name) for a in activities}
		self.calendar, self.leave = calendar, leave
		# A link into a summary is a link into each of its leaves.
		self.links = [(k, leaf) for k in links for leaf in self.leaves[k.successor]]
		waiting = {}
		for k, leaf in self.links:
			waiting.setdefault(leaf, []).append(k.kind)
		self.waits = set(waiting)
		self.at_end = {leaf for leaf, kinds in waiting.items() if FS in kinds or FF in kinds}
		self.leaf_names = [n for n in self.tasks if n not in self.parts]
		self.begin = min(
			(
				t.actual_start or t.start
				for n, t in self.tasks.items()
				if n in self.leaf_names and self.stands(t)
			),
			default=min((t.start for t in activities if t.start), default=MONDAY),
		)

	def stands(self, t):
		return t.actual_start or (t.start and t.name not in self.waits)

	def leaves_of(self, name):
		return [x for p in self.parts[name] for x in self.leaves_of(p)] if name in self.parts else [name]

	def works(self, name, d):
		return self.calendar.is_working(d) and d not in self.leave.get(self.tasks[name].calendar, ())

	def finish(self, name, start):
		left, d = self.tasks[name].duration - 1, start
		while left > 0:
			d += DAY
			left -= self.works(name, d)
		return d

	def span(self, name, start):
		"""First moment and last moment, as the day that begins then."""
		t = self.tasks[name]
		if t.actual_finish:
			return min(t.actual_start or t.start or t.actual_finish, t.actual_finish), t.actual_finish + DAY
		if not t.duration:
			moment = start + DAY if name in self.at_end else start
			return moment, moment
		return start, self.finish(name, start) + DAY

	def span_of(self, name, at):
		spans = [self.span(leaf, at.get(leaf)) for leaf in self.leaves[name]]
		return min(s for s, _f in spans), max(f for _s, f in spans)

	def shifted(self, moment, lag, to_start):
		if not lag:
			return moment
		d = moment
		if lag > 0:
			# So many working days pass from the moment on; a start then needs the next working day.
			left = lag
			while True:
				if self.calendar.is_working(d):
					if not left:
						return d
					left -= 1
					if not left and not to_start:
						return d + DAY
				d += DAY
		left = -lag + (0 if to_start else 1)
		while left:
			d -= DAY
			left -= self.calendar.is_working(d)
		return d if to_start else d + DAY

	def holds(self, link, leaf, at, start):
		source = self.span_of(link.predecessor, at)[1 if link.kind in (FS, FF) else 0]
		target = self.span(leaf, start)[0 if link.kind in (FS, SS) else 1]
		return target >= self.shifted(source, link.lag, link.kind in (FS, SS))

	def within(self, t, start, early):
		"""Whether a start keeps the early (or the late) side of the constraint."""
		if not t.constraint_date:
			return True
		first, last = start, start if not t.duration else self.finish(t.name, start)
		limit, kind = t.constraint_date, t.constraint
		if kind == MSO:
			while not self.works(t.name, limit):
				limit += DAY
		if kind == MFO:
			while not self.works(t.name, limit):
				limit -= DAY
		if early:
			return not ((kind in (SNET, MSO) and first < limit) or (kind in (FNET, MFO) and last < limit))
		return not ((kind in (SNLT, MSO) and first > limit) or (kind in (FNLT, MFO) and last > limit))

	def earliest(self, least=None):
		at = {}
		for name in self.leaf_names:
			t = self.tasks[name]
			if t.actual_finish:
				continue
			floor = t.actual_start or (
				t.start
				if t.start and name not in self.waits and t.constraint not in (MSO, MFO)
				else self.begin
			)
			if not t.duration and name in self.at_end and not t.actual_start:
				# The end of the day before is the beginning of the plan.
				floor -= DAY * 7
				while not (self.works(name, floor) and floor + DAY >= self.begin):
					floor += DAY
			at[name] = max(floor, (least or {}).get(name, floor))
		changed = True
		while changed:
			changed = False
			for name in at:
				t, before = self.tasks[name], at[name]
				while not (
					self.works(name, at[name])
					and (
						t.actual_start
						or (
							self.within(t, at[name], True)
							and all(
								self.holds(k, leaf, at, at[name]) for k, leaf in self.links if leaf == name
							)
						)
					)
				):
					at[name] += DAY
				changed |= at[name] != before
		return at

	def end(self, at):
		return max(self.span(n, at.get(n))[1] for n in self.leaf_names)

	def latest(self, early, end):
		at = {n: max(early[n], end) for n in early}
		changed = True
		while changed:
			changed = False
			for name in at:
				before = at[name]
				while not (
					self.works(name, at[name])
					and self.span(name, at[name])[1] <= end
					and self.within(self.tasks[name], at[name], False)
					and all(
						(self.tasks[leaf].actual_start and k.kind in (FS, SS))
						or leaf not in at
						or self.holds(Link(name, leaf, k.kind, k.lag), leaf, at, at[leaf])
						for k, leaf in self.links
						if k.predecessor == name or name in self.leaves[k.predecessor]
					)
				):
					at[name] -= DAY
				changed |= at[name] != before
		return at

	def days_between(self, name, a, b):
		sign = 1 if b >= a else -1
		a, b = min(a, b), max(a, b)
		return sign * sum(self.works(name, a + DAY * n) for n in range((b - a).days))


def random_calendar(chance):
	off = chance.choice([{5, 6}, {5, 6}, {6}, set(), {4, 5}])
	holidays = {MONDAY + DAY * chance.randrange(60) for _n in range(chance.randrange(6))}
	return Calendar(
		frozenset(off), frozenset(holidays), frozenset({MONDAY + DAY * 12} if chance.random() < 0.3 else ())
	)


def random_network(chance, summaries=True, pins=True, constraints=True):
	size = chance.randint(4, 11)
	names = [f"T{n}" for n in range(size)]
	calendar = random_calendar(chance)
	leave = {"Ann": {MONDAY + DAY * (chance.randrange(30) + n) for n in range(chance.randrange(1, 6))}}
	parent = {}
	if summaries and chance.random() < 0.5:
		for group in range(chance.randint(1, 2)):
			for name in chance.sample(names, chance.randint(1, 3)):
				parent.setdefault(name, f"S{group}")
		names += sorted(set(parent.values()))
	order = chance.sample(names, len(names))
	links = []
	for number, name in enumerate(order):
		for other in chance.sample(order[:number], min(number, chance.choice([0, 1, 1, 2, 3]))):
			kind = chance.choice(LINK_TYPES)
			if other.startswith("S") and kind in (SS, SF) and not summaries == "starts":
				kind = FS
			links.append(Link(other, name, kind, chance.choice([0, 0, 0, 1, 2, 4, -1, -2])))
	activities = []
	for name in names:
		a = Activity(name, chance.choice([0, 1, 1, 2, 3, 5, 8]), parent=parent.get(name))
		a.start = MONDAY + DAY * chance.randrange(12) if chance.random() < 0.9 else None
		a.calendar = chance.choice([None, None, "Ann"])
		if constraints and chance.random() < 0.2:
			a.constraint = chance.choice([SNET, SNLT, FNET, FNLT, MSO, MFO])
			a.constraint_date = MONDAY + DAY * chance.randrange(40)
		if pins and chance.random() < 0.15 and a.duration:
			a.actual_start = MONDAY + DAY * chance.randrange(12)
			if chance.random() < 0.5:
				a.actual_finish = a.actual_start + DAY * chance.randrange(9)
		activities.append(a)
	return activities, links, calendar, leave


def acyclic_network(chance, **options):
	while True:
		activities, links, calendar, leave = random_network(chance, **options)
		try:
			check([a.name for a in activities], {a.name: a.parent for a in activities}, links)
		except CycleError:
			continue
		return activities, links, calendar, leave


@pytest.mark.parametrize("block", range(12))
def test_a_hundred_random_networks_as_the_independent_computation_says(block):
	"""Twelve times a hundred: all link types, lags both ways, calendars, leave, constraints, facts, summaries."""
	chance = random.Random(f"network {block}")
	for number in range(100):
		activities, links, calendar, leave = acyclic_network(chance)
		plan = schedule(activities, links, calendar, leave)
		naive = Naive(activities, links, calendar, leave)
		early = naive.earliest()
		end = naive.end(early)
		late = naive.latest(early, end)
		for name in naive.leaf_names:
			t, found = naive.tasks[name], plan.tasks[name]
			where = f"network {number} of block {block}, task {name}"
			if t.actual_finish:
				assert found.finish == t.actual_finish, where
				continue
			assert found.early_start == early[name], where
			if t.duration:
				assert found.early_finish == naive.finish(name, early[name]), where
			assert found.late_start == late[name], where
			assert found.total_float == naive.days_between(name, early[name], late[name]), where
			assert found.is_critical == (found.total_float <= 0), where
			assert (found.start, found.finish) == (found.early_start, found.early_finish), where
		for name, parts in naive.parts.items():
			assert plan.tasks[name].start == min(plan.tasks[p].start for p in parts)
			assert plan.tasks[name].finish == max(plan.tasks[p].finish for p in parts)


@pytest.mark.parametrize("block", range(3))
def test_float_is_how_far_a_task_can_slip(block):
	"""By definition: one day more than the total float moves the end, one more than the free float a successor."""
	chance = random.Random(f"float {block}")
	for number in range(50):
		activities, links, calendar, leave = acyclic_network(chance, pins=False, constraints=False)
		plan = schedule(activities, links, calendar, leave)
		naive = Naive(activities, links, calendar, leave)
		early = naive.earliest()
		end = naive.end(early)

		def slipped(name, days, early=early, naive=naive):
			d = early[name]
			while days:
				d += DAY
				days -= naive.works(name, d)
			return naive.earliest({name: d})

		for name in naive.leaf_names:
			found, where = plan.tasks[name], f"network {number} of block {block}, task {name}"
			assert naive.end(slipped(name, found.total_float)) == end, where
			assert naive.end(slipped(name, found.total_float + 1)) > end, where
			others = {n: d for n, d in early.items() if n != name}
			after = slipped(name, found.free_float)
			assert {n: after[n] for n in others} == others and naive.end(after) == end, where
			after = slipped(name, found.free_float + 1)
			assert {n: after[n] for n in others} != others or naive.end(after) > end, where


def test_starts_of_summaries_bind_what_waits_for_them():
	chance = random.Random("starts")
	for _number in range(60):
		activities, links, calendar, leave = acyclic_network(chance, summaries="starts", pins=False)
		plan = schedule(activities, links, calendar, leave)
		early = Naive(activities, links, calendar, leave).earliest()
		assert {n: plan.tasks[n].early_start for n in early} == early


@pytest.mark.parametrize("block", range(3))
def test_backwards_everything_ends_in_time_and_nothing_could_be_later(block):
	chance = random.Random(f"back {block}")
	for number in range(60):
		activities, links, calendar, leave = acyclic_network(chance, pins=False, constraints=False)
		end = MONDAY + DAY * 200
		plan = schedule(activities, links, calendar, leave, BACKWARD, end=end)
		naive = Naive(activities, links, calendar, leave)
		late = naive.latest(dict.fromkeys(naive.leaf_names, MONDAY), end + DAY)
		for name in naive.leaf_names:
			assert plan.tasks[name].start == late[name], f"network {number} of block {block}, task {name}"
			assert plan.tasks[name].total_float >= 0
		assert not plan.conflicts


# Textbooks
# ------------------


def chain(*rows, **more):
	"""Activities and FS links from (name, duration, predecessors)."""
	activities = [Activity(name, days, MONDAY) for name, days, _before in rows]
	links = [Link(p, name) for name, _days, before in rows for p in before]
	return schedule(activities, links, more.pop("calendar", WEEKDAYS), **more)


def test_textbook_example_of_seven_activities():
	"""The network of A … H with the critical path A C E G H and 15 days (Heizer/Render, weeks taken as days)."""
	plan = chain(
		("A", 2, ""), ("B", 3, ""), ("C", 2, "A"), ("D", 4, "AB"), ("E", 4, "C"), ("F", 3, "C"), ("G", 5, "DE"), ("H", 2, "FG")
	)  # fmt: skip
	assert plan.critical == ["A", "C", "E", "G", "H"]
	assert plan.end == day(14)
	numbers = {n: (p.early_start, p.late_start, p.total_float) for n, p in plan.tasks.items()}
	expected = {
		"A": (0, 0, 0), "B": (0, 1, 1), "C": (2, 2, 0), "D": (3, 4, 1), "E": (4, 4, 0), "F": (4, 10, 6), "G": (8, 8, 0), "H": (13, 13, 0),
	}  # fmt: skip
	assert numbers == {n: (day(es), day(ls), slack) for n, (es, ls, slack) in expected.items()}
	assert {n: plan.tasks[n].free_float for n in "BDF"} == {"B": 0, "D": 1, "F": 6}


def test_textbook_example_with_two_ways_of_equal_length():
	plan = chain(("A", 3, ""), ("B", 5, "A"), ("C", 5, "A"), ("D", 2, "BC"))
	assert plan.critical == ["A", "B", "C", "D"]
	assert plan.end == day(9)


@pytest.mark.parametrize(
	("kind", "lag", "start"),
	[(FS, 0, 4), (FS, 2, 6), (FS, -1, 3), (SS, 0, 0), (SS, 3, 3), (FF, 0, 1), (FF, 2, 3), (FF, -1, 0), (SF, 5, 2), (SF, 3, 0)],
)  # fmt: skip
def test_each_link_type_by_hand(kind, lag, start):
	"""A lasts four days from Monday, B three."""
	plan = schedule(
		[Activity("A", 4, MONDAY), Activity("B", 3, MONDAY)], [Link("A", "B", kind, lag)], WEEKDAYS
	)
	assert plan.tasks["B"].start == day(start)


def test_weekends_holidays_and_leave_are_not_worked():
	calendar = Calendar(holidays=frozenset({day(2)}), worked=frozenset({MONDAY + DAY * 5}))
	a = Activity("A", 5, MONDAY)
	assert schedule([a], [], calendar).tasks["A"].finish == MONDAY + DAY * 5
	a.calendar = "Ann"
	assert schedule([a], [], calendar, {"Ann": {MONDAY}}).tasks["A"].start == day(1)
	assert schedule([a], [], calendar, {"Ann": {day(1), day(3)}}).tasks["A"].finish == day(6)


def test_moments_without_duration():
	plan = schedule(
		[Activity("Kick-off", 0, MONDAY), Activity("A", 5, MONDAY), Activity("Done", 0), Activity("B", 1)],
		[Link("Kick-off", "A"), Link("A", "Done"), Link("Done", "B")],
		WEEKDAYS,
	)
	assert [plan.tasks[n].start for n in ("Kick-off", "A", "Done", "B")] == [day(0), day(0), day(4), day(5)]


@pytest.mark.parametrize(
	("constraint", "limit", "start", "slack"),
	[
		(ASAP, None, 2, 4),
		(ALAP, None, 6, 4),
		(SNET, 4, 4, 2),
		(SNLT, 3, 2, 1),
		(FNET, 6, 4, 2),
		(FNLT, 4, 2, 0),
		(MSO, 5, 5, 0),
		(MFO, 8, 6, 0),
		(SNLT, 1, 2, -1),
	],
)
def test_constraints_by_hand(constraint, limit, start, slack):
	"""A (2 days) before X (3 days) and L (7 days); X has four days of float."""
	x = Activity("X", 3, MONDAY, constraint, None if limit is None else day(limit))
	plan = schedule(
		[Activity("A", 2, MONDAY), x, Activity("L", 7), Activity("E", 1)],
		[Link("A", "X"), Link("A", "L"), Link("X", "E"), Link("L", "E")],
		WEEKDAYS,
	)
	assert (plan.tasks["X"].start, plan.tasks["X"].total_float) == (day(start), slack)
	assert bool(plan.conflicts) == (slack < 0)
	assert plan.end == day(9)


def test_what_has_happened_counts():
	activities = [Activity("A", 3, MONDAY), Activity("B", 2), Activity("C", 2)]
	links = [Link("A", "B"), Link("B", "C")]
	activities[0].actual_start, activities[0].actual_finish = MONDAY, day(6)
	plan = schedule(activities, links, WEEKDAYS)
	assert (plan.tasks["B"].start, plan.tasks["C"].start) == (day(7), day(9))
	assert not plan.tasks["A"].is_critical
	activities[1].actual_start = day(5)
	assert schedule(activities, links, WEEKDAYS).tasks["C"].start == day(7)


def test_what_is_held_stays_and_what_follows_it_does_not():
	activities = [Activity("A", 5, MONDAY), Activity("B", 2, day(1), held=True), Activity("C", 2, day(1))]
	plan = schedule(activities, [Link("A", "B"), Link("B", "C")], WEEKDAYS)
	assert (plan.tasks["B"].start, plan.tasks["C"].start) == (day(1), day(3))


# Circles
# ------------------


def test_circles_are_named_at_any_depth():
	names = [f"T{n}" for n in range(5000)]
	links = [Link(a, b) for a, b in pairwise(names)]
	check(names, {}, links)
	with pytest.raises(CycleError) as error:
		check(names, {}, [*links, Link(names[-1], names[17])])
	assert set(error.value.cycle) == set(names[17:])
	assert error.value.cycle[0] == error.value.cycle[-1]
	position = error.value.cycle.index("T100")
	assert error.value.cycle[position + 1] == "T101"


@pytest.mark.parametrize(
	("parents", "links"),
	[
		({"A": "A"}, []),
		({"A": "B", "B": "A"}, []),
		({"A": "S"}, [Link("A", "S")]),
		({"A": "S"}, [Link("S", "A")]),
		({"A": "S", "B": "R"}, [Link("S", "B"), Link("R", "A")]),
		({"A": "S", "S": "R"}, [Link("A", "C"), Link("C", "R")]),
	],
)
def test_circles_through_parts_are_refused(parents, links):
	with pytest.raises(CycleError):
		check(["A", "B", "C", "S", "R"], parents, links)


def test_parts_of_one_summary_may_wait_for_each_other():
	check(["A", "B", "S"], {"A": "S", "B": "S"}, [Link("A", "B")])


def test_followers():
	names = ["A", "B", "C", "D", "E", "S", "R"]
	parents = {"B": "S", "C": "S", "D": "R"}
	links = [Link("A", "B"), Link("S", "R")]
	assert followers(names, parents, links, ["A"]) == {"A", "B", "S", "R", "D"}
	assert followers(names, parents, links, ["E"]) == {"E"}


def test_a_calendar_without_working_days_is_told():
	with pytest.raises(NoWorkingDayError):
		schedule([Activity("A", 1, MONDAY)], [], Calendar(days_off=frozenset(range(7))))


def test_two_thousand_tasks_take_a_blink():
	chance = random.Random("big")
	activities = [Activity(f"T{n}", chance.randint(1, 6), MONDAY, parent=f"S{n // 20}") for n in range(2000)]
	activities += [Activity(f"S{n}") for n in range(100)]
	links = [
		Link(
			f"T{chance.randrange(max(0, n - 40), n)}",
			f"T{n}",
			chance.choice(LINK_TYPES),
			chance.randint(-2, 3),
		)
		for n in range(1, 2000)
		for _k in range(2)
	]
	leave = {f"P{n}": {MONDAY + DAY * (n + k) for k in range(10)} for n in range(30)}
	for n, a in enumerate(activities):
		a.calendar = f"P{n % 60}"
	best = 9.0
	for _try in range(5):
		begun = time.process_time()
		plan = schedule(activities, links, WEEKDAYS, leave)
		best = min(best, time.process_time() - begun)
	assert len(plan.tasks) == 2100
	assert best < 0.2, f"{best * 1000:.0f} ms"


def test_every_day_may_be_worked():
	assert schedule([Activity("A", 10, MONDAY)], [], EVERY_DAY).end == MONDAY + DAY * 9


def test_start_to_finish_needs_no_start_before_the_plan():
	plan = schedule([Activity("A", 2, MONDAY), Activity("B", 9)], [Link("A", "B", SF, 1)], WEEKDAYS)
	assert plan.tasks["B"].start == MONDAY
