"""What a person sees of rules, findings and exceptions."""

from __future__ import annotations

from itmsctl.cli.output import Column

_COLOURS = {"error": "red", "warning": "yellow"}

_SEVERITY = Column("severity", style=lambda value: _COLOURS.get(str(value), ""))

FINDING = (
    _SEVERITY,
    Column("id"),
    Column("object"),
    Column("what"),
    Column("fix"),
    Column("why", wide=True),
    Column("source", wide=True),
)

EXCEPTION = (
    Column("name"),
    Column("until"),
    Column("state"),
    Column("why"),
    Column("id", wide=True),
    Column("revision", wide=True, right=True),
)

RULE = (
    Column("id"),
    _SEVERITY,
    Column("title"),
    Column("source"),
    Column("text", wide=True),
)
