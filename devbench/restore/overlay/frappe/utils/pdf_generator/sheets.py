"""Parse the big style sheets of the assets once per process instead of several times per PDF.

Parsing the framework's print styles takes longer than drawing the page. A built asset never changes under
its name, so what WeasyPrint made of it can be used again, as long as it only holds rules for elements: fonts,
pages, layers and imports register themselves with the document that is being drawn.
"""

import os
import re
from collections import OrderedDict
from threading import Lock
from urllib.parse import unquote, urlsplit

import weasyprint.css
from frappe.utils.pdf_generator.fetch import SiteFetcher, local_path
from weasyprint import CSS

KEEP = 12
_PER_DOCUMENT = re.compile(rb"@(font-face|page|layer|import|counter-style|color-profile|namespace)", re.IGNORECASE)

_known: OrderedDict[tuple, CSS] = OrderedDict()
_lock = Lock()


def _sheet(*args, url=None, url_fetcher=None, media_type="print", **kwargs) -> CSS:
	"""Stand in for the class CSS where WeasyPrint reads the <link> and <style> elements of a page."""
	path = _asset_path(url, url_fetcher)
	if not path:
		return CSS(*args, url=url, url_fetcher=url_fetcher, media_type=media_type, **kwargs)

	key = (path, os.stat(path).st_mtime_ns, media_type)
	with _lock:
		if key in _known:
			_known.move_to_end(key)
			return _known[key]
	with open(path, "rb") as file:
		if _PER_DOCUMENT.search(file.read()):
			return CSS(*args, url=url, url_fetcher=url_fetcher, media_type=media_type, **kwargs)
	sheet = CSS(url=url, url_fetcher=url_fetcher, media_type=media_type)
	with _lock:
		_known[key] = sheet
		while len(_known) > KEEP:
			_known.popitem(last=False)
	return sheet


def _asset_path(url: str | None, url_fetcher) -> str | None:
	"""Return the file of an asset of this site, None for every other address."""
	if not url or not isinstance(url_fetcher, SiteFetcher):
		return None
	parts = urlsplit(url)
	if not parts.path.startswith("/assets/") or not url_fetcher.is_own(parts.netloc):
		return None
	return local_path(unquote(parts.path))


# WeasyPrint has no hook for this; its version is pinned, and without the name nothing but speed is lost.
if hasattr(weasyprint.css, "CSS"):
	weasyprint.css.CSS = _sheet
