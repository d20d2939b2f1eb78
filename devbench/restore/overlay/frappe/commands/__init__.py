"""Commands of the framework, and what apps need to write commands of their own."""

import cProfile
import functools
import os
import pstats
import subprocess  # nosec
import sys
from io import StringIO

import click

import frappe
import frappe.utils
from frappe.exceptions import SiteNotSpecifiedError
from frappe.utils.bench_helper import CliCtxObj

click.disable_unicode_literals_warning = True


def pass_context(f):
	"""Decorate a command so that its first argument is the context: sites, force, verbose, profile."""

	@click.pass_context
	@functools.wraps(f)
	def _func(ctx, *args, **kwargs):
		if not ctx.obj.profile:
			return f(ctx.obj, *args, **kwargs)

		profiler = cProfile.Profile()
		profiler.enable()
		try:
			return f(ctx.obj, *args, **kwargs)
		finally:
			profiler.disable()
			stream = StringIO()
			pstats.Stats(profiler, stream=stream).sort_stats("cumtime", "tottime", "ncalls").print_stats()
			click.echo(stream.getvalue())

	return _func


def get_site(context: CliCtxObj, raise_err: bool = True) -> str | None:
	"""Return the one site a command is for.

	Raises SiteNotSpecifiedError if there is none, unless told not to."""
	if context.sites:
		return context.sites[0]
	if raise_err:
		raise SiteNotSpecifiedError
	return None


def popen(command, *args, **kwargs):
	"""Run a program with low priority and return its exit status."""
	raise_err = kwargs.get("raise_err")
	output = kwargs.get("output", True)
	env = dict(os.environ, **kwargs["env"]) if kwargs.get("env") else None

	proc = subprocess.Popen(
		command,
		stdout=None if output else subprocess.PIPE,
		stderr=None if output else subprocess.PIPE,
		shell=kwargs.get("shell", True),
		cwd=kwargs.get("cwd"),
		preexec_fn=functools.partial(os.nice, 19),
		env=env,
	)
	status = proc.wait()

	if status and raise_err:
		raise subprocess.CalledProcessError(status, command)
	return status


def call_command(cmd, context):
	"""Run another command with the same context."""
	return click.Context(cmd, obj=context).forward(cmd)


def get_commands() -> list[click.Command]:
	"""Return the commands of the framework."""
	from frappe.commands.scheduler import commands as scheduler_commands
	from frappe.commands.site import commands as site_commands
	from frappe.commands.testing import commands as testing_commands
	from frappe.commands.utils import commands as utils_commands

	return [*scheduler_commands, *site_commands, *testing_commands, *utils_commands]


class on_site:
	"""A site, connected as Administrator; what happened is committed, or rolled back after an error."""

	def __init__(self, site: str):
		self.site = site

	def __enter__(self):
		frappe.init(self.site)
		frappe.connect()
		return frappe.local

	def __exit__(self, exc_type, *_):
		try:
			if frappe.db:
				if exc_type:
					frappe.db.rollback()
				else:
					frappe.db.commit()
		finally:
			frappe.destroy()


def each_site(context: CliCtxObj):
	"""Yield the name of each site, connected; raise SiteNotSpecifiedError if there is none."""
	if not context.sites:
		raise SiteNotSpecifiedError
	for site in context.sites:
		with on_site(site):
			yield site


commands = get_commands()
