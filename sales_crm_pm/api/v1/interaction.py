"""REST: write down a talk in one call, and make one of a pasted conversation."""

from typing import Any

import frappe
from frappe import _

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.insight import parties as party_list
from sales_crm_pm.loop import chat
from sales_crm_pm.loop import interaction as talk


@frappe.whitelist(methods=["POST"])
def log(
	content: str,
	interaction_type: str = "Note",
	customer: str | None = None,
	lead: str | None = None,
	opportunity: str | None = None,
	project: str | None = None,
	contact: str | None = None,
	happened_on: str | None = None,
	duration_minutes: int | None = None,
	outcome: str | None = None,
	next_step: str | None = None,
	next_date: str | None = None,
	place: str | None = None,
	latitude: float | None = None,
	longitude: float | None = None,
	files: str | list[str] | None = None,
	key: str | None = None,
) -> dict[str, Any]:
	"""Write down a talk.

	:param content: what was said
	:param interaction_type: Call, Visit, Meeting, E-mail, WeChat, WeCom, Message or Note
	:param customer: at least one of customer, lead, opportunity and project is needed
	:param happened_on: now when not given
	:param next_date: day of the next follow-up
	:param files: addresses of uploaded files to attach
	:param key: sending the same key again does not log the talk again (a phone that was offline)
	:return: interaction, created
	:raises frappe.PermissionError: no right to log talks or to see whom it was with
	"""
	frappe.has_permission("SPM Interaction", "create", throw=True)
	if key and (
		known := frappe.db.get_value(
			"SPM Interaction", {"source_message_id": f"log:{key}"}, ["name", "owner"]
		)
	):
		if known[1] == frappe.session.user:
			return {"interaction": known[0], "created": False}
		frappe.throw(_("The key {0} was used already. Send another one.").format(key), exc=SPMError)
	doc = frappe.new_doc("SPM Interaction")
	given = {
		"interaction_type": interaction_type,
		"customer": customer,
		"lead": lead,
		"opportunity": opportunity,
		"project": project,
		"contact": contact,
		"happened_on": happened_on,
		"duration_minutes": duration_minutes,
		"outcome": outcome,
		"next_step": next_step,
		"next_date": next_date,
		"place": place,
		"latitude": latitude,
		"longitude": longitude,
		"source_message_id": f"log:{key}" if key else None,
	}
	doc.update({"content": content, **{name: value for name, value in given.items() if value}})
	for file in frappe.parse_json(files) or ():
		doc.append("attachments", {"file": file})
	doc.insert()
	return {"interaction": doc.name, "created": True}


@frappe.whitelist(methods=["POST"])
def read_chat(text: str, customer: str | None = None) -> dict[str, Any]:
	"""Show what a pasted conversation of WeChat, WeCom, DingTalk, WhatsApp and others would become.

	:return: count, channel, started, ended, minutes, participants (name, count, contact, user, label),
	    transcript, customer, is_known, known (the talk that holds it already)
	:raises frappe.PermissionError: no right to log talks
	"""
	frappe.has_permission("SPM Interaction", "create", throw=True)
	if customer:
		frappe.get_doc("SPM Customer", customer).check_permission("read")
	return chat.preview(text, customer)


@frappe.whitelist(methods=["POST"])
def log_chat(
	text: str,
	customer: str | None = None,
	lead: str | None = None,
	opportunity: str | None = None,
	project: str | None = None,
	interaction_type: str | None = None,
	subject: str | None = None,
	outcome: str | None = None,
	next_step: str | None = None,
	next_date: str | None = None,
	people: str | dict[str, Any] | None = None,
) -> dict[str, Any]:
	"""Make one talk of a pasted conversation; doing it twice does it once.

	:param people: name in the text → {"contact": name} or {"user": name}, to correct who was recognised
	:return: interaction, created
	:raises frappe.PermissionError: no right to log talks or to see whom it was with
	"""
	frappe.has_permission("SPM Interaction", "create", throw=True)
	return chat.log(
		text,
		frappe.parse_json(people) or {},
		customer=customer,
		lead=lead,
		opportunity=opportunity,
		project=project,
		interaction_type=interaction_type,
		subject=subject,
		outcome=outcome,
		next_step=next_step,
		next_date=next_date,
	)


@frappe.whitelist(methods=["GET"])
def parties(search: str | None = None) -> dict[str, Any]:
	"""Whom a talk may be with, for a quick choice: recent ones first, then one's own, or what a search finds.

	:return: recent, mine, found: lists of doctype, name, title, hint
	:raises frappe.PermissionError: no right to log talks
	"""
	frappe.has_permission("SPM Interaction", "create", throw=True)
	return party_list.offered((search or "").strip())


@frappe.whitelist(methods=["POST"])
def finish(interaction: str, status: str = "Done") -> dict[str, Any]:
	"""Mark the follow-up of a talk as done or cancelled.

	:param status: Done or Cancelled
	:return: interaction, follow_up_status
	:raises frappe.PermissionError: for anybody but who has to follow up or may change the talk
	"""
	doc = frappe.get_doc("SPM Interaction", interaction)
	doc.check_permission("read")
	if status not in ("Done", "Cancelled"):
		frappe.throw(
			_("A follow-up is finished as Done or Cancelled, not as {0}.").format(status), exc=SPMError
		)
	talk.finish_follow_up(doc, status)
	return {"interaction": doc.name, "follow_up_status": doc.follow_up_status}


@frappe.whitelist(methods=["POST"])
def postpone(interaction: str, next_date: str) -> dict[str, Any]:
	"""Move the follow-up of a talk to another day.

	:return: interaction, next_date
	:raises frappe.PermissionError: for anybody but who has to follow up or may change the talk
	"""
	doc = frappe.get_doc("SPM Interaction", interaction)
	doc.check_permission("read")
	talk.postpone_follow_up(doc, next_date)
	return {"interaction": doc.name, "next_date": doc.next_date}
