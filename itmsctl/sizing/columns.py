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

LINE = (
    Column("server"),
    Column("site"),
    Column("role"),
    Column("metric"),
    Column("value"),
    Column("unit"),
    Column("or_more"),
    Column("source"),
    Column("band"),
    Column("conflicts"),
    Column("why"),
)

LINE_SAID = (
    Column("owner", header="FOR"),
    Column("what"),
    Column("metric", wide=True),
    Column("value"),
    Column("source"),
    Column("band", wide=True),
    Column("conflicts", header="SEE"),
    Column("why", wide=True),
)
