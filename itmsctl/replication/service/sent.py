"""What neighbours have from this server: noted when they said that they took it, looked up by index."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.replication.rows import sent_marks, sent_objects

WHOLE = ""  # the part of a mark that counts the runs of a rule
ROWS = "rows:"  # and a data class: the kind under which it is noted that a computer's rows were given
_KEY = ("peer", "kind", "guid")
_VALUES = ("hash", "why")


class ChangeMark(NamedTuple):
    """Up to where changes were given: the change-set, and the moment."""

    through: int
    at: datetime


def marks(reader: Reader, peer: str, rule: str) -> dict[str, ChangeMark]:
    """Return up to where a rule has given a neighbour what changed, by kind."""
    where = (sent_marks.c.peer == peer, sent_marks.c.rule == rule)
    rows = reader.connection.execute(sa.select(sent_marks.c.part, sent_marks.c.through, sent_marks.c.at).where(*where))
    return {part: ChangeMark(through, at) for part, through, at in rows}


def put_mark(unit: UnitOfWork, peer: str, rule: str, part: str, mark: ChangeMark) -> None:
    """Write up to where a rule has given what changed."""
    key = {"peer": peer, "rule": rule, "part": part}
    mine = sa.and_(*(sent_marks.c[name] == value for name, value in key.items()))
    done = unit.connection.execute(sa.update(sent_marks).where(mine).values(**mark._asdict()))
    if not done.rowcount:
        unit.connection.execute(sa.insert(sent_marks).values(**key, **mark._asdict()))


def hashes(reader: Reader, peer: str, kind: str, guids: Collection[str]) -> dict[str, str | None]:
    """Return the hashes of objects that a neighbour has, by GUID; none of one that must go again."""
    where = (sent_objects.c.peer == peer, sent_objects.c.kind == kind)
    inside = member_of(reader.connection, sent_objects.c.guid, list(guids))
    rows = reader.connection.execute(sa.select(sent_objects.c.guid, sent_objects.c.hash).where(*where, inside))
    return {row.guid: row.hash for row in rows}


def every_hash(reader: Reader, peer: str, kind: str) -> Iterator[tuple[str, str | None]]:
    """Yield GUID and hash of all objects of a kind that a neighbour has, in the order of their GUIDs."""
    statement = sa.select(sent_objects.c.guid, sent_objects.c.hash)
    where = (sent_objects.c.peer == peer, sent_objects.c.kind == kind)
    ordered = statement.where(*where).order_by(sent_objects.c.guid).execution_options(yield_per=1000)
    with reader.connection.execute(ordered) as rows:
        yield from ((guid, found) for guid, found in rows)


def again(reader: Reader, peer: str, kind: str) -> dict[str, str]:
    """Return the objects of a kind that must go again, by GUID, each with why."""
    where = (sent_objects.c.peer == peer, sent_objects.c.kind == kind, sent_objects.c.hash.is_(None))
    rows = reader.connection.execute(sa.select(sent_objects.c.guid, sent_objects.c.why).where(*where))
    return {guid: why or "it must go again" for guid, why in rows}


def note(unit: UnitOfWork, peer: str, found: Mapping[tuple[str, str], tuple[str | None, str | None]]) -> None:
    """Write objects as a neighbour has them: (kind, GUID) and hash and why, where it must go again."""
    there: set[tuple[str, str]] = set()
    by_kind: dict[str, list[str]] = {}
    for kind, guid in found:
        by_kind.setdefault(kind, []).append(guid)
    for kind, guids in by_kind.items():
        there |= {(kind, guid) for guid in hashes(unit, peer, kind, guids)}
    new = [(peer, *key, *values) for key, values in found.items() if key not in there]
    old = [(*values, peer, *key) for key, values in found.items() if key in there]
    bulk.insert(unit.connection, "sent_object", (*_KEY, *_VALUES), new)
    bulk.update(unit.connection, "sent_object", _VALUES, _KEY, old)


def drop(unit: UnitOfWork, peer: str, keys: Collection[tuple[str, str]]) -> None:
    """Forget objects that a neighbour has no longer: (kind, GUID)."""
    bulk.delete(unit.connection, "sent_object", _KEY, [(peer, *key) for key in keys])


def drop_rows(unit: UnitOfWork, peer: str, guids: Collection[str]) -> None:
    """Forget the rows of computers that a neighbour has no longer."""
    if guids:
        own = sent_objects.c
        mine = (own.peer == peer, own.kind > ROWS, own.kind < ROWS[:-1] + ";")
        unit.connection.execute(sa.delete(sent_objects).where(*mine, member_of(unit.connection, own.guid, list(guids))))


def forget(unit: UnitOfWork, peer: str) -> None:
    """Forget all that was given to a neighbour: the next run gives it everything."""
    for table in (sent_objects, sent_marks):
        unit.connection.execute(sa.delete(table).where(table.c.peer == peer))
