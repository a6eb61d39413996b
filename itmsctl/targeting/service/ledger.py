"""The ledger of one membership run: writes differences into `member`, logs and counts them (MEMB-10)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk, faults
from itmsctl.cmdb.rows import dirty as dirty_rows
from itmsctl.cmdb.rows import meta
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.targeting.rows import member_log, members, runs, states
from itmsctl.values.times import Clock

_LOG = ("run_id", "collection_id", "resource_id", "added")
FLUSH_AT = 100_000  # differences held in memory at most
_STATE = ("kind", "stale", "updated_at", "seen_seq")
_MEMBER = ("collection_id", "resource_id")


@dataclass(frozen=True)
class MembershipPass:
    """What a membership update did. Counts of filters, groups and targets are of those it looked at."""

    id: int
    kind: str
    started_at: datetime
    ended_at: datetime
    filters: int
    groups: int
    targets: int
    computers: int
    added: int
    removed: int

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {
            "kind": self.kind,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "filters": self.filters,
            "groups": self.groups,
            "targets": self.targets,
            "computers": self.computers,
            "added": self.added,
            "removed": self.removed,
        }


@dataclass
class MembershipLedger:
    """One run in progress, inside a unit of work."""

    unit: UnitOfWork
    kind: str
    clock: Clock | None = None
    run_id: int = 0
    looked_at: dict[str, set[int]] = field(default_factory=lambda: {"filter": set(), "group": set(), "target": set()})
    computers: int = 0
    added: int = 0
    removed: int = 0
    _log: list[tuple[Any, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin: membership has one writer at a time."""
        lock(self.unit)
        self.run_id = self.unit.next_ids(1)[0]

    def saw(self, kind: str, collections: Iterable[int]) -> None:
        """Count collections as looked at."""
        self.looked_at[kind].update(collections)

    def fill(self, collection: int, wanted: sa.Select[Any]) -> int:
        """Put the result of a SELECT of ids into an empty collection, all inside the database."""
        connection = self.unit.connection
        rows = wanted.subquery("wanted")
        (key,) = rows.c
        statement = sa.insert(members).from_select(_MEMBER, sa.select(sa.literal(collection), key))
        count = int(connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount)
        self._log_all(collection, True)
        self.added += count
        return count

    def empty(self, collection: int) -> None:
        """Let all members of a collection go, all inside the database."""
        self._log_all(collection, False)
        gone = self.unit.connection.execute(sa.delete(members).where(members.c.collection_id == collection))
        self.removed += int(gone.rowcount)

    def _log_all(self, collection: int, added: bool) -> None:
        inside = sa.select(
            sa.literal(self.run_id), members.c.collection_id, members.c.resource_id, sa.literal(added, sa.Boolean)
        ).where(members.c.collection_id == collection)
        self.unit.connection.execute(sa.insert(member_log).from_select(_LOG, inside))

    def write(self, collection: int, added: Collection[int], removed: Collection[int]) -> None:
        """Note differences of one collection; `flush` stores them."""
        self._log.extend((self.run_id, collection, i, True) for i in sorted(added))
        self._log.extend((self.run_id, collection, i, False) for i in sorted(removed))
        if len(self._log) >= FLUSH_AT:
            self.flush()

    def flush(self) -> None:
        """Store the differences noted so far."""
        if not self._log:
            return
        connection, rows = self.unit.connection, self._log
        fresh = [row[1:3] for row in rows if row[3]]
        gone = [row[1:3] for row in rows if not row[3]]
        try:
            bulk.insert(connection, "member", _MEMBER, sorted(fresh))
        except sa.exc.IntegrityError as error:
            # A computer went away since it was looked at: the whole update is done again.
            raise faults.TransientError(error, lost=False) from error
        bulk.delete(connection, "member", _MEMBER, gone)
        bulk.insert(connection, "member_log", _LOG, rows)
        self.unit.digest(sha256(repr(rows).encode()).digest())
        self.added += len(fresh)
        self.removed += len(gone)
        self._log = []

    def settled(self, collections: Collection[int], kind: str) -> None:
        """Say that these collections were looked at whole and are as their definitions want them."""
        connection = self.unit.connection
        at = bulk.moment(connection, self.unit.now)
        seen = connection.execute(sa.select(sa.func.coalesce(sa.func.max(dirty_rows.c.seq), 0))).scalar_one()
        known = set(connection.execute(sa.select(states.c.collection_id).where(states.c.kind == kind)).scalars())
        fresh = [(kind, False, at, seen, i) for i in sorted(collections) if i not in known]
        old = [(kind, False, at, seen, i) for i in sorted(collections) if i in known]
        bulk.insert(connection, "collection_state", (*_STATE, "collection_id"), fresh)
        bulk.update(connection, "collection_state", _STATE, ("collection_id",), old)

    def close(self) -> MembershipPass:
        """Store the rest and the run itself (MEMB-10); return it."""
        self.flush()
        counts = {kind: len(ids) for kind, ids in self.looked_at.items()}
        ended = self.clock() if self.clock is not None else self.unit.now
        run = MembershipPass(
            self.run_id,
            self.kind,
            self.unit.now,
            max(ended, self.unit.now),
            counts["filter"],
            counts["group"],
            counts["target"],
            self.computers,
            self.added,
            self.removed,
        )
        self.unit.connection.execute(sa.insert(runs).values(id=run.id, **run.as_dict()))
        if run.added or run.removed:
            self.unit.note("member", added=run.added, removed=run.removed)
        return run


def lock(unit: UnitOfWork) -> None:
    """Make this unit of work the only one that writes membership, until it ends."""
    # SQLite's writers are alone anyhow; on PostgreSQL one row stands for the whole of membership.
    unit.connection.execute(sa.select(meta.c.value).where(meta.c.key == "server_guid").with_for_update())
