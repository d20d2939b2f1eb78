"""devbench: builds and runs a bench for this app out of PyPI, npm and Debian packages alone.

It is a tool around the app and never a part of it: nothing under ``sales_crm_pm/`` may import it.
The command line runs on the system's plain Python (3.11 or newer) with the standard library only;
everything that needs the framework is started with the Python of the environment it builds.
"""
