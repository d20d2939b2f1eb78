"""Commands around a site: cache, console, scripts, data, configuration, server."""

import json
import os
import sys

import click

import frappe
from frappe.commands import each_site, get_site, on_site, pass_context


@click.command("clear-cache")
@pass_context
def clear_cache(context):
	"Clear cache, doctype cache and defaults"
	from frappe.website.utils import clear_website_cache

	for _site in each_site(context):
		frappe.clear_cache()
		clear_website_cache()


@click.command("clear-website-cache")
@pass_context
def clear_website_cache(context):
	"Clear website cache"
	from frappe.website.utils import clear_website_cache as _clear

	for _site in each_site(context):
		_clear()


@click.command("destroy-all-sessions")
@click.option("--reason")
@pass_context
def destroy_all_sessions(context, reason=None):
	"Clear sessions of all users (logs them out)"
	from frappe.sessions import clear_all_sessions

	for _site in each_site(context):
		clear_all_sessions(reason)


@click.command("execute")
@click.argument("method")
@click.option("--args")
@click.option("--kwargs")
@pass_context
def execute(context, method, args=None, kwargs=None):
	"Execute a function, given by its dotted path, and print what it returns"
	from frappe.utils.response import json_handler

	fn_args = frappe.safe_eval(args) if args else ()
	fn_kwargs = frappe.safe_eval(kwargs) if kwargs else {}
	for _site in each_site(context):
		result = frappe.get_attr(method)(*fn_args, **fn_kwargs)
		if result:
			click.echo(json.dumps(result, default=json_handler).strip('"'))


@click.command("console")
@click.option("--autoreload", is_flag=True)
@pass_context
def console(context, autoreload=False):
	"Start ipython console for a site"
	from IPython.terminal.embed import InteractiveShellEmbed

	with on_site(get_site(context)):
		frappe.local.lang = frappe.get_system_settings("language")
		names = {app: frappe.get_module(app) for app in frappe.get_installed_apps()}
		print("Apps in this namespace:\n{}".format(", ".join(names)))
		terminal = InteractiveShellEmbed.instance()
		if autoreload:
			terminal.extension_manager.load_extension("autoreload")
			terminal.run_line_magic("autoreload", "2")
		terminal.display_banner = False
		terminal(local_ns=names)
		# nothing is kept unless it was committed in the console itself
		frappe.db.rollback()


