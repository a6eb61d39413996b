"""Verifying the audit: the whole chain in one pass, a page of change-sets and their rows at a time."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb.audit import GENESIS, chain_hash, change_sets, changes, heads, row_digest_text
from itmsctl.errors import AuditChainError

PAGE = 500
_ROW = [changes.c[name] for name in ("kind", "guid", "name", "action", "before", "after")]


def verify(connection: Connection) -> int:
    """Check the whole chain and answer how many change-sets hold.

    A rewritten chain that holds in itself is not found here, but by the mark outside the database (`seen.json`).
    Raises AuditChainError that names the first broken one.
    """
    previous, count = GENESIS, 0
    while page := _page(connection, count):
        digests = _digests(connection, [row["id"] for row in page])
        for row in page:
            _verify_one(row, previous, count + 1, digests[row["id"]])
            previous, count = row["hash"], count + 1
    head = connection.execute(sa.select(heads)).one()
    if (head.seq, head.hash) != (count, previous):
        raise _broken(count + 1, f"the chain ends at change-set {count}, but its head names change-set {head.seq}")
    return count


def _page(connection: Connection, after: int, size: int = PAGE) -> Sequence[Any]:
    statement = sa.select(change_sets).where(change_sets.c.seq > after).order_by(change_sets.c.seq).limit(size)
    try:
        return connection.execute(statement).mappings().all()
    except ValueError as error:  # a value that was never written by us: found one by one
        if size == 1:
            raise _broken(after + 1, "its header cannot be read") from error
        return _page(connection, after, 1)


def _digests(connection: Connection, ids: list[int]) -> dict[int, str]:
    """Answer the digest of the stored rows of each change-set."""
    statement = (
        sa.select(changes.c.change_set, *_ROW)
        .where(changes.c.change_set.in_(ids))
        .order_by(changes.c.change_set, changes.c.ord)
        .execution_options(yield_per=5000)
    )
    hashers: defaultdict[int, Any] = defaultdict(hashlib.sha256)
    for owner, *values in connection.execute(statement):
        hashers[owner].update(row_digest_text(tuple(values)))
    return {id_: hashers[id_].hexdigest() for id_ in ids}


def _verify_one(row: Any, previous: str, expected: int, digest: str) -> None:
    if row["seq"] != expected:
        raise _broken(expected, "it is missing")
    if row["prev_hash"] != previous:
        raise _broken(expected, "it does not continue the one before it")
    if chain_hash(previous, row) != row["hash"]:
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
