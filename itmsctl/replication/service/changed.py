"""What has changed since a neighbour was last given something: by the chain of changes, and by moments of inventory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.rows import change_sets, changes, checkpoints, heads
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.inventory.rows import inventory_states
from itmsctl.replication.rows import sent_objects
from itmsctl.replication.service.sent import ROWS, ChangeMark
from itmsctl.resources.rows import resources

OPENED = "seal:opened-field"  # change rows of what a parent opens to its children's edits, with the GUID of the object


def barrier(store: Store) -> ChangeMark:
    """Return up to where everything is in the database for certain: what is written from now on comes behind it."""
    return store.write(_barrier)


def _barrier(unit: UnitOfWork) -> ChangeMark:
    # Units run one after the other, so that whatever began before has ended. Those that overlap others on PostgreSQL
    # may still run: what they store bears their own time, so the oldest of them is what counts.
    at = unit.now
    if unit.connection.dialect.name == "postgresql":
        oldest: Any = unit.scalar(
            sa.text(
                "SELECT min(xact_start) - now() FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
        at = at if oldest is None else min(at, at + oldest)
    return ChangeMark(int(unit.scalar(sa.select(heads.c.seq))), at)


def is_known(reader: Reader, since: ChangeMark) -> bool:
    """Return whether all changes since then are still kept: the audit may have been purged beyond."""
    purged = reader.scalar(sa.select(sa.func.max(checkpoints.c.seq)))
    return purged is None or int(purged) <= since.through


def changed_guids(reader: Reader, kinds: Collection[str], since: int) -> dict[str, set[str]]:
    """Return the objects of some kinds that were changed after a change-set, by kind; also those that went."""
    wanted = [*kinds, OPENED]
    statement = (
        sa.select(changes.c.kind, changes.c.guid)
        .select_from(change_sets.join(changes, changes.c.change_set == change_sets.c.id))
        .where(change_sets.c.seq > since, changes.c.kind.in_(wanted))
        .distinct()
    )
    found: dict[str, set[str]] = {kind: set() for kind in wanted}
    for kind, guid in reader.connection.execute(statement):
        found[kind].add(guid)
    opened = found.pop(OPENED)
    return {kind: guids | opened for kind, guids in found.items()}


def changed_rows(reader: Reader, peer: str, class_name: str, *, every: bool) -> Iterator[tuple[int, datetime]]:
    """Yield the computers whose rows of a class a neighbour has not as they are, each with when they were collected.

    By digests: a report may be stored long after it was collected, so that its moment says nothing. With `every` all.
    """
    c, had = inventory_states.c, sent_objects.c
    mine = sa.and_(had.peer == peer, had.kind == ROWS + class_name, had.guid == resources.c.guid)
    source = inventory_states.join(resources, resources.c.id == c.computer_id).outerjoin(sent_objects, mine)
    where = [c.class_name == class_name, c.digest.is_not(None)]
    if not every:
        where.append(sa.or_(had.hash.is_(None), had.hash != c.digest))
    statement = sa.select(c.computer_id, c.collected_at).select_from(source).where(*where).order_by(c.computer_id)
    with reader.connection.execute(statement.execution_options(yield_per=5000)) as rows:
        yield from ((computer, at) for computer, at in rows)


def digests_of(reader: Reader, class_name: str, collected: Mapping[str, datetime]) -> dict[str, str | None]:
    """Return the digests of the rows of computers by GUID; none where they were collected again since that moment."""
    c = inventory_states.c
    source = inventory_states.join(resources, resources.c.id == c.computer_id)
    where = (c.class_name == class_name, member_of(reader.connection, resources.c.guid, list(collected)))
    statement = sa.select(resources.c.guid, c.digest, c.collected_at).select_from(source).where(*where)
    found = {row.guid: (row.digest, row.collected_at) for row in reader.connection.execute(statement)}
    return {guid: found[guid][0] if guid in found and found[guid][1] == at else None for guid, at in collected.items()}
