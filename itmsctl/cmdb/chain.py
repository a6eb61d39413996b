"""Verifying the audit: the whole chain in one pass, a page of change-sets and their rows at a time."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb.audit import CHECKPOINT, Horizon, chain_hash, horizon, row_digest_text
from itmsctl.cmdb.rows import change_sets, changes, checkpoints, heads
from itmsctl.cmdb.said import Said
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.types import canonical
from itmsctl.errors import AuditChainError, RowUnreadableError
from itmsctl.values.lean import dataclass

PAGE = 500
_UNREADABLE = (RowUnreadableError, ValueError, TypeError, AttributeError, KeyError)
# How SQLite keeps a moment. Another form of the same moment would sort elsewhere.
_FORM = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z"
_ROW = [changes.c[name] for name in ("kind", "guid", "name", "action", "before", "after")]


def verify(connection: Connection, said: Said | None = None) -> int:
    """Check the whole chain and return how many change-sets hold; where its older part was purged, from the checkpoint.

    `said` collects what it says of every object, on the way.

    A rewritten chain that holds in itself is not found here, but by the mark outside the database (`seen.json`).
    Raises AuditChainError that names the first broken one.
    """
    _refuse_other_forms(connection)
    start = _checkpoint(connection)
    previous, count = start.hash, start.seq
    while page := _page(connection, count):
        digests = _digests(connection, {row["id"]: row["seq"] for row in page}, said)
        for row in page:
            _verify_one(row, previous, count + 1, digests[row["id"]])
            previous, count = row["hash"], count + 1
    head = connection.execute(sa.select(heads)).first()
    if head is None or (head.seq, head.hash) != (count, previous):
        named = "is gone" if head is None else f"names change-set {head.seq}"
        raise _broken(count + 1, f"the chain ends at change-set {count}, but its head {named}")
    _verify_checkpoint(connection, start)
    return count - start.seq


@dataclass(frozen=True)
class Verified:
    """How many change-sets hold, and how many were purged before them."""

    count: int
    purged: int

    def __str__(self) -> str:
        """Return it in words."""
        before = f"; {self.purged} before them were purged, and the checkpoint holds" if self.purged else ""
        return f"{self.count} change-sets hold{before}"


def verified(connection: Connection, said: Said | None = None) -> Verified:
    """Check the whole chain as `verify` does, and return what holds. Raises AuditChainError."""
    return Verified(verify(connection, said), horizon(connection).seq)


_MANY = 2000  # rows of a change-set: what a large import wrote is only read whole by `audit verify`


def refuse_changed(connection: Connection, numbers: Collection[int]) -> None:
    """Raise AuditChainError where one of these change-sets is not what its hash says, a large one's rows apart."""
    where = member_of(connection, change_sets.c.seq, sorted(numbers))
    rows = connection.execute(sa.select(change_sets).where(where)).mappings().all()
    owned = sa.select(changes.c.change_set, sa.func.count()).group_by(changes.c.change_set)
    ids = member_of(connection, changes.c.change_set, [row["id"] for row in rows])
    counts: dict[int, int] = {row[0]: row[1] for row in connection.execute(owned.where(ids))}
    small = {row["id"]: row["seq"] for row in rows if counts.get(row["id"], 0) <= _MANY}
    digests = _digests(connection, small, None) if small else {}
    for row in rows:
        _verify_one(row, row["prev_hash"], row["seq"], digests.get(row["id"], row["digest"]))


def _refuse_other_forms(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        for table in ("change_set", "chain_checkpoint"):
            found = connection.exec_driver_sql(f"SELECT min(seq) FROM {table} WHERE at NOT GLOB ?", (_FORM,)).scalar()  # noqa: S608 - two names of ours
            if found is not None:
                raise _broken(int(found), "its time was changed")


def _checkpoint(connection: Connection) -> Horizon:
    try:
        return horizon(connection)
    except _UNREADABLE as error:  # a value that was never written by us
        raise _broken(1, "the checkpoint cannot be read") from error


def _verify_checkpoint(connection: Connection, start: Horizon) -> None:
    """Compare the checkpoint with what the change-set that wrote it last has recorded: the chain protects it."""
    statement = (
        sa.select(changes.c.after)
        .join(change_sets, change_sets.c.id == changes.c.change_set)
        .where(changes.c.kind == CHECKPOINT)
        .order_by(change_sets.c.seq.desc(), changes.c.ord.desc())
        .limit(1)
    )
    recorded = connection.execute(statement).scalar()
    count = connection.execute(sa.select(sa.func.count()).select_from(checkpoints)).scalar_one()
    if recorded != (canonical(start.document()) if start.seq else None) or count != int(start.seq > 0):
        raise _broken(start.seq + 1, "the checkpoint before it is not the one that was recorded by the purge")


def _page(connection: Connection, after: int, size: int = PAGE) -> Sequence[Any]:
    statement = sa.select(change_sets).where(change_sets.c.seq > after).order_by(change_sets.c.seq).limit(size)
    try:
        return connection.execute(statement).mappings().all()
    except _UNREADABLE as error:  # a value that was never written by us: found one by one
        if size == 1:
            raise _broken(after + 1, "its header cannot be read") from error
        return _page(connection, after, 1)


def _digests(connection: Connection, numbers: dict[int, int], said: Said | None) -> dict[int, str]:
    """Return the digest of the stored rows of each change-set; `numbers` are those of their ids."""
    statement = (
        sa.select(changes.c.change_set, changes.c.ord, *_ROW)
        .where(changes.c.change_set.in_(list(numbers)))
        .order_by(changes.c.change_set, changes.c.ord)
        .execution_options(yield_per=5000)
    )
    hashers: defaultdict[int, Any] = defaultdict(hashlib.sha256)
    counts: Counter[int] = Counter()
    for owner, ord_, *values in connection.execute(statement):
        if ord_ != counts[owner]:
            hashers[owner].update(b"out of order")
        try:
            hashers[owner].update(row_digest_text(tuple(values)))
            if said is not None:
                said.see(numbers[owner], ord_, owner, tuple(values))
        except _UNREADABLE as error:  # a value that was never written by us
            raise _broken(numbers[owner], "its rows were changed") from error
        counts[owner] += 1
    return {id_: hashers[id_].hexdigest() for id_ in numbers}


def _verify_one(row: Any, previous: str, expected: int, digest: str) -> None:
    if row["seq"] != expected:
        raise _broken(expected, "it is missing")
    if row["prev_hash"] != previous:
        raise _broken(expected, "it does not continue the one before it")
    try:
        hashed = chain_hash(previous, row)
    except _UNREADABLE as error:  # a value that JSON has no form for
        raise _broken(expected, "its header was changed") from error
    if hashed != row["hash"]:
        raise _broken(expected, "its header was changed")
    if digest != row["digest"]:
        raise _broken(expected, "its rows were changed")


def _broken(seq: int, why: str) -> AuditChainError:
    return AuditChainError(
        f"the audit chain is broken at change-set {seq}",
        why=why,
        hint=f"itmsctl audit show {seq}, and compare with a backup (`itmsctl db status` names the last one)",
        details={"seq": seq},
    )