@click.command("mariadb", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.argument("extra_args", nargs=-1)
@pass_context
def mariadb(context, extra_args):
	"Enter into mariadb console for a given site"
	from frappe.database import get_command

	frappe.init(get_site(context))
	conf = frappe.conf
	binary, args, name = get_command(
		socket=conf.db_socket,
		host=conf.db_host,
		port=conf.db_port,
		user=conf.db_user,
		password=conf.db_password,
		db_name=conf.db_name,
		extra=list(extra_args),
	)
	if not binary:
		raise frappe.ExecutableNotFound(f"{name} not found in PATH! This is required to access the console.")
	os.execv(binary, [binary, *args])


@click.command("export-fixtures")
@click.option("--app", default=None)
@pass_context
def export_fixtures(context, app=None):
	"Export fixtures"
	from frappe.utils.fixtures import export_fixtures as _export

	for _site in each_site(context):
		_export(app=app)


@click.command("export-doc")
@click.argument("doctype")
@click.argument("docname")
@pass_context
def export_doc(context, doctype, docname):
	"Export a single document to its module folder"
	from frappe.modules.utils import export_doc as _export

	for _site in each_site(context):
		_export(doctype, docname)


@click.command("import-doc")
@click.argument("path")
@pass_context
def import_doc(context, path):
	"Import (insert/update) doclist. If the argument is a directory, all files ending with .json are imported"
	from frappe.core.doctype.data_import.data_import import import_doc as _import

	for _site in each_site(context):
		_import(os.path.abspath(path))


@click.command("data-import")
@click.option("--file", "file_path", required=True, type=click.Path(exists=True, resolve_path=True))
@click.option("--doctype", required=True)
@click.option("--type", "import_type", type=click.Choice(["Insert", "Update"]), default="Insert")
@click.option("--submit-after-import", default=False, is_flag=True)
@click.option("--mute-emails", default=True, is_flag=True)
@pass_context
def data_import(context, file_path, doctype, import_type, submit_after_import, mute_emails):
	"Import documents in bulk from CSV or XLSX using data import"
	from frappe.core.doctype.data_import.data_import import import_file

	for _site in each_site(context):
		import_file(doctype, file_path, import_type, submit_after_import, console=True)


@click.command("set-config")
@click.argument("key")
@click.argument("value")
@click.option("-g", "--global", "global_", is_flag=True, default=False)
@click.option("-p", "--parse", is_flag=True, default=False)
@pass_context
def set_config(context, key, value, global_=False, parse=False):
	"Insert/update a value in site_config.json, or in common_site_config.json with -g"
	import ast

	from frappe.installer import update_site_config

	if parse:
		value = ast.literal_eval(value)

	if global_:
		path = os.path.join(os.getcwd(), "common_site_config.json")
		frappe.init("")
		update_site_config(key, value, validate=False, site_config_path=path)
		return
	for site in context.sites or [get_site(context)]:
		frappe.init(site, force=True)
		update_site_config(key, value, validate=False)
		frappe.destroy()


@click.command("show-config")
@click.option("--format", "-f", type=click.Choice(["text", "json"]), default="text")
@pass_context
def show_config(context, format):
	"Print configuration of the sites"
	configuration = {}
	for site in context.sites or [get_site(context)]:
		frappe.init(site, force=True)
		configuration[site] = dict(frappe.conf)
		frappe.destroy()
	if format == "json":
		click.echo(frappe.as_json(configuration))
		return
	for site, values in configuration.items():
		click.secho(site, fg="yellow")
		for key in sorted(values):
			click.echo(f"{key}\t{values[key]}")


@click.command("version")
def get_version():
	"Show the versions of all apps of the bench"
	with frappe.init_site():
		for app in frappe.get_all_apps():
			click.echo(f"{app} {getattr(frappe.get_module(app), '__version__', '0.0.1')}")


@click.command("rebuild-global-search")
@click.option("--static-pages", is_flag=True, default=False)
@pass_context
def rebuild_global_search(context, static_pages=False):
	"Setup help table in the current site (called after migrate)"
	from frappe.utils.global_search import (
		add_route_to_global_search,
		get_doctypes_with_global_search,
		get_routes_to_index,
		rebuild_for_doctype,
		sync_global_search,
	)

	for _site in each_site(context):
		if static_pages:
			for route in get_routes_to_index():
				add_route_to_global_search(route)
			sync_global_search()
		else:
			for doctype in get_doctypes_with_global_search():
				rebuild_for_doctype(doctype)


@click.command("serve")
@click.option("--port", default=8000)
@click.option("--host", default="0.0.0.0")
@click.option("--noreload", "no_reload", is_flag=True, default=False)
@click.option("--nothreading", "no_threading", is_flag=True, default=False)
@click.option("--proxy", is_flag=True, default=False)
@pass_context
def serve(context, port, host, no_reload, no_threading, proxy):
	"Start development web server"
	import frappe.app

	frappe.app.serve(
		host=host,
		port=port,
		profile=context.profile,
		no_reload=no_reload,
		no_threading=no_threading,
		site=get_site(context, raise_err=False),
		sites_path=".",
		proxy=proxy,
	)


@click.command("list-sites")
@click.option("--json", "as_json", is_flag=True, default=False)
def list_sites(as_json=False):
	"List the sites of the bench"
	sites = frappe.utils.get_sites(".")
	if as_json:
		click.echo(json.dumps(sites))
		return
	click.echo("\n".join(sites) or "No sites found")
	if not sites:
		sys.exit(1)


commands = [
	clear_cache,
	clear_website_cache,
	console,
	data_import,
	destroy_all_sessions,
	execute,
	export_doc,
	export_fixtures,
	get_version,
	import_doc,
	list_sites,
	mariadb,
	rebuild_global_search,
	serve,
	set_config,
	show_config,
]
