"""Change-sets: who changed what, chained by hash, in the same transaction as the change (I8).

hash = SHA-256(prev_hash, newline, canonical JSON of the header). The header holds the digest of the change rows, so
that a changed, missing or added row breaks the chain from there on. What a batch wrote beyond the rows that are kept
(membership, results) has a digest of its own, which nothing can recompute: it is there to compare two histories.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb import bulk
from itmsctl.cmdb.rows import change_sets, checkpoints, heads, tombstones
from itmsctl.cmdb.said import is_aside
from itmsctl.cmdb.spilled import Spilled
from itmsctl.cmdb.types import canonical, moment_of
from itmsctl.errors import AlreadyDoneError, PurgedError
from itmsctl.values.lean import dataclass
from itmsctl.values.times import to_second, to_text
from itmsctl.values.untrusted import storable, without_secrets

if TYPE_CHECKING:
    from itmsctl.cmdb.actor import Actor

GENESIS = "0" * 64
_HEADER = ("seq", "guid", "actor", "command", "reason", "summary", "digest", "batch_digest", "idempotency_key")
_CHANGE_COLUMNS = ("change_set", "ord", "kind", "guid", "name", "action", "before", "after")
ChangeRow = tuple[str, str, str, str, str | None, str | None]

CLOCK, BEHIND_US = "clock", "behind_us"  # in the summary: by how much a writer's clock was behind the chain
CHECKPOINT = "checkpoint"  # the kind of the change that records a purge of the audit


class Grave(NamedTuple):
    """What an object that goes takes back when its deletion is undone: id, revision, origin and age."""

    item_id: int
    revision: int
    origin: str
    created_at: datetime


class DraftMark(NamedTuple):
    """How far a change-set in the making is."""

    rows: int
    hasher: hashlib._Hash
    summary: dict[str, dict[str, int]]
    tombstones: list[dict[str, Any]]
    batch: hashlib._Hash | None


@dataclass(eq=False, repr=False)
class Draft:
    """A change-set in the making."""

    guid: str
    idempotency_key: str | None
    id: int | None = None
    rows: Spilled = field(default_factory=Spilled)
    summary: dict[str, dict[str, int]] = field(default_factory=dict)
    tombstones: list[dict[str, Any]] = field(default_factory=list)
    hasher: hashlib._Hash = field(default_factory=hashlib.sha256)
    batch: hashlib._Hash | None = None
    reason: str = ""  # what the change itself knows: from which server it came; else what the person said

    def mark(self) -> DraftMark:
        """Return what `back_to` needs to take back what is recorded from now on."""
        counts = {kind: dict(of_kind) for kind, of_kind in self.summary.items()}
        batch = self.batch.copy() if self.batch is not None else None
        return DraftMark(self.rows.count, self.hasher.copy(), counts, list(self.tombstones), batch)

    def back_to(self, mark: DraftMark) -> bool:
        """Forget what was recorded since; return whether that was done: not where it was too much."""
        if not self.rows.cut(mark.rows):
            return False
        self.hasher, self.summary, self.tombstones = mark.hasher, mark.summary, mark.tombstones
        self.batch = mark.batch
        return True

    def add(self, action: str, kind: str, guid: str, name: str, before: str | None, after: str | None) -> None:
        """Add one changed document, as canonical JSON texts."""
        row = (kind, guid, name, action, before, after)
        self.hasher.update(row_digest_text(row))
        self.rows.append(row)
        if not is_aside(kind):
            self.count(kind, {action: 1})

    def add_to_batch(self, data: bytes) -> None:
        """Add what a batch wrote to the batch's digest."""
        if self.batch is None:
            self.batch = hashlib.sha256()
        self.batch.update(data)

    def count(self, kind: str, counts: dict[str, int]) -> None:
        """Add to the summary."""
        of_kind = self.summary.setdefault(kind, {})
        for what, number in counts.items():
            of_kind[what] = of_kind.get(what, 0) + number


def row_digest_text(row: ChangeRow) -> bytes:
    """Return the bytes by which a change row enters the digest: lengths and values, so that no two rows read alike."""
    parts = []
    for value in row:
        data = b"" if value is None else value.encode()
        parts.append(b"%d:" % (-1 if value is None else len(data)))
        parts.append(data)
    return b"".join(parts) + b"\n"


@dataclass(frozen=True, eq=False, repr=False)
class Sealed:
    """A stored change-set: its number in the chain and its hash."""

    seq: int
    hash: str


def written_at(at: datetime, summary: Mapping[str, Mapping[str, int]]) -> datetime:
    """Return when a change-set was written by the clock of its writer, which what it wrote bears."""
    return at - timedelta(microseconds=int(summary.get(CLOCK, {}).get(BEHIND_US, 0)))


def new_guid() -> str:
    """Return the GUID of a change-set to be. It stays the same when the unit of work is tried again."""
    return str(uuid.uuid4())


