"""Bringing in what people keep elsewhere: parse, map, preview, run, undo."""
