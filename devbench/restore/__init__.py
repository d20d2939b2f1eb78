"""Restoring the framework from the one package that carries its source."""

from devbench.restore.edit import Edit
from devbench.restore.engine import is_current, restore
from devbench.restore.errors import RestoreError

__all__ = ["Edit", "RestoreError", "is_current", "restore"]
