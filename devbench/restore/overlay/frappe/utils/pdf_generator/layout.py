"""Page size and margins from the options of a PDF, in millimetres."""

from dataclasses import dataclass

MM_PER_UNIT = {"mm": 1.0, "cm": 10.0, "in": 25.4, "inch": 25.4, "pt": 25.4 / 72, "px": 25.4 / 96, "didot": 0.376}

# Width and height upright. The A and B sizes follow ISO 216: each is half of the one before.
PAGE_SIZES = {
	"A0": (841, 1189),
	"A1": (594, 841),
	"A2": (420, 594),
	"A3": (297, 420),
	"A4": (210, 297),
	"A5": (148, 210),
	"A6": (105, 148),
	"A7": (74, 105),
	"A8": (52, 74),
	"A9": (37, 52),
	"B0": (1000, 1414),
	"B1": (707, 1000),
	"B2": (500, 707),
	"B3": (353, 500),
	"B4": (250, 353),
	"B5": (176, 250),
	"B6": (125, 176),
	"B7": (88, 125),
	"B8": (62, 88),
	"B9": (44, 62),
	"B10": (31, 44),
	"C5E": (163, 229),
	"Comm10E": (105, 241),
	"DLE": (110, 220),
	"Executive": (191, 254),
	"Folio": (210, 330),
	"Ledger": (432, 279),
	"Legal": (216, 356),
	"Letter": (216, 279),
	"Tabloid": (279, 432),
}
DEFAULT_MARGIN = 15.0


@dataclass
class PageLayout:
	"""The page and its four margins, in millimetres; a margin of None is as high as what stands in it."""

	width: float
	height: float
	top: float | None
	right: float
	bottom: float | None
	left: float

	@property
	def content_width(self) -> float:
		return self.width - self.left - self.right

	def page_css(self) -> str:
		"""Return the @page rule; it outranks the document's own, because the options decide."""
		top = DEFAULT_MARGIN if self.top is None else self.top
		bottom = DEFAULT_MARGIN if self.bottom is None else self.bottom
		return (
			f"@page {{ size: {self.width:.3f}mm {self.height:.3f}mm !important;"
			f" margin: {top:.3f}mm {self.right:.3f}mm {bottom:.3f}mm {self.left:.3f}mm !important; }}"
		)


def page_layout(options: dict) -> PageLayout:
	"""Return the layout that the options of get_pdf describe; unknown page sizes become A4."""
	width, height = PAGE_SIZES.get(str(options.get("page-size")), PAGE_SIZES["A4"])
	if options.get("page-width") and options.get("page-height"):
		width = in_mm(options["page-width"], width)
		height = in_mm(options["page-height"], height)
	if str(options.get("orientation") or "").lower() == "landscape" and width < height:
		width, height = height, width
	return PageLayout(
		width=width,
		height=height,
		top=in_mm(options.get("margin-top"), None),
		right=in_mm(options.get("margin-right"), DEFAULT_MARGIN),
		bottom=in_mm(options.get("margin-bottom"), None),
		left=in_mm(options.get("margin-left"), DEFAULT_MARGIN),
	)


def in_mm(length, default):
	"""Return a length such as "15mm", "0.5in" or 12 (millimetres) as a number; `default` if it is none."""
	if length is None or length == "":
		return default
	if isinstance(length, int | float):
		return float(length)
	text = str(length).strip().lower()
	number = text.rstrip("abcdefghijklmnopqrstuvwxyz ")
	unit = text[len(number) :].strip() or "mm"
	try:
		return float(number) * MM_PER_UNIT[unit]
	except (ValueError, KeyError):
		return default
