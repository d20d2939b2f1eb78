"""Links that let a customer in without login: their secret, and finding the record behind one."""

from __future__ import annotations

import base64
import hashlib
import hmac

import frappe
from frappe.utils.password import get_encryption_key


def secret(*parts: str) -> str:
	"""The secret of the link that belongs to these parts.

	Made from the site's key rather than stored, so that a reminder can carry the same link while the database
	holds nothing but its hash.
	"""
	key = hmac.new(get_encryption_key().encode(), "|".join(parts).encode(), hashlib.sha256).digest()
	return base64.urlsafe_b64encode(key[:24]).decode()


def fingerprint(token: str) -> str:
	"""What is stored of a secret."""
	return hashlib.sha256((token or "").encode()).hexdigest()


def find(doctype: str, token: str) -> str | None:
	"""Name of the record whose `token_hash` belongs to a secret, or None."""
	digest = fingerprint(token)
	found = frappe.db.get_value(doctype, {"token_hash": digest}, ["name", "token_hash"])
	# The index lookup compared bytes already; this one takes the same time for every wrong token.
	return found[0] if found and hmac.compare_digest(found[1], digest) else None
