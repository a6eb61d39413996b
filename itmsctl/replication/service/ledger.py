"""The batches that were sent and taken, by their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.replication.envelope import BatchHeader, BatchMark
from itmsctl.replication.rows import sent_batches, taken_batches
from itmsctl.replication.sequence import TakenBatch

KEPT, EXPORTED, TAKEN, REFUSED, VOID = "kept", "exported", "taken", "refused", "void"
_KEEP = 200  # rows of each neighbour, for `hierarchy status`


@dataclass(frozen=True, slots=True)
class KeptBatch:
    """A batch that was made for a neighbour, which is not known to have it."""

    mark: BatchMark
    state: str
    records: int
    size: int


def last_sent(reader: Reader, peer: str) -> BatchMark | None:
    """Return the number of the newest batch that was made for a neighbour, whatever became of it."""
    row = _newest(reader, sent_batches.c.peer == peer, sent_batches)
    return None if row is None else BatchMark(row.epoch, row.seq)


def last_counting(reader: Reader, peer: str) -> BatchMark | None:
    """Return the newest batch that a neighbour has, or is to have: what the next one follows."""
    own = sent_batches.c
    counting = sa.and_(own.peer == peer, own.state.in_((KEPT, EXPORTED, TAKEN)))
    row = _newest(reader, counting, sent_batches)
    return None if row is None else BatchMark(row.epoch, row.seq)


def waiting(reader: Reader, peer: str) -> list[KeptBatch]:
    """Return the batches that a neighbour is not known to have, oldest first."""
    own = sent_batches.c
    statement = sa.select(sent_batches).where(own.peer == peer, own.state.in_((KEPT, EXPORTED)))
    rows = reader.rows(statement.order_by(own.epoch, own.seq))
    return [KeptBatch(BatchMark(row.epoch, row.seq), row.state, row.records, row.size) for row in rows]


def note_made(unit: UnitOfWork, header: BatchHeader) -> None:
    """Note a batch that was made."""
    body = header.body
    unit.connection.execute(
        sa.insert(sent_batches).values(
            peer=header.to, epoch=header.mark.epoch, seq=header.mark.seq, rule=header.rule, mode=header.mode,
            run=header.run, part=header.part, last=header.last, size=body.size, records=body.records, raw=body.raw,
            sha256=body.sha256, state=KEPT, made_at=header.made_at,
        )
    )  # fmt: skip


def note_state(
    unit: UnitOfWork, peer: str, mark: BatchMark, state: str, reply: Mapping[str, Any] | None = None
) -> None:
    """Note what became of a batch, and forget those of long ago."""
    own = sent_batches.c
    values: dict[str, Any] = {"state": state, "settled_at": unit.now}
    if reply is not None:
        values["reply"] = dict(reply)
    unit.connection.execute(
        sa.update(sent_batches).where(own.peer == peer, own.epoch == mark.epoch, own.seq == mark.seq).values(**values)
    )
    waits = own.state.in_((KEPT, EXPORTED))  # a run may be of more batches than are remembered
    _forget_old(unit, sent_batches, own.peer == peer, sa.not_(waits))


def void_all(unit: UnitOfWork, peer: str) -> None:
    """Have no batch count any more: a neighbour lost what it had, and the next one begins again."""
    own = sent_batches.c
    unit.connection.execute(
        sa.update(sent_batches).where(own.peer == peer, own.state.in_((KEPT, EXPORTED, TAKEN))).values(state=VOID)
    )


def exported(reader: Reader, peer: str, up_to: BatchMark) -> list[BatchMark]:
    """Return the batches in files, up to one, that a neighbour is not known to have."""
    return [one.mark for one in waiting(reader, peer) if one.state == EXPORTED and one.mark <= up_to]


def last_taken(reader: Reader, origin: str) -> TakenBatch | None:
    """Return the newest batch of a neighbour that was taken in, or None."""
    row = _newest(reader, taken_batches.c.origin == origin, taken_batches, "sha256", "nonce", "taken_at")
    return None if row is None else TakenBatch(BatchMark(row.epoch, row.seq), row.sha256, row.nonce, row.taken_at)


def note_taken(unit: UnitOfWork, header: BatchHeader, reply: Mapping[str, Any]) -> None:
    """Note a batch that was taken in, and forget those of long ago."""
    own = taken_batches.c
    unit.connection.execute(
        sa.insert(taken_batches).values(
            origin=header.origin, epoch=header.mark.epoch, seq=header.mark.seq, nonce=header.nonce, rule=header.rule,
            mode=header.mode, run=header.run, part=header.part, last=header.last, size=header.body.size,
            records=header.body.records, sha256=header.body.sha256, made_at=header.made_at, taken_at=unit.now,
            reply=dict(reply),
        )
    )  # fmt: skip
    _forget_old(unit, taken_batches, own.origin == header.origin)


def reply_of(reader: Reader, header: BatchHeader) -> dict[str, Any]:
    """Return what was said of a batch when it was taken in."""
    return dict(reader.scalar(_of_taken(header, taken_batches.c.reply)) or {})


def was_taken(reader: Reader, header: BatchHeader) -> bool:
    """Return whether this very batch was taken in, as far back as is known."""
    return bool(reader.scalar(_of_taken(header, taken_batches.c.sha256)) == header.body.sha256)


def _of_taken(header: BatchHeader, column: sa.Column[Any]) -> sa.Select[Any]:
    own = taken_batches.c
    mark = header.mark
    return sa.select(column).where(own.origin == header.origin, own.epoch == mark.epoch, own.seq == mark.seq)


def _newest(reader: Reader, of_it: sa.ColumnElement[bool], table: sa.Table, *more: str) -> Any:
    """Return the number of the newest batch of some of a table, and more of its columns; None where there is none."""
    own = table.c
    statement = (
        sa.select(own.epoch, own.seq, *(own[name] for name in more))
        .where(of_it)
        .order_by(own.epoch.desc(), own.seq.desc())
        .limit(1)
    )
    return reader.connection.execute(statement).first()


def _forget_old(
    unit: UnitOfWork, table: sa.Table, of_it: sa.ColumnElement[bool], *only: sa.ColumnElement[bool]
) -> None:
    own = table.c
    edge = unit.connection.execute(
        sa.select(own.epoch, own.seq).where(of_it).order_by(own.epoch.desc(), own.seq.desc()).offset(_KEEP).limit(1)
    ).first()
    if edge is not None:
        older = sa.or_(own.epoch < edge.epoch, sa.and_(own.epoch == edge.epoch, own.seq <= edge.seq))
        unit.connection.execute(sa.delete(table).where(of_it, older, *only))
