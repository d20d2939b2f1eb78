"""Segments: saved questions over customers and everything that hangs on them, answered by one statement."""

from sales_crm_pm.loop.segments.catalog import catalog
from sales_crm_pm.loop.segments.compiler import check
from sales_crm_pm.loop.segments.definition import as_text, parse
from sales_crm_pm.loop.segments.members import (
	count,
	freeze,
	matching,
	members_query,
	page,
	preview,
	refresh_counts,
)

__all__ = [
	"as_text",
	"catalog",
	"check",
	"count",
	"freeze",
	"matching",
	"members_query",
	"page",
	"parse",
	"preview",
	"refresh_counts",
]
