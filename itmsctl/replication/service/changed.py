"""What has changed since a neighbour was last given something: by the chain of changes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.rows import change_sets, changes, checkpoints, heads
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.inventory.rows import inventory_states
from itmsctl.replication.service.sent import ChangeMark
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


def kept_since(reader: Reader) -> int:
    """Return since which change-set all changes are still kept: the audit may have been purged up to it."""
    return int(reader.scalar(sa.select(sa.func.max(checkpoints.c.seq))) or 0)


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


def stored_since(reader: Reader, classes: Collection[str], since: int) -> set[int]:
    """Return the computers of which rows of some classes were stored after a change-set: the report may be older."""
    c = inventory_states.c
    source = change_sets.join(inventory_states, c.stored_by == change_sets.c.id)
    where = (change_sets.c.seq > since, c.class_name.in_(classes))
    return set(reader.connection.execute(sa.select(c.computer_id).select_from(source).where(*where)).scalars())


def computers_of(reader: Reader, guids: Collection[str]) -> set[int]:
    """Return the ids of the computers of these GUIDs that are there."""
    where = member_of(reader.connection, resources.c.guid, list(guids))
    return set(reader.connection.execute(sa.select(resources.c.id).where(where)).scalars())