def seal(connection: Connection, draft: Draft, actor: Actor, now: datetime) -> Sealed | None:
    """Store the change-set of a unit of work and return its place in the chain; None where nothing was recorded."""
    if draft.id is None:
        return None
    last_at = sa.select(sa.literal_column("change_set.at")).where(change_sets.c.seq == heads.c.seq).scalar_subquery()
    head = connection.execute(sa.select(heads, last_at.label("last_at")).with_for_update(of=heads)).one()
    at = max(now, moment_of(head.last_at) or now)  # times never run backwards in the chain
    if at > now:
        draft.count(CLOCK, {BEHIND_US: (at - now) // timedelta(microseconds=1)})
    values: dict[str, Any] = {
        "id": draft.id,
        "seq": int(head.seq) + 1,
        "guid": draft.guid,
        "at": at,
        "actor": storable(actor.name, 400),
        "command": storable(without_secrets(actor.command), 4000),
        "reason": storable(draft.reason or actor.reason, 4000),
        "summary": draft.summary,
        "digest": draft.hasher.hexdigest(),
        "batch_digest": draft.batch.hexdigest() if draft.batch is not None else None,
        "idempotency_key": draft.idempotency_key,
    }
    chained = chain_hash(head.hash, values)
    connection.execute(sa.insert(change_sets).values(**values, prev_hash=head.hash, hash=chained))
    stored = 0
    for rows in draft.rows.chunks():
        bulk.insert(connection, "change", _CHANGE_COLUMNS, [(draft.id, stored + i, *row) for i, row in enumerate(rows)])
        stored += len(rows)
    if draft.tombstones:
        connection.execute(sa.insert(tombstones), [t | {"change_set": draft.id} for t in draft.tombstones])
    connection.execute(sa.update(heads).values(seq=values["seq"], hash=chained))
    return Sealed(values["seq"], chained)


def chain_hash(previous: str, values: Mapping[str, Any]) -> str:
    """Return the hash of a change-set from the one before it and its own values."""
    header = {name: values[name] for name in _HEADER} | {"at": to_text(values["at"])}
    return hashlib.sha256(f"{previous}\n{canonical(header)}".encode()).hexdigest()


def stored_as(connection: Connection, guid: str) -> tuple[int, Sealed] | None:
    """Return (id, place in the chain) of the change-set with this GUID, or None: it was not stored."""
    columns = (change_sets.c.id, change_sets.c.seq, change_sets.c.hash)
    row = connection.execute(sa.select(*columns).where(change_sets.c.guid == guid)).first()
    return None if row is None else (row.id, Sealed(row.seq, row.hash))


def has_hash(connection: Connection, seq: int, wanted: str) -> bool:
    """Return whether the change-set of this number has this hash, as far as the audit can still tell.

    One that was purged before the checkpoint left nothing to compare with: true.
    """
    found = connection.execute(sa.select(change_sets.c.hash).where(change_sets.c.seq == seq)).scalar()
    if found is None:
        start = horizon(connection)
        found = start.hash if start.seq == seq else wanted if seq < start.seq else None
    return bool(found == wanted)


@dataclass(frozen=True, eq=False, repr=False)
class Horizon:
    """Where the audit begins: its older part was purged up to and with change-set `seq`, written at `at`.

    Nothing was purged where `seq` is 0; `at` is none then. What is known: every change-set above `seq`, so every state
    from `at` on. No copy is kept of what the purged ones said, and none is needed: what an object was at a moment is
    the `before` of its first change after that moment, else the object as it lives now.
    """

    seq: int = 0
    hash: str = GENESIS
    at: datetime | None = None
    changes: int = 0
    digest: str = ""
    actor: str = ""
    purged_at: datetime | None = None

    def document(self) -> dict[str, Any]:
        """Return what the change-set that purged records: every column of the checkpoint."""
        moments = {name: to_text(at) for name, at in (("at", self.at), ("purged_at", self.purged_at)) if at is not None}
        return {n: getattr(self, n) for n in ("seq", "hash", "changes", "digest", "actor")} | moments

    def __str__(self) -> str:
        """Return it in words."""
        assert self.purged_at is not None
        return f"change-sets up to {self.seq} were purged at {to_second(self.purged_at)} by {self.actor}"


def horizon(connection: Connection) -> Horizon:
    """Return where the audit begins: what was before it cannot be shown, undone or looked back to."""
    row = connection.execute(sa.select(checkpoints).where(checkpoints.c.id == 1)).first()
    return Horizon() if row is None else Horizon(*row[1:])


def nothing_before(connection: Connection, moment: datetime) -> str:
    """Return why there is nothing to look back to at a moment; empty where there is, or where it was purged."""
    first = connection.execute(sa.select(change_sets.c.at).order_by(change_sets.c.seq).limit(1)).scalar()
    if first is None:
        return "nothing is recorded yet"
    if moment >= first or horizon(connection).seq:
        return ""
    return f"nothing is recorded before {to_second(first)}"


def refuse_purged(connection: Connection, seq: int) -> None:
    """Raise PurgedError where the change-set of this number was purged."""
    start = horizon(connection)
    if 0 < seq <= start.seq:
        raise PurgedError(
            f"change-set {seq} was purged: {start}",
            hint=f"itmsctl audit show {start.seq + 1}; a backup from before holds the older ones",
            details=start.document(),
        )


def refuse_before_horizon(connection: Connection, moment: datetime) -> None:
    """Raise PurgedError where a moment lies before the first that the audit can still tell of."""
    start = horizon(connection)
    if start.at is not None and moment < start.at:
        raise PurgedError(
            f"the audit does not reach back to {to_second(moment)}: {start}",
            hint=f"the earliest moment is {to_text(start.at)}",
            details=start.document(),
        )


def refuse_used_key(connection: Connection, key: str) -> None:
    """Raise AlreadyDoneError where a change-set with this idempotency key is stored: the command has run before."""
    row = connection.execute(sa.select(change_sets).where(change_sets.c.idempotency_key == key)).first()
    if row is not None:
        raise AlreadyDoneError(
            f"already done: change-set {row.seq} carries the idempotency key `{key}`",
            details={"seq": row.seq, "at": to_text(row.at), "command": row.command},
        )
