"""The command line of a bench: `python -m frappe.utils.bench_helper frappe --site NAME COMMAND`."""

import importlib
import json
import os
from dataclasses import dataclass, field

import click

import frappe
import frappe.utils


@dataclass
class CliCtxObj:
	"""What the options before a command said."""

	sites: list[str] = field(default_factory=list)
	force: bool = False
	profile: bool = False
	verbose: bool = False


def main():
	"""Run a command of the framework or of an app."""
	click.Group(commands=get_app_groups()).main(prog_name="bench")


def get_app_groups() -> dict[str, click.Command]:
	"""Return the group `frappe`, which holds the commands of all apps, and one group per other app."""
	groups = {}
	shared = {}
	for app in get_apps():
		commands = get_app_commands(app)
		if app == "frappe":
			shared = commands
		elif commands:
			shared |= {name: command for name, command in commands.items() if name not in shared}
			groups[app] = get_app_group(app, commands)
	groups["frappe"] = get_app_group("frappe", shared)
	return groups


def get_app_group(app: str, commands: dict[str, click.Command]) -> click.Group:
	"""Return a group of commands that takes the options of every bench command."""
	group = click.group(name=app, commands=commands)
	for option in (
		click.option("--site", help="name of a site, or `all`"),
		click.option("--profile", is_flag=True, default=False, help="Profile"),
		click.option("--verbose", is_flag=True, default=False, help="Verbose"),
		click.option("--force", is_flag=True, default=False, help="Force"),
	):
		group = _stack(group, option)
	return group(_app_group)


def _stack(outer, option):
	return lambda function: outer(option(function))


@click.pass_context
def _app_group(ctx, site=None, force=False, verbose=False, profile=False):
	ctx.obj = CliCtxObj(sites=get_sites(site), force=force, verbose=verbose, profile=profile)
	if ctx.info_name != "frappe":
		ctx.info_name = ""


def get_sites(site_arg: str | None) -> list[str]:
	"""Return the sites that a command is for: those named, else that of the environment, else the default."""
	if site_arg == "all":
		return frappe.utils.get_sites(".")
	if site_arg:
		return site_arg.split(",")
	if site := os.environ.get("FRAPPE_SITE"):
		return [site]
	if os.path.exists("currentsite.txt"):
		with open("currentsite.txt") as f:
			if site := f.read().strip():
				return [site]
	if os.path.exists("common_site_config.json"):
		with open("common_site_config.json") as f:
			if site := json.load(f).get("default_site"):
				return [site]
	return []


def get_apps() -> list[str]:
	"""Return the apps of the bench in whose `sites` folder this runs."""
	with frappe.init_site():
		return frappe.get_all_apps(with_internal_apps=False, sites_path=".")


def get_app_commands(app: str) -> dict[str, click.Command]:
	"""Return the commands an app offers in its module `commands`, by name."""
	try:
		module = importlib.import_module(f"{app}.commands")
	except ModuleNotFoundError as error:
		if error.name == f"{app}.commands":
			return {}
		raise
	return {command.name: command for command in getattr(module, "commands", [])}


if __name__ == "__main__":
	main()
