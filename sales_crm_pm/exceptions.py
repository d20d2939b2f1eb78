"""Typed errors of the app.

All are `frappe.ValidationError`s, so that the desk shows the sentence and REST answers with status 417.
Errors that name what is still wanted carry the list in `.missing` and put it into the response, where
an integrator finds it without parsing the sentence.
"""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import escape_html


class SPMError(frappe.ValidationError):
	"""Base of every rule of ours that was broken."""


class MissingInformationError(SPMError):
	"""Something is still wanted before the step can be taken; `.missing` lists it in the user's words."""

	def __init__(self, message: str = "", missing: list[str] | None = None):
		super().__init__(message)
		self.missing = list(missing or [])


class StageGateError(MissingInformationError):
	"""The stage gate of an opportunity still wants something."""


class HandoverError(MissingInformationError):
	"""Delivering or closing a project still wants something."""


class CharterError(MissingInformationError):
	"""A project is not ready for approval, or for the status it was to take."""


class DuplicateRecordError(SPMError):
	"""The record is here already by a rule for duplicates.

	`.duplicates` lists what was found, as far as the user may know it; `.may_ignore` says that the same
	request with `ignore_duplicates` would be carried out.
	"""

	def __init__(self, message: str = "", duplicates: list[dict] | None = None, may_ignore: bool = False):
		super().__init__(message)
		self.duplicates = list(duplicates or [])
		self.may_ignore = may_ignore


class MergeError(SPMError):
	"""Two records cannot be united as they are."""


class TransitionError(SPMError):
	"""A status change that the workflow does not allow from here."""


class AlreadyConvertedError(SPMError):
	"""The lead is a customer already."""


class LeadTakenError(SPMError):
	"""The lead has left the pool: somebody else was faster, or it is closed."""


class NotWonError(SPMError):
	"""A project was asked for before its opportunity was won."""


class ReopenError(SPMError):
	"""A won opportunity with a living project cannot be reopened."""


class StageError(SPMError):
	"""The stage does not belong to the pipeline, is disabled, or is missing from it."""


class ExchangeRateError(SPMError):
	"""No rate is known for a pair of currencies."""


class SplitError(SPMError):
	"""The shares of a team do not add up to 100 %."""


class DependencyCycleError(SPMError):
	"""Tasks would wait for each other in a circle."""


class OverAllocationError(SPMError):
	"""Somebody would be booked for more than there is on a day, and the settings refuse that."""


class SurveyClosedError(SPMError):
	"""The survey link was used before, has run out, or never existed."""


class ImportRunError(SPMError):
	"""A file cannot be imported as it is, or a run cannot be undone any more."""


class FrozenError(SPMError):
	"""The content of a quotation was to be changed after it left the draft."""


class ApprovalError(SPMError):
	"""A quotation needs somebody else's approval before this step."""


class QuotationClosedError(SPMError):
	"""The quotation cannot be answered (any more), or its link does not belong to one."""


class AnswerIncompleteError(MissingInformationError):
	"""A customer's answer was to be recorded without saying who, when or why."""


class ProductError(SPMError):
	"""A product that is not sold any more, or a bundle that contains itself."""


class PaymentPlanError(SPMError):
	"""The payment plan would not add up to the contract, or a settled payment would be lost."""


class PlanChangedError(SPMError):
	"""Somebody else changed the payment plan since it was read."""


class ChangeRequestError(SPMError):
	"""A change request does not hold together, or a step of it is not possible now."""


class StaleVersionError(ChangeRequestError):
	"""Somebody agreed to a version of a change request that is not the newest any more."""


def throw_missing(
	exception: type[MissingInformationError], sentence: str, missing: list[str], title: str | None = None
):
	"""Raise `exception` with a sentence and the list of what is missing, for people and for programs.

	:param exception: a subclass of MissingInformationError
	:param sentence: translated sentence that says which step was refused
	:param missing: what is still wanted, in the user's words and already translated
	:raises MissingInformationError: always, with `.missing` set
	"""
	frappe.local.response["missing"] = list(missing)
	# msgprint rather than frappe.throw: the exception has to carry the list and be raised as this object.
	frappe.msgprint(
		"{}<ul>{}</ul>".format(sentence, "".join(f"<li>{escape_html(item)}</li>" for item in missing)),
		title=title or _("Something Is Missing"),
		indicator="red",
	)
	raise exception(_("{0} Still missing: {1}.").format(sentence, ", ".join(one.rstrip(".。") for one in missing)), missing)
