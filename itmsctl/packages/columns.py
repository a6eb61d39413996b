"""What a person sees of packages."""

from __future__ import annotations

from typing import Any

from itmsctl.cli.noun_columns import ID, columns_of, wide
from itmsctl.cli.output import Column
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
