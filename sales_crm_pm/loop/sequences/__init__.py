"""Drip sequences: who joins, what they get when, and what ends it.

	joining.py   finds and enrols contacts: by hand, from a segment, by an event
	stopping.py  ends enrolments: answers, tickets, deals, unsubscribed, bounced, left
	sending.py   the runner: one step of one contact is one transaction, and happens once
	mail.py      the letter, its language, the link to unsubscribe
	control.py   what people do: activate, pause, resume, end
	results.py   statistics and the rehearsal ("who would get what when")

Everything is read from what is stored, not from events that could be missed: a worker that was away for a day
catches up, and running twice changes nothing.
"""

ENROLMENT, DELIVERY, SEQUENCE = "SPM Sequence Enrolment", "SPM Sequence Delivery", "SPM Sequence"
RUNNING = ("Active", "Paused")
