"""The page class for formats of the print format builder."""

from frappe.utils.pdf_generator import sheets  # noqa: F401  (keeps parsed style sheets)
from frappe.utils.pdf_generator.fetch import SiteFetcher
from weasyprint import CSS, HTML

# The columns of a section are flex boxes, which this version of WeasyPrint does not break across sheets:
# the rows of a long table would be lost behind the lower edge. Table cells are broken.
BUILDER_CSS = """
.section-columns.row {
	display: table !important; table-layout: fixed !important; width: 100% !important;
	margin-left: 0 !important; margin-right: 0 !important;
}
.section-columns.row > .column { display: table-cell !important; vertical-align: top !important; padding: 0 10px; }
.section-columns.row > .column:first-child { padding-left: 0 !important; }
.section-columns.row > .column:last-child { padding-right: 0 !important; }
"""


class BuilderPage(HTML):
	"""A page whose files are read from disk with the user's rights and whose columns may be long."""

	def __init__(self, *args, **kwargs):
		super().__init__(*args, url_fetcher=SiteFetcher(), **kwargs)

	def render(self, *args, stylesheets=None, **kwargs):
		"""Draw the page; the columns' rules come on top of the given style sheets."""
		return super().render(*args, stylesheets=[*(stylesheets or []), CSS(string=BUILDER_CSS)], **kwargs)
