"""Change-sets: who changed what, chained by hash, in the same transaction as the change (I8).

hash = SHA-256(prev_hash, newline, canonical JSON of the header). The header holds the digest of the change rows, so that a
changed, missing or added row breaks the chain from there on.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb import bulk
from itmsctl.cmdb.types import Json, Moment, canonical
from itmsctl.errors import AlreadyDoneError, AuditChainError
from itmsctl.values.times import to_text

if TYPE_CHECKING:
    from itmsctl.cmdb.store import Actor

GENESIS = "0" * 64
_CHANGE_COLUMNS = ("change_set", "ord", "kind", "guid", "name", "action", "before", "after")
ChangeRow = tuple[str, str, str, str, str | None, str | None]

# The rows of `cmdb.tables`, without the price of importing them: every command that writes would pay it at start-up.
change_sets = sa.table(
    "change_set",
    *(sa.column(c) for c in ("id", "seq", "guid", "actor", "command", "reason", "digest", "idempotency_key")),
    *(sa.column(c) for c in ("prev_hash", "hash")),
    sa.column("at", Moment),
    sa.column("summary", Json),
)
changes = sa.table("change", *(sa.column(c) for c in _CHANGE_COLUMNS))
heads = sa.table("chain_head", sa.column("id"), sa.column("seq"), sa.column("hash"))
tombstones = sa.table(
    "tombstone", *(sa.column(c) for c in ("guid", "kind", "name", "origin", "change_set")), sa.column("at", Moment)
)


@dataclass
class Draft:
    """A change-set in the making."""

    guid: str
    idempotency_key: str | None
    id: int | None = None
    rows: list[ChangeRow] = field(default_factory=list)
    summary: dict[str, dict[str, int]] = field(default_factory=dict)
    tombstones: list[dict[str, Any]] = field(default_factory=list)
    hasher: hashlib._Hash = field(default_factory=hashlib.sha256)
    result: Any = None

    @classmethod
    def fresh(cls, idempotency_key: str | None) -> Draft:
        """Answer an empty draft."""
        return cls(str(uuid.uuid4()), idempotency_key)

    def add(self, action: str, kind: str, guid: str, name: str, before: str | None, after: str | None) -> None:
        """Add one changed document, as canonical JSON texts."""
        row = (kind, guid, name, action, before, after)
        self.hasher.update(row_digest_text(row))
        self.rows.append(row)
        self.count(kind, {action: 1})

    def count(self, kind: str, counts: dict[str, int]) -> None:
        """Add to the summary."""
        of_kind = self.summary.setdefault(kind, {})
        for what, number in counts.items():
            of_kind[what] = of_kind.get(what, 0) + number


def row_digest_text(row: ChangeRow) -> bytes:
    """Answer the bytes by which a change row enters the digest: lengths and values, so that no two rows read alike."""
    parts = []
    for value in row:
        data = b"" if value is None else value.encode()
        parts.append(b"%d:" % (-1 if value is None else len(data)))
        parts.append(data)
    return b"".join(parts) + b"\n"


def seal(connection: Connection, draft: Draft, actor: Actor, now: datetime) -> int | None:
    """Store the change-set of a unit of work and answer its `seq`; none where nothing was recorded."""
    if draft.id is None:
        return None
    head = connection.execute(sa.select(heads).with_for_update()).one()
    header = {
        "seq": head.seq + 1,
        "guid": draft.guid,
        "at": to_text(now),
        "actor": actor.name,
        "command": actor.command,
        "reason": actor.reason,
        "summary": draft.summary,
        "digest": draft.hasher.hexdigest(),
    }
    chained = chain_hash(head.hash, header)
    values = header | {
        "id": draft.id,
        "at": now,
        "idempotency_key": draft.idempotency_key,
        "prev_hash": head.hash,
        "hash": chained,
    }
    connection.execute(sa.insert(change_sets).values(**values))
    rows = [(draft.id, i, *row) for i, row in enumerate(draft.rows)]
    bulk.insert(connection, "change", _CHANGE_COLUMNS, rows)
    if draft.tombstones:
        connection.execute(sa.insert(tombstones), [t | {"change_set": draft.id} for t in draft.tombstones])
    connection.execute(sa.update(heads).values(seq=head.seq + 1, hash=chained))
    return int(head.seq) + 1


def chain_hash(previous: str, header: dict[str, Any]) -> str:
    """Answer the hash of a change-set from the one before it and its header."""
    return hashlib.sha256(f"{previous}\n{canonical(header)}".encode()).hexdigest()


def exists(connection: Connection, guid: str) -> bool:
    """Tell whether a change-set was stored."""
    return connection.execute(sa.select(change_sets.c.id).where(change_sets.c.guid == guid)).first() is not None


def refuse_used_key(connection: Connection, key: str) -> None:
    """Raise AlreadyDoneError where a change-set with this idempotency key is stored: the command has run before."""
    row = connection.execute(sa.select(change_sets).where(change_sets.c.idempotency_key == key)).first()
    if row is not None:
        raise AlreadyDoneError(
            f"already done: change-set {row.seq} carries the idempotency key `{key}`",
            details={"seq": row.seq, "at": to_text(row.at), "command": row.command},
        )


def headers(connection: Connection, after: int = 0, limit: int = 1000) -> Iterator[sa.Row[Any]]:
    """Give stored change-sets in the order of the chain."""
    statement = sa.select(change_sets).where(change_sets.c.seq > after).order_by(change_sets.c.seq).limit(limit)
    yield from connection.execute(statement)


def verify(connection: Connection) -> int:
    """Check the whole chain and answer how many change-sets hold.

    Change-sets whose rows a batch digest covers beyond the stored rows (inventory, results) are checked by their chain
    alone. Raises AuditChainError that names the first broken one.
    """
    previous, count, after = GENESIS, 0, 0
    while True:
        page = list(headers(connection, after))
        if not page:
            break
        for row in page:
            _verify_one(connection, row, previous, count + 1)
            previous, count, after = row.hash, count + 1, row.seq
    head = connection.execute(sa.select(heads)).one()
    if (head.seq, head.hash) != (count, previous):
        raise _broken(count + 1, f"the chain ends at {count}, but its head says {head.seq}")
    return count


def _verify_one(connection: Connection, row: sa.Row[Any], previous: str, expected: int) -> None:
    if row.seq != expected:
        raise _broken(expected, "it is missing")
    if row.prev_hash != previous:
        raise _broken(row.seq, "it does not continue the one before it")
    header = {
        "seq": row.seq,
        "guid": row.guid,
        "at": to_text(row.at),
        "actor": row.actor,
        "command": row.command,
        "reason": row.reason,
        "summary": row.summary,
        "digest": row.digest,
    }
    if chain_hash(previous, header) != row.hash:
        raise _broken(row.seq, "its header was changed")
    stored = connection.execute(
        sa.select(*(changes.c[c] for c in _CHANGE_COLUMNS[2:]))
        .where(changes.c.change_set == row.id)
        .order_by(changes.c.ord)
    )
    hasher = hashlib.sha256()
    counted: dict[str, dict[str, int]] = {}
    for change in stored:
        values: ChangeRow = tuple(change)  # type: ignore[assignment]
        hasher.update(row_digest_text(values))
        of_kind = counted.setdefault(values[0], {})
        of_kind[values[3]] = of_kind.get(values[3], 0) + 1
    pure = counted == row.summary
    if pure and hasher.hexdigest() != row.digest:
        raise _broken(row.seq, "its rows were changed")
    if not pure and any(row.summary.get(k, {}).get(a, 0) != n for k, c in counted.items() for a, n in c.items()):
        raise _broken(row.seq, "its rows do not match its counts")


def _broken(seq: int, why: str) -> AuditChainError:
    return AuditChainError(
        f"the audit chain is broken at change-set {seq}",
        why=why,
        hint="compare with a backup: itmsctl db backup, itmsctl audit list",
        details={"seq": seq},
    )
