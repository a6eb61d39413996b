"""What the audit keeps of runs: what was to run, and from its end on the digest of all results and of all output."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.rows import blobs
from itmsctl.cmdb.said import SEAL, LiveRows
from itmsctl.cmdb.sealing import rows_digest
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.tasks.numbers import run_name
from itmsctl.tasks.rows import attempts, members, outputs, runs, steps, waves

KIND = "run"
ENDED = "ended"
WHAT = ("program", "options", "via", "selector")  # columns of a run that its document holds
_RESULTS = (members, attempts, steps, waves)


def seal(unit: UnitOfWork, id_: int, guid: str, name: str) -> None:
    """Record what a run came to, now that it has ended: later changes of a result, or of output, are found."""
    unit.seal(KIND, guid, name, contents(unit, id_))


def unseal(unit: UnitOfWork, guid: str, name: str) -> None:
    """Record that a run goes on, so that its results may change."""
    unit.seal(KIND, guid, name, None)


def contents(reader: Reader, id_: int) -> dict[str, str]:
    """Return the digests of a run's rows."""
    connection, of_it = reader.connection, {"run_id": id_}
    return {
        # whose occurrence it was may be forgotten with its policy
        "run": rows_digest(connection, runs, {"id": id_}, ("policy_id", "changed_by")),
        "results": " ".join(rows_digest(connection, table, of_it) for table in _RESULTS),
        "output": rows_digest(connection, outputs, of_it),
    }


def recorded(reader: Reader) -> dict[str, Iterator[LiveRows]]:
    """Return what is compared with the audit (hook)."""
    return {KIND: _documents(reader), SEAL + KIND: _seals(reader)}


def _documents(reader: Reader) -> Iterator[LiveRows]:
    own = (members.c.run_id == runs.c.id, members.c.computer_id > 0)
    count = sa.select(sa.func.count()).where(*own).scalar_subquery()
    statement = sa.select(runs.c.guid, runs.c.number, *(runs.c[name] for name in WHAT), count).order_by(runs.c.id)
    for guid, number, *kept, computers in reader.connection.execute(statement).all():
        name = run_name(number)
        document = {"name": name, **dict(zip(WHAT, kept, strict=True)), "computers": computers}
        yield LiveRows(KIND, guid, name, canonical(document))


def _seals(reader: Reader) -> Iterator[LiveRows]:
    statement = sa.select(runs.c.id, runs.c.guid, runs.c.number).where(runs.c.state == ENDED).order_by(runs.c.id)
    for id_, guid, number in reader.connection.execute(statement).all():
        held: dict[str, Any] = contents(reader, id_)
        lost = _lost_output(reader, id_)
        yield LiveRows(SEAL + KIND, guid, run_name(number), canonical(held | ({"lost_output": lost} if lost else {})))


def _lost_output(reader: Reader, id_: int) -> int:
    """Return how many streams name bytes that are not there."""
    pieces = (outputs.c.head, outputs.c.tail)
    absent = [sa.and_(c.is_not(None), ~sa.exists().where(blobs.c.sha256 == c)) for c in pieces]
    statement = sa.select(sa.func.count()).where(outputs.c.run_id == id_, sa.or_(*absent))
    return int(reader.connection.execute(statement).scalar_one())
