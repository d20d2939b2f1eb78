"""Reading and writing records that live as files in the modules of apps."""

import frappe
from frappe import get_module_path
from frappe.modules.utils import (
	export_customizations,
	export_doc,
	export_module_json,
	get_doc_module,
	get_doc_path,
	get_doctype_app_map,
	get_doctype_module,
	get_module_app,
	get_module_name,
	load_doctype_module,
	make_boilerplate,
	reload_doc,
	scrub,
	scrub_dt_dn,
	sync_customizations,
	sync_customizations_for_doctype,
)
