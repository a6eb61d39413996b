"""Digests of rows as they are stored: every column, read as the driver gives it, in the order of their keys."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection


def rows_digest(
    connection: Connection, table: sa.Table, where: Mapping[str, Any], leaving_out: Collection[str] = ()
) -> str:
    """Return the digest of the rows of a table that have these values, or of no rows; it reads them one by one."""
    names = [c.name for c in table.columns if c.name not in leaving_out]
    plain = sa.table(table.name, *(sa.column(name) for name in {*names, *where}))  # without types: as it is stored
    statement = (
        sa.select(*(plain.c[name] for name in names))
        .where(*(plain.c[name] == value for name, value in where.items()))
        .order_by(*(plain.c[c.name] for c in table.primary_key))
        .execution_options(yield_per=1000)
    )
    hasher = hashlib.sha256()
    for row in connection.execute(statement):
        hasher.update(repr([_plain(value) for value in row]).encode("utf-8", "backslashreplace"))
    return hasher.hexdigest()[:32]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return bytes(value) if isinstance(value, memoryview) else value
