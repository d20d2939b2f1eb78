"""The command that runs the tests of an app with unittest."""

import os
import sys

import click

import frappe
from frappe.commands import get_site, pass_context


@click.command("run-tests")
@click.option("--app")
@click.option("--doctype")
@click.option("--module-def")
@click.option("--module")
@click.option("--case")
@click.option("--test", multiple=True)
@click.option("--failfast", is_flag=True, default=False)
@click.option("--skip-before-tests", is_flag=True, default=False)
@click.option("--debug", is_flag=True, default=False)
@pass_context
def run_tests(context, app, doctype, module_def, module, case, test, failfast, skip_before_tests, debug):
	"Run python unit-tests"
	from frappe.testing.main import main

	site = get_site(context)
	frappe.init(site)
	if not (frappe.conf.allow_tests or os.environ.get("CI")):
		click.secho(f"Testing is disabled for the site! bench --site {site} set-config allow_tests true")
		sys.exit(1)
	main(
		site,
		app,
		module,
		doctype,
		module_def,
		context.verbose,
		tests=test,
		force=context.force,
		failfast=failfast,
		case=case,
		skip_before_tests=skip_before_tests,
		debug=debug,
	)


commands = [run_tests]
