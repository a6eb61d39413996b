"""Facts of this database beyond its identity: what was done with it last. Rows of `meta`, never secret."""

from __future__ import annotations

import sqlalchemy as sa

from itmsctl.cmdb.rows import meta
from itmsctl.cmdb.work import Reader, UnitOfWork

MAINTAINED_AT = "maintained_at"
PURGED_AT = "purged_at"
INVENTORY_HORIZON, MEMBERS_HORIZON = "inventory_horizon", "members_horizon"
RESERVED_BYTES = "reserved_bytes"


def fact(reader: Reader, key: str) -> str | None:
    """Return a fact, or None."""
    found: str | None = reader.scalar(sa.select(meta.c.value).where(meta.c.key == key))
    return found


def note_fact(unit: UnitOfWork, key: str, value: str) -> None:
    """Store a fact in place of what it was; the unit of work records why."""
    changed = unit.connection.execute(sa.update(meta).where(meta.c.key == key).values(value=value)).rowcount
    if not changed:
        unit.connection.execute(sa.insert(meta).values(key=key, value=value))
