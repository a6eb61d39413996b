"""What a person sees of the database, its history and its health."""

from __future__ import annotations

from typing import Any

from itmsctl.cli.output import Column
from itmsctl.cli.style import BAD, GOOD, ODD
from itmsctl.values.sizes import bar, size_text


def _severity(value: Any) -> str:
    return {"error": f"bold {BAD}", "warning": ODD, "ok": GOOD}.get(str(value), "")


def _result(value: Any) -> str:
    return GOOD if value == "ok" else f"bold {BAD}"


STATUS = (
    Column("name"),
    Column("state"),
    Column("role"),
    Column("schema"),
    Column("changes", right=True),
    Column("size_bytes", right=True),
)

CHECK = (Column("name", "CHECK"), Column("result", style=_result), Column("detail"))

STEP = (
    Column("name", "STEP"),
    Column("detail"),
    Column("duration_s", "SECONDS", right=True),
    Column("won_bytes", "WON", right=True, draw=size_text),
)

SIZE = (
    Column("name", "CLASS"),
    Column("rows", right=True),
    Column("size_bytes", "SIZE", right=True, draw=size_text),
    Column("share", draw=bar),
    Column("tables", right=True, wide=True),
)
TABLES = (Column("name", "TABLE"), *SIZE[1:-1], Column("class"))

FORECAST = (
    Column("name", "WHEN"),
    Column("computers", right=True),
    Column("size_bytes", "SIZE", right=True, draw=size_text),
    Column("share", "", draw=bar),
    Column("suite_low_bytes", "SUITE FROM", right=True, draw=size_text),
    Column("suite_high_bytes", "TO", right=True, draw=size_text),
)

ADVICE = (
    Column("name", "TOPIC"),
    Column("suite", "THE SUITE SAYS"),
    Column("applies"),
    Column("here"),
    Column("source", wide=True),
)

BUNDLE = (
    Column("name", "FILE"),
    Column("size_bytes", "SIZE", right=True, draw=size_text),
    Column("sha256", wide=True),
)

PREALLOCATED = (
    Column("name"),
    Column("action"),
    Column("size_bytes", "SIZE", right=True, draw=size_text),
    Column("free_bytes", "FREE", right=True, draw=size_text),
    Column("why"),
)

PURGE = (
    Column("name", "CLASS"),
    Column("before", "OLDER THAN"),
    Column("removed"),
    Column("batches", right=True),
)

BACKUP = (
    Column("name"),
    Column("made_at"),
    Column("seq", right=True),
    Column("size_bytes", right=True),
    Column("sha256", wide=True),
)

HISTORY = (
    Column("seq", right=True),
    Column("at"),
    Column("action"),
    Column("what"),
    Column("actor"),
    Column("reason"),
    Column("command", wide=True),
    Column("object", wide=True),
    Column("id", wide=True),
)

AUDIT = (
    Column("seq", right=True),
    Column("at"),
    Column("actor"),
    Column("what"),
    Column("reason"),
    Column("command", wide=True),
    Column("hash", wide=True),
    Column("id", wide=True),
)

SETTING = (Column("name"), Column("value"), Column("origin"), Column("what"))
SETTINGS_FILE = (Column("name", header="FILE"), Column("exists"))

FINDING = (
    Column("id"),
    Column("severity", style=_severity),
    Column("what", keep=True),
    Column("cause", wide=True),
    Column("mend", "FIX", keep=True),
)
