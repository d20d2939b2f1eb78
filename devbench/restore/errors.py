"""The one error of restoring: a sentence and its remedy."""


class RestoreError(Exception):
	"""Restoring the framework failed.

	Attributes:
		sentence: what went wrong.
		remedy: what the person can do about it.
	"""

	def __init__(self, sentence: str, remedy: str = ""):
		super().__init__(f"{sentence} {remedy}".strip())
		self.sentence = sentence
		self.remedy = remedy
