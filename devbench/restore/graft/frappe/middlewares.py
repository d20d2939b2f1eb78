# Public files are those of the site a request is for.


class StaticDataMiddleware(SharedDataMiddleware):  # graft: members
	def get_directory_loader(self, directory):
		"""Return a loader of files below the public folder of the requested site."""
		from frappe import app
		from frappe.utils import resolve_site

		def loader(path):
			site = app._site or resolve_site(
				self.environ.get("HTTP_HOST") or "", self.environ.get("HTTP_X_FRAPPE_SITE_NAME"), directory
			)
			files_path = (Path(directory) / site / "public" / "files").resolve()
			requested = (files_path / Path(cstr(path))).resolve()
			if not requested.is_relative_to(files_path) or not requested.is_file():
				raise NotFound

			return requested.name, self._opener(requested)

		return loader
