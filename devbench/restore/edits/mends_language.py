"""Words of the desk that were written without asking for a translation."""

from devbench.restore.edit import Edit

EDITS = [
	# The library knows a few languages and fails for all others.
	Edit(
		"frappe/public/js/frappe/views/gantt/gantt_view.js",
		'\t\t\tdate_format: "YYYY-MM-DD",\n\t\t\ton_click',
		'\t\t\tdate_format: "YYYY-MM-DD",\n'
		'\t\t\tlanguage: ["es", "ru", "fr", "tr", "zh"].includes(frappe.boot.lang)\n'
		'\t\t\t\t? frappe.boot.lang\n\t\t\t\t: "en",\n'
		"\t\t\ton_click",
	),
	Edit(
		"frappe/public/js/frappe/ui/sidebar/sidebar.html",
		'<span class="sidebar-item-label">Add Sidebar Item<span>',
		'<span class="sidebar-item-label">{%= __("Add Sidebar Item") %}</span>',
	),
	Edit(
		"frappe/public/js/frappe/ui/sidebar/sidebar.html",
		'discard-button">\n\t\t\t\t\t\tDiscard\n',
		'discard-button">\n\t\t\t\t\t\t{%= __("Discard") %}\n',
	),
	Edit(
		"frappe/public/js/frappe/ui/sidebar/sidebar.html",
		'save-sidebar">\n\t\t\t\t\t\tSave\n',
		'save-sidebar">\n\t\t\t\t\t\t{%= __("Save") %}\n',
	),
	Edit(
		"frappe/public/js/frappe/list/list_filter.js",
		'filter_name: "Save Current Filter",',
		'filter_name: __("Save Current Filter"),',
	),
	Edit(
		"frappe/public/js/frappe/ui/filters/filter_list.js",
		'\t\t\t`${this.filters.length} Filter${this.filters.length > 1 ? "s" : ""} Applied`\n',
		'\t\t\tthis.filters.length === 1\n\t\t\t\t? __("1 Filter Applied")\n'
		'\t\t\t\t: __("{0} Filters Applied", [this.filters.length])\n',
	),
	Edit(
		"frappe/desk/page/desktop/desktop.js",
		"let content = `${this.child_icons.length} Workspaces`;\n"
		"\t\t\t\t$($(this.icon_caption_area).children()[1]).html(__(content));",
		'$($(this.icon_caption_area).children()[1]).html(\n\t\t\t\t\t__("{0} Workspaces", [this.child_icons.length])\n\t\t\t\t);',
	),
	Edit("frappe/www/login.html", "logo_section('Forgot Password')", "logo_section(_('Forgot Password'))"),
	Edit("frappe/www/login.py", 'context["title"] = "Login"', 'context["title"] = _("Login")'),
]
