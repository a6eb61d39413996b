"""What a person sees of rules."""

from __future__ import annotations

from itmsctl.cli.output import Column

_COLOURS = {"error": "red", "warning": "yellow"}

RULE = (
    Column("id"),
    Column("severity", style=lambda value: _COLOURS.get(str(value), "")),
    Column("title"),
    Column("source"),
    Column("text", wide=True),
)
