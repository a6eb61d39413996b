"""What a person sees of packages."""

from __future__ import annotations

from typing import Any

from itmsctl.cli.noun_columns import ID, columns_of, wide
from itmsctl.cli.output import Column
from itmsctl.cli.style import BAD, FAINT, GOOD, ODD
from itmsctl.packages import kinds


def _names(programs: Any) -> str:
    return ", ".join(str(one["name"]) for one in programs or ())


def _short(digest: Any) -> str:
    return "" if digest is None else str(digest)[:12]


PACKAGE = columns_of(
    kinds.PACKAGE,
    "version",
    Column("content_revision", "REVISION", right=True),
    "state",
    "format",
    "architecture",
    Column("size_bytes", "BYTES", right=True),
    Column("programs", draw=_names),
    *wide("vendor", "detect", "depends", "product_code", "manifest", "enabled", "description"),
    *ID,
)

REVISION = (
    Column("number", right=True),
    Column("version"),
    Column("manifest", draw=_short),
    Column("size_bytes", "BYTES", right=True),
    Column("imported_at"),
)
"""A content of a package."""

_STYLES = {
    "ready": GOOD,
    "claimed": ODD,
    "doubted": ODD,
    "failed": BAD,
    "corrupt": BAD,
    "fetched": GOOD,
    "goes on later": ODD,
    "removed": FAINT,
    "damaged": BAD,
    "missing": BAD,
}


def _state_style(value: Any) -> str:
    return _STYLES.get(str(value), "")


COPY = (
    Column("server"),
    Column("state", style=_state_style),
    Column("arrived_at", "ARRIVED"),
    Column("read_at", "READ BACK"),
    Column("sent_bytes", "SENT", right=True),
    Column("pulled_bytes", "TAKEN", right=True),
    Column("source", "FROM"),
    Column("failures", right=True),
    Column("next_at", "NEXT TRY"),
    Column("message"),
    Column("constrained", wide=True),
    Column("urls", wide=True),
    Column("total_bytes", wide=True, right=True),
    Column("checked_at", wide=True),
    Column("id", wide=True),
)

FETCHED = (
    Column("package"),
    Column("state", style=_state_style),
    Column("taken_bytes", "TAKEN", right=True),
    Column("source", "FROM"),
    Column("message"),
)
"""What became of taking the content of a package from another server."""

ROUTE = (
    Column("source"),
    Column("server"),
    Column("rule"),
    Column("why"),
)

VERIFIED = (
    Column("path"),
    Column("state", style=_state_style),
    Column("size_bytes", "BYTES", right=True),
    Column("why"),
    Column("sha256", wide=True),
    Column("package", wide=True),
)

PACKAGE_KEY = (
    Column("name"),
    Column("roles", draw=lambda roles: ", ".join(roles or ())),
    Column("place"),
    Column("encrypted"),
    Column("fingerprint"),
    Column("made_by"),
    Column("made_at"),
    Column("ssh", wide=True),
)
"""A key that signs the catalogue."""

CATALOGUE_ENTRY = (
    Column("package"),
    Column("revision", right=True),
    Column("version"),
    Column("manifest", draw=_short),
    Column("imported_by"),
    Column("approved_by"),
    Column("published_by"),
)
"""A published revision of a package."""

CATALOGUE = (
    Column("approval"),
    Column("published", right=True),
    Column("expires_at"),
    Column("root", right=True),
    Column("root_expires_at"),
    Column("catalogue", right=True),
    Column("snapshot", right=True),
    Column("timestamp", right=True),
    Column("trusted_in"),
)
"""The signed catalogue."""

PROGRAM = (
    Column("package", wide=True),
    Column("program"),
    Column("system"),
    Column("command"),
    Column("codes", wide=True),
    Column("run_as"),
    Column("reboot"),
    Column("limit_s", "LIMIT", right=True, wide=True),
)
"""A command line of a package, one row a system."""
