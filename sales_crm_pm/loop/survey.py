"""Asking customers how it went: make surveys, send them once, remind, take the answer, draw the consequence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import CustomFunction, DocType
from frappe.query_builder.functions import Coalesce, Count
from frappe.utils import add_days, cint, format_date, get_datetime, get_url, getdate, now_datetime
from pypika.functions import Avg

from sales_crm_pm.exceptions import SPMError, SurveyClosedError
from sales_crm_pm.loop import customer_figures, secret_link
from sales_crm_pm.loop.figures import site_language

Round = CustomFunction("ROUND", ["number", "digits"])

OPEN = ("Sent", "Reminded")
BATCH = 200
MAX_COMMENT = 2000
NOT_ANSWERED = -1


def create_for_project(project: Document) -> list[str]:
	"""Make one survey per contact of a delivered project, once; returns the names of all of them."""
	contacts = [row.contact for row in project.contacts if row.gets_survey]
	names = _create(project, contacts, project=project.name)
	if names and not project.survey_state:
		frappe.db.set_value("SPM Project", project.name, "survey_state", "Scheduled", update_modified=False)
	return names


def create_for_milestone(milestone: Document) -> list[str]:
	"""Make one survey per contact of the project for an accepted milestone, once; returns their names."""
	contacts = frappe.get_all(
		"SPM Project Contact",
		filters={"parent": milestone.project, "parenttype": "SPM Project", "gets_survey": 1},
		pluck="contact",
		order_by="idx",
	)
	return _create(milestone, contacts, project=milestone.project, milestone=milestone.name)


def surveys_of(project: str) -> list[str]:
	"""Return the names of the surveys about a project as a whole."""
	return frappe.get_all(
		"SPM Survey",
		filters={"project": project, "milestone": ["is", "not set"]},
		pluck="name",
		order_by="name",
	)


def send_due() -> int:
	"""Hourly job: send every survey whose time has come and that has an address; returns how many.

	Each is marked as sent in the same transaction as its mail is queued, so running twice sends once.
	"""
	if not frappe.get_cached_doc("SPM Settings").survey_enabled:
		return 0
	names = frappe.get_all(
		"SPM Survey",
		filters={
			"status": "Scheduled",
			"scheduled_on": ["<=", now_datetime()],
			"contact_email": ["is", "set"],
		},
		pluck="name",
		order_by="scheduled_on, name",
		limit=BATCH,
	)
	return _for_each(names, _send, "Sending a survey")


def remind_and_expire() -> None:
	"""Daily job: remind who has not answered, once, and close what has run out."""
	settings = frappe.get_cached_doc("SPM Settings")
	frappe.db.set_value(
		"SPM Survey", {"status": ["in", OPEN], "expires_on": ["<", now_datetime()]}, "status", "Expired"
	)
	if not settings.survey_enabled or not settings.survey_reminder_days:
		return
	names = frappe.get_all(
		"SPM Survey",
		filters={
			"status": "Sent",
			"sent_on": ["<=", add_days(now_datetime(), -settings.survey_reminder_days)],
			"contact_email": ["is", "set"],
		},
		pluck="name",
		limit=BATCH,
	)
	_for_each(names, _remind, "Reminding of a survey")


def open_link(name: str) -> str:
	"""Return the personal link of a survey, for sending it by WeChat or reading it out.

	A scheduled survey counts as sent from now on. Raises SurveyClosedError when it cannot be answered
	any more. The caller checks permission.
	"""
	doc = frappe.get_doc("SPM Survey", name, for_update=True)
	if doc.status == "Scheduled":
		_mark_sent(doc)
	elif doc.status not in OPEN:
		frappe.throw(
			_("This survey is {0}; it cannot be answered any more.").format(_(doc.status)),
			exc=SurveyClosedError,
		)
	return _link(doc)


def find_by_token(token: str) -> Document | None:
	"""Return the survey a link belongs to, or None; says nothing about whether it can be answered."""
	name = secret_link.find("SPM Survey", token)
	return frappe.get_doc("SPM Survey", name) if name else None


def why_closed(doc: Document | None) -> str | None:
	"""Return the sentence that tells a visitor why a survey takes no answer, or None when it does."""
	if doc is None or doc.status in ("Cancelled", "Scheduled"):
		return _("This link does not belong to a survey. Please open the link in our message once more.")
	if doc.status == "Answered":
		return _("You have answered this survey already. Thank you!")
	if doc.status == "Expired" or (doc.expires_on and get_datetime(doc.expires_on) < now_datetime()):
		return _("This survey has ended. If you want to tell us something, simply answer our message.")
	return None


def record_answer(token: str, csat: int, nps: int | None = None, comment: str | None = None) -> Document:
	"""Store the answer that came by a personal link, and draw the consequences in the same transaction.

	Raises SurveyClosedError for a link that takes no answer (any more), SPMError for values off the scale.
	"""
	found = find_by_token(token)
	# Locked, so that a double tap is stored once.
	doc = frappe.get_doc("SPM Survey", found.name, for_update=True) if found else None
	if reason := why_closed(doc):
		frappe.throw(reason, title=_("This survey is closed"), exc=SurveyClosedError)
	if not 1 <= csat <= 5:
		frappe.throw(_("Choose a satisfaction from 1 to 5."), exc=SPMError)
	if nps is not None and not 0 <= nps <= 10:
		frappe.throw(_("Choose a number from 0 to 10."), exc=SPMError)
	doc.flags.derived = True
	doc.csat = csat
	doc.nps = NOT_ANSWERED if nps is None else nps
	doc.comment = (comment or "").strip()[:MAX_COMMENT]
	doc.status = "Answered"
	doc.answered_on = now_datetime()
	doc.needs_attention = int(csat <= _low_score())
	# The token has proved who answers; a guest has no rights of their own.
	doc.save(ignore_permissions=True)
	_after_answer(doc)
	return doc


def refresh_customer_scores(customers: Iterable[str] | None = None) -> None:
	"""Write mean satisfaction and last recommendation of these customers (all when None), set-based."""
	names = None if customers is None else [c for c in customers if c]
	if names is not None and not names:
		return
	s, c = DocType("SPM Survey"), DocType("SPM Customer")
	scores = (
		frappe.qb.from_(s)
		.select(s.customer, Round(Avg(s.csat), 2).as_("csat"), Count("*").as_("answers"))
		.where((s.status == "Answered") & (s.csat > 0))
		.groupby(s.customer)
	)
	later, last = DocType("SPM Survey").as_("later"), DocType("SPM Survey").as_("last")
	newest = (
		frappe.qb.from_(last)
		.left_join(later)
		.on(
			(later.customer == last.customer)
			& (later.status == "Answered")
			& (later.nps >= 0)
			& (
				(later.answered_on > last.answered_on)
				| ((later.answered_on == last.answered_on) & (later.name > last.name))
			)
		)
		.select(last.customer, last.nps)
		.where((last.status == "Answered") & (last.nps >= 0) & later.name.isnull())
	)
	if names is not None:
		scores = scores.where(s.customer.isin(names))
		newest = newest.where(last.customer.isin(names))
	scores, newest = scores.as_("scores"), newest.as_("newest")
	query = (
		frappe.qb.update(c)
		.left_join(scores)
		.on(scores.customer == c.name)
		.left_join(newest)
		.on(newest.customer == c.name)
		.set(c.csat_avg, Coalesce(scores.csat, 0))
		.set(c.nps_last, Coalesce(newest.nps, NOT_ANSWERED))
	)
	if names is not None:
		query = query.where(c.name.isin(names))
	query.run()
	# Clears the cached customers too.
	customer_figures.refresh_health(names)


def _create(source: Document, contacts: list[str], **links: str) -> list[str]:
	settings = frappe.get_cached_doc("SPM Settings")
	if not settings.survey_enabled:
		return []
	customer = frappe.db.get_value(
		"SPM Customer", source.customer, ["primary_contact", "language"], as_dict=True
	)
	contacts = list(dict.fromkeys(contacts)) or [c for c in (customer.primary_contact,) if c]
	keys = {_key(source, contact): contact for contact in contacts}
	if not keys:
		return []
	present = dict(
		frappe.get_all(
			"SPM Survey",
			filters={"survey_key": ["in", list(keys)]},
			fields=["survey_key", "name"],
			as_list=True,
		)
	)
	people = _people(contacts)
	names = []
	for key, contact in keys.items():
		if key in present:
			names.append(present[key])
			continue
		person = people.get(contact) or frappe._dict()
		if not _may_be_asked(person):
			continue
		doc = frappe.get_doc(
			{
				"doctype": "SPM Survey",
				"customer": source.customer,
				"opportunity": source.get("opportunity"),
				"contact": contact,
				"contact_email": person.email_id,
				"language": person.language or customer.language or site_language(),
				"scheduled_on": add_days(now_datetime(), cint(settings.survey_delay_days)),
				"survey_key": key,
				"deal_chain": source.deal_chain,
				**links,
			}
		)
		doc.flags.derived = True
		# The delivery makes it; the project manager may not write surveys.
		names.append(doc.insert(ignore_permissions=True).name)
	if not cint(settings.survey_delay_days):
		frappe.enqueue(
			"sales_crm_pm.loop.survey.send_due",
			enqueue_after_commit=True,
			job_id="sales_crm_pm.survey.send_due",
			deduplicate=True,
		)
	return names


def _people(contacts: list[str]) -> dict[str, frappe._dict]:
	contact, user = DocType("Contact"), DocType("User")
	rows = (
		frappe.qb.from_(contact)
		.left_join(user)
		.on(user.name == contact.user)
		.select(
			contact.name,
			contact.email_id,
			contact.first_name,
			contact.last_name,
			contact.survey_opt_out,
			contact.left_company_on,
			user.language,
		)
		.where(contact.name.isin(contacts))
		.run(as_dict=True)
	)
	return {row.name: row for row in rows}


def _may_be_asked(person: frappe._dict) -> bool:
	"""Tell whether a contact takes part in surveys: has not declined, and still works there."""
	left = person.left_company_on
	return not person.survey_opt_out and not (left and getdate(left) <= getdate())


def _for_each(names: list[str], action, title: str) -> int:
	done = 0
	for name in names:
		frappe.db.savepoint("survey")
		try:
			action(name)
			done += 1
		except frappe.OutgoingEmailError:
			# No mail account: nothing else in this run can be sent either; the link can be copied by hand.
			frappe.db.rollback(save_point="survey")
			frappe.log_error(title="Surveys wait for an outgoing e-mail account")
			break
		except Exception:
			frappe.db.rollback(save_point="survey")
			frappe.log_error(title=title, reference_doctype="SPM Survey", reference_name=name)
	return done


def _send(name: str) -> None:
	doc = frappe.get_doc("SPM Survey", name, for_update=True)
	if doc.status != "Scheduled":
		return
	_mark_sent(doc)
	_mail(doc)


def _remind(name: str) -> None:
	doc = frappe.get_doc("SPM Survey", name, for_update=True)
	if doc.status != "Sent":
		return
	doc.flags.derived = True
	doc.status = "Reminded"
	doc.reminded_on = now_datetime()
	doc.save(ignore_permissions=True)
	_mail(doc, is_reminder=True)


def _mark_sent(doc: Document) -> None:
	settings = frappe.get_cached_doc("SPM Settings")
	doc.flags.derived = True
	doc.status = "Sent"
	doc.sent_on = now_datetime()
	doc.token_hash = secret_link.fingerprint(_token(doc))
	if not doc.expires_on and cint(settings.survey_expiry_days):
		doc.expires_on = add_days(doc.sent_on, cint(settings.survey_expiry_days))
	doc.save(ignore_permissions=True)
	if doc.project:
		frappe.db.set_value(
			"SPM Project",
			{"name": doc.project, "survey_state": "Scheduled"},
			"survey_state",
			"Sent",
			update_modified=False,
		)


def _mail(doc: Document, is_reminder: bool = False) -> None:
	language = doc.language or site_language()
	letter = _letter(doc, language)
	subject = _("Reminder: {0}", language).format(letter["subject"]) if is_reminder else letter["subject"]
	frappe.sendmail(
		recipients=[doc.contact_email],
		subject=subject,
		message=letter["message"],
		reference_doctype=doc.doctype,
		reference_name=doc.name,
		add_unsubscribe_link=0,
	)


def _letter(doc: Document, language: str) -> dict[str, str]:
	values = {
		"project_title": subject_of(doc),
		"contact_name": _contact_name(doc.contact),
		"survey_link": _link(doc),
		"expires_on": format_date(getdate(doc.expires_on)) if doc.expires_on else "",
		"customer_name": frappe.db.get_value("SPM Customer", doc.customer, "customer_name"),
	}
	candidates = [
		frappe.get_cached_doc("SPM Settings").get("survey_email_template"),
		f"SPM Survey Invitation ({language.split('-')[0]})",
		"SPM Survey Invitation (en)",
	]
	for name in filter(None, candidates):
		if frappe.db.exists("Email Template", name):
			return frappe.get_doc("Email Template", name).get_formatted_email(values)
	# An admin has removed every template: the question still goes out.
	return {
		"subject": _("How did we do with {0}?", language).format(values["project_title"]),
		"message": '<p><a href="{}">{}</a></p>'.format(values["survey_link"], _("Answer now", language)),
	}


def subject_of(doc: Document) -> str:
	"""Return what a survey is about, in the words the customer knows."""
	if doc.milestone:
		return frappe.db.get_value("SPM Milestone", doc.milestone, "title")
	if doc.project:
		return frappe.db.get_value("SPM Project", doc.project, "project_name")
	return frappe.db.get_value("SPM Customer", doc.customer, "customer_name")


def _contact_name(contact: str | None) -> str:
	person = contact and frappe.db.get_value("Contact", contact, ["first_name", "last_name"])
	return " ".join(part for part in person or () if part)


def _after_answer(doc: Document) -> None:
	if doc.project and not doc.milestone:
		frappe.db.set_value("SPM Project", doc.project, "survey_state", "Answered", update_modified=False)
	refresh_customer_scores([doc.customer])
	if doc.needs_attention:
		_ask_account_manager(doc)


def _ask_account_manager(doc: Document) -> None:
	"""Put one task on the list of whoever looks after the customer."""
	customer = frappe.db.get_value(
		"SPM Customer", doc.customer, ["customer_name", "account_manager"], as_dict=True
	)
	already = {"reference_type": doc.doctype, "reference_name": doc.name, "status": "Open"}
	if not customer.account_manager or frappe.db.exists("ToDo", already):
		return
	language = frappe.db.get_value("User", customer.account_manager, "language") or site_language()
	frappe.get_doc(
		{
			"doctype": "ToDo",
			"allocated_to": customer.account_manager,
			"assigned_by": doc.owner,
			"reference_type": doc.doctype,
			"reference_name": doc.name,
			"priority": "High",
			"date": getdate(),
			"description": frappe.utils.escape_html(
				_("{0} gave {1} of 5 for {2}. Call and find out why.", language).format(
					customer.customer_name, doc.csat, subject_of(doc)
				)
			),
		}
	).insert(ignore_permissions=True)


def _low_score() -> int:
	return cint(frappe.get_cached_doc("SPM Settings").survey_low_score)


def _key(source: Document, contact: str) -> str:
	return hashlib.sha1(f"{source.doctype}|{source.name}|{contact}".encode()).hexdigest()


def _token(doc: Any) -> str:
	return secret_link.secret("survey", doc.name, doc.survey_key or "")


def _link(doc: Document) -> str:
	return get_url(f"/survey/{_token(doc)}")
