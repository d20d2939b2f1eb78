"""Builders of records for tests: valid with the fewest values, unique by a random part, one per record type.

Every builder takes the record's fields as keywords and inserts without asking for permissions, because a test
builds its world as nobody in particular. Masters (pipeline, stages) are made on first use within a test.
"""

from __future__ import annotations

import frappe

PASSWORD = "a long test passphrase 7"
"""The same as in tests/support/http.py, where HTTP clients log in with it."""


def unique(prefix: str = "") -> str:
	"""A name nobody else uses."""
	return f"{prefix}{frappe.generate_hash(length=8)}"


def make(doctype: str, **values):
	"""Insert a document of any type as the system."""
	return frappe.get_doc({"doctype": doctype, **values}).insert(ignore_permissions=True)


def make_user(*roles: str, email: str | None = None, user_type: str = "System User", **values) -> str:
	"""Make an enabled user with these roles (and no others) and return the name."""
	email = email or f"{unique('user-')}@example.com"
	doc = frappe.get_doc(
		{
			"doctype": "User",
			"email": email,
			"first_name": email.split("@")[0],
			"send_welcome_email": 0,
			"enabled": 1,
			"user_type": user_type,
			"roles": [{"role": role} for role in roles],
			**values,
		}
	)
	doc.flags.no_welcome_mail = True
	doc.flags.ignore_password_policy = True
	doc.insert(ignore_permissions=True)
	if "System Manager" not in roles:
		# On a site without one, the framework makes every new user a System Manager.
		frappe.db.delete("Has Role", {"parent": doc.name, "role": ["not in", roles or ("",)]})
		frappe.clear_cache(user=doc.name)
	return doc.name


def make_contact(customer: str | None = None, email: str | None = None, **values):
	"""A contact, linked to the customer when one is given, with a primary e-mail address."""
	first_name = values.pop("first_name", unique("Contact "))
	doc = {"doctype": "Contact", "first_name": first_name, **values}
	doc["email_ids"] = [{"email_id": email or f"{unique('c-')}@example.com", "is_primary": 1}]
	if customer:
		doc.setdefault("links", []).append({"link_doctype": "SPM Customer", "link_name": customer})
	return frappe.get_doc(doc).insert(ignore_permissions=True)


def make_customer(**values):
	"""A customer whose account manager is Administrator unless said otherwise."""
	values.setdefault("customer_name", unique("Customer "))
	values.setdefault("account_manager", "Administrator")
	return make("SPM Customer", **values)


def make_lead(**values):
	"""A new lead of a person at an organisation."""
	values.setdefault("lead_name", unique("Person "))
	values.setdefault("organisation", unique("Organisation "))
	values.setdefault("lead_owner", "Administrator")
	return make("SPM Lead", **values)


def make_pipeline(stages: list[dict] | None = None, **values):
	"""A pipeline with stages; by default two on the road, on hold, won and lost, without gates.

	Returns (pipeline, {stage name as given: stage document}).
	"""
	values.setdefault("pipeline_name", unique("Pipeline "))
	pipeline = make("SPM Pipeline", **values)
	made = {}
	for position, stage in enumerate(stages or DEFAULT_STAGES, 1):
		made[stage["stage_name"]] = make(
			"SPM Stage", **{"pipeline": pipeline.name, "position": position, **stage}
		)
	return pipeline, made


DEFAULT_STAGES = [
	{"stage_name": "First Contact", "stage_type": "Open", "probability": 10},
	{"stage_name": "Proposal", "stage_type": "Ongoing", "probability": 50},
	{"stage_name": "Won", "stage_type": "Won", "probability": 100},
	{"stage_name": "Lost", "stage_type": "Lost", "probability": 0},
	{"stage_name": "Paused", "stage_type": "On Hold", "probability": 0},
]


def make_opportunity(**values):
	"""An open opportunity over 1,000 in a pipeline without gates."""
	if not values.get("customer"):
		values["customer"] = make_customer(
			account_manager=values.get("opportunity_owner", "Administrator")
		).name
	if not values.get("pipeline"):
		values["pipeline"] = make_pipeline()[0].name
	values.setdefault("title", unique("Deal "))
	values.setdefault("opportunity_owner", "Administrator")
	values.setdefault("amount", 1000)
	return make("SPM Opportunity", **values)


def make_won_opportunity(**values):
	"""An opportunity that was won today."""
	doc = make_opportunity(**values)
	stage = frappe.db.get_value("SPM Stage", {"pipeline": doc.pipeline, "stage_type": "Won"})
	doc.stage = stage
	doc.save(ignore_permissions=True)
	return doc


def make_loss_reason(**values):
	"""A loss reason of category Price."""
	values.setdefault("reason", unique("Too expensive "))
	values.setdefault("category", "Price")
	return make("SPM Loss Reason", **values)


def make_product(**values):
	"""A product with a list price of 100."""
	values.setdefault("product_name", unique("Product "))
	values.setdefault("list_price", 100)
	return make("SPM Product", **values)


def make_interaction(**values):
	"""A call that happened just now."""
	values.setdefault("interaction_type", "Call")
	values.setdefault("content", "We talked.")
	values.setdefault("happened_on", frappe.utils.now_datetime())
	return make("SPM Interaction", **values)
