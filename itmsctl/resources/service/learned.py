"""Identity values that computers have from contact: the audit keeps a seal of them, since no document holds them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import derived
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.rows import identities, resources
from itmsctl.resources.service.scope import scoped
from itmsctl.values.times import to_text

LEARNED = "identity"  # the kind of the seal
_ADMIN = "admin"


def seal_learned(unit: UnitOfWork, ids: Collection[int]) -> None:
    """Record which identity values computers have from contact, after those changed; filters look at them again."""
    derived.rows_changed(unit, identities.name, ids)
    found = {guid: (name, content) for guid, name, content in contents(unit, ids)}
    wanted = member_of(unit.connection, resources.c.id, sorted(ids))
    statement = sa.select(resources.c.guid, resources.c.name).where(resources.c.kind == COMPUTER.name, wanted)
    for guid, name in unit.connection.execute(scoped(statement, unit)).all():
        unit.seal(LEARNED, guid, name, found[guid][1] if guid in found else None)


def with_learned(reader: Reader, ids: Collection[int]) -> list[int]:
    """Return those of these computers that have identity values from contact."""
    mine = member_of(reader.connection, identities.c.computer_id, sorted(ids))
    statement = sa.select(identities.c.computer_id).where(identities.c.source != _ADMIN, mine).distinct()
    return list(reader.connection.execute(statement).scalars())


def unseal_learned(unit: UnitOfWork, ids: Sequence[int]) -> None:
    """Record that computers which are about to go take with them what was learned."""
    for guid, name, _ in contents(unit, ids):
        unit.seal(LEARNED, guid, name, None)


def contents(reader: Reader, ids: Collection[int] | None) -> Iterator[tuple[str, str, list[Any]]]:
    """Yield GUID, name and learned values of these computers, or of all, where they have some."""
    own = identities.c
    statement = (
        sa.select(resources.c.guid, resources.c.name, own.kind, own.value_key, own.value, own.junk, own.source)
        .add_columns(own.first_seen)
        .select_from(identities.join(resources, resources.c.id == own.computer_id))
        .where(own.source != _ADMIN)
        .order_by(own.computer_id, own.kind, own.value_key)
    )
    if ids is not None:
        statement = statement.where(member_of(reader.connection, own.computer_id, sorted(ids)))
    current: tuple[str, str, list[Any]] | None = None
    for guid, name, kind, key, value, junk, source, first in reader.connection.execute(statement).all():
        if current is None or current[0] != guid:
            if current is not None:
                yield current
            current = (guid, name, [])
        current[2].append([kind, key, value, bool(junk), source, to_text(first)])
    if current is not None:
        yield current
