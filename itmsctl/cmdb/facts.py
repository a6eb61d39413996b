"""Facts of this database beyond its identity: what was done with it last. Rows of `meta`, never secret."""

from __future__ import annotations

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader, UnitOfWork

MAINTAINED_AT = "maintained_at"
PURGED_AT = "purged_at"
MEMBERS_HORIZON = "members_horizon"
RESERVED_BYTES = "reserved_bytes"
_meta = sa.table("meta", sa.column("key"), sa.column("value"))


def fact(reader: Reader, key: str) -> str | None:
    """Answer a fact, or none."""
    found: str | None = reader.scalar(sa.select(_meta.c.value).where(_meta.c.key == key))
    return found


def note_fact(unit: UnitOfWork, key: str, value: str) -> None:
    """Store a fact in place of what it was; the unit of work records why."""
    changed = unit.connection.execute(sa.update(_meta).where(_meta.c.key == key).values(value=value)).rowcount
    if not changed:
        unit.connection.execute(sa.insert(_meta).values(key=key, value=value))
