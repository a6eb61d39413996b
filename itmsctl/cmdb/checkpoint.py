"""Purging the older part of the audit, so that what is kept still verifies.

Change-sets go from the beginning of the chain on, never from its middle. The checkpoint takes the place of what went:
it names the last one and its hash, which the first one that is kept continues. The change-set that purges records the
checkpoint whole, so that the chain protects it as it protects every row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb.audit import CHECKPOINT, Horizon, horizon
from itmsctl.cmdb.rows import change_sets, changes, checkpoints, heads
from itmsctl.cmdb.said import KEPT, Key, Last, Said, kept
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import UnitOfWork

SETS = 500  # change-sets of one batch
ROWS = 5000  # change rows of one batch, unless a single change-set has more


def purge_batch(unit: UnitOfWork, before: datetime, actor: str) -> dict[str, int]:
    """Purge the next change-sets that were written before a moment; return what went, nothing where none is left.

    Those that follow one which is kept are kept too, whatever their time says.
    """
    going = _next(unit.connection, before)
    if not going:
        return {}
    old = horizon(unit.connection)
    living = _only_here(unit.connection, {row.id: row.seq for row in going})
    rows = _remove(unit.connection, [row.id for row in going])
    last = going[-1]
    hasher = hashlib.sha256(old.digest.encode())
    for row in going:
        hasher.update(row.hash.encode())
    new = Horizon(last.seq, last.hash, last.at, old.changes + rows, hasher.hexdigest(), actor, unit.now)
    _store(unit.connection, new)
    action = "updated" if old.seq else "created"
    before_it = old.document() if old.seq else None
    unit.record(action, CHECKPOINT, unit.server_guid, f"change-set {new.seq}", before_it, new.document())
    for (kind, guid), name, last in living:
        unit.record("kept", KEPT + kind, guid, name, None, kept(last))
    unit.note("change_set", purged=len(going))
    return {"change_sets": len(going), "changes": rows}


def _only_here(connection: Connection, going: dict[int, int]) -> list[tuple[Key, str, Last]]:
    """Return what these change-sets, by id and number, were the last to say of objects that live.

    It is recorded again, so that those objects can be compared with it later too.
    """
    said, names = Said(), {}
    where = member_of(connection, changes.c.change_set, list(going))
    columns = [changes.c[name] for name in ("change_set", "ord", "kind", "guid", "name", "action", "before", "after")]
    rows = sa.select(*columns).where(where).order_by(changes.c.change_set, changes.c.ord)
    for owner, ord_, *row in connection.execute(rows).all():
        said.see(going[owner], ord_, owner, tuple(row))
        names[row[1]] = row[2]
    living = list(said.living())
    later = _said_later(connection, {guid for (_, guid), _ in living}, list(going))
    return [(key, names[key[1]], last) for key, last in living if key not in later and key[0] != CHECKPOINT]


def _said_later(connection: Connection, guids: set[str], going: list[int]) -> set[tuple[str, str]]:
    """Return the objects, of these GUIDs, of which later change-sets say something too."""
    statement = sa.select(changes.c.kind, changes.c.guid).where(
        member_of(connection, changes.c.guid, sorted(guids)), ~member_of(connection, changes.c.change_set, going)
    )
    return {(kind.removeprefix(KEPT), guid) for kind, guid in connection.execute(statement.distinct())}


def _next(connection: Connection, before: datetime) -> Sequence[Any]:
    statement = (
        sa.select(change_sets.c.id, change_sets.c.seq, change_sets.c.hash, change_sets.c.at)
        .where(change_sets.c.seq <= _last(connection, before))
        .order_by(change_sets.c.seq)
        .limit(SETS)
    )
    found = connection.execute(statement).all()
    owned = (
        sa.select(changes.c.change_set, sa.func.count())
        .where(member_of(connection, changes.c.change_set, [row.id for row in found]))
        .group_by(changes.c.change_set)
    )
    counts: dict[int, int] = {row[0]: row[1] for row in connection.execute(owned)}
    total = 0
    for n, row in enumerate(found):
        total += counts.get(row.id, 0)
        if total > ROWS:
            return found[: max(n, 1)]
    return found


def _last(connection: Connection, before: datetime) -> int:
    """Return the number of the last change-set before the first one that is young enough to be kept."""
    kept = connection.execute(sa.select(sa.func.min(change_sets.c.seq)).where(change_sets.c.at >= before)).scalar()
    end = connection.execute(sa.select(heads.c.seq)).scalar_one()
    return int(end if kept is None else kept - 1)


def _remove(connection: Connection, ids: list[int]) -> int:
    rows = connection.execute(sa.delete(changes).where(member_of(connection, changes.c.change_set, ids))).rowcount
    connection.execute(sa.delete(change_sets).where(member_of(connection, change_sets.c.id, ids)))
    return int(rows)


def _store(connection: Connection, new: Horizon) -> None:
    values = {name: getattr(new, name) for name in new.__dataclass_fields__}
    if connection.execute(sa.update(checkpoints).where(checkpoints.c.id == 1).values(**values)).rowcount == 0:
        connection.execute(sa.insert(checkpoints).values(id=1, **values))
