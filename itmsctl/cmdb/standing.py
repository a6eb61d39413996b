"""Whether every object stands in the database as the audit said last: what was changed past the program is named.

A noun is compared by its document, by what its row keeps beside it (when, by which change-set, at which revision), and
by the columns that follow from it. What is no noun is given by the rooms (hook `recorded`, called with the reader,
which returns {kind: an iterator of `cmdb.said.Live`}).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb import bulk
from itmsctl.cmdb.audit import horizon, written_at
from itmsctl.cmdb.rows import change_sets, changes
from itmsctl.cmdb.said import SEAL, Key, Last, LiveRows, Said, digest
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import Reader
from itmsctl.errors import AuditDiffersError, ItmsError
from itmsctl.values.kind import Kind, house
from itmsctl.values.lean import dataclass

_PAGE = 500
_SHOWN = 5
# What reading a row raises that was never written by us.
_UNREADABLE = (ItmsError, ValueError, TypeError, AttributeError, LookupError, sa.exc.SQLAlchemyError)


@dataclass(frozen=True)
class Difference:
    """An object that does not stand as the audit said last."""

    kind: str
    guid: str
    name: str
    what: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.kind.removeprefix(SEAL)} `{self.name or self.guid}` {self.what}"

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {"kind": self.kind.removeprefix(SEAL), "id": self.guid, "name": self.name, "what": self.what}


def refuse(found: Sequence[Difference]) -> None:
    """Raise AuditDiffersError where something differs."""
    if found:
        more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise AuditDiffersError(
            f"{len(found)} objects are not what the audit said of them last",
            why="; ".join(map(str, found[:_SHOWN])) + more,
            hint="itmsctl history NOUN NAME says what was recorded; a backup holds what was there before",
            details={"differences": [one.as_dict() for one in found]},
        )


def differences(connection: Connection, said: Said) -> Iterator[Difference]:
    """Yield every object that differs, is gone, or was never recorded. `said` has seen the whole chain."""
    guid = connection.exec_driver_sql("SELECT value FROM meta WHERE key = 'server_guid'").scalar()
    now = connection.execute(sa.select(sa.func.max(change_sets.c.at))).scalar()
    reader = Reader(connection, now, str(guid))  # type: ignore[arg-type]  # of an empty audit nothing is asked by time
    whole = horizon(connection).seq == 0
    left = dict(said.living())
    compared = set()
    for kind in house().kinds():
        compared.add(kind.name)
        yield from Noun(reader, kind, whole).differences(left)
    for call in house().calls("recorded"):
        for name, rows in call(reader).items():
            compared.add(name)
            yield from _others(reader, name, rows, left)
    for (kind_name, object_guid), last in left.items():
        if kind_name in compared:
            name = _said(reader, (kind_name, object_guid), last).get("name", "")
            yield Difference(kind_name, object_guid, str(name), f"is gone; {_change_set(last)} has it")


def _others(reader: Reader, kind: str, rows: Iterator[LiveRows], left: dict[Key, Last]) -> Iterator[Difference]:
    try:
        for row in rows:
            yield from compared(reader, row, left.pop((kind, row.guid), None))
    except _UNREADABLE as error:
        yield Difference(kind, "", "", f"cannot be read: {error}")


def compared(reader: Reader, live: LiveRows, last: Last | None) -> Iterator[Difference]:
    """Yield the difference of one object from what was said of it last, where there is one."""
    if last is None:
        yield Difference(live.kind, live.guid, live.name, "was never recorded, or its removal was")
    elif digest(live.kind, live.text) != last.digest:
        before = _said(reader, (live.kind, live.guid), last)
        fields = ", ".join(_differing(before, _fields(live.text))) or "its document"
        yield Difference(live.kind, live.guid, live.name, f"differs from {_change_set(last)}: {fields}")


def _differing(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [key for key in sorted({*before, *now}) if before.get(key) != now.get(key)] if before else []


def _said(reader: Reader, key: Key, last: Last) -> dict[str, Any]:
    """Return the document that the audit said last; empty where it went with a purge."""
    statement = (
        sa.select(changes.c.after)
        .where(changes.c.change_set == last.change_set, changes.c.kind == key[0], changes.c.guid == key[1])
        .order_by(changes.c.ord.desc())
        .limit(1)
    )
    text = reader.connection.execute(statement).scalar()
    return _fields(text) if text else {}


def _fields(text: str) -> dict[str, Any]:
    """Return the fields of a document; of a seal that is a list, its members by their number."""
    held = json.loads(text)
    return held if isinstance(held, dict) else {str(n): one for n, one in enumerate(held)}


def _change_set(last: Last) -> str:
    return f"change-set {last.seq}"


class Noun:
    """The objects of one kind."""

    def __init__(self, reader: Reader, kind: Kind, whole: bool) -> None:
        self.reader, self.kind, self.whole = reader, kind, whole
        self.shelf: Any = kind.load_shelf()
        self.times: dict[int, Any] = {}  # when change-sets were written

    def differences(self, left: dict[Key, Last]) -> Iterator[Difference]:
        """Yield the objects that differ, and take all that are there from `left`."""
        statement = sa.select(self.shelf.table.c.id).order_by(self.shelf.table.c.id)
        for ids in bulk.chunks(self.reader.connection.execute(statement).scalars().all(), _PAGE):
            try:
                yield from self.page(ids, left)
            except _UNREADABLE:
                for id_ in ids:
                    yield from self._alone(id_, left)

    def _alone(self, id_: int, left: dict[Key, Last]) -> Iterator[Difference]:
        """Look at one object of a page that holds one which cannot be read."""
        try:
            yield from self.page([id_], left)
        except _UNREADABLE as error:
            own = self.shelf.table.c
            statement = sa.select(sa.cast(own.guid, sa.Text), sa.cast(own.name, sa.Text)).where(own.id == id_)
            guid, name = self.reader.connection.execute(statement).one()
            left.pop((self.kind.name, guid), None)
            yield Difference(self.kind.name, guid, name, f"cannot be read: {error}")

    def page(self, ids: Sequence[int], left: dict[Key, Last]) -> Sequence[Difference]:
        """Return the objects of these ids that differ, and take all that are there from `left`."""
        docs = self.shelf.docs(self.reader, ids)
        lasts = [left[self.kind.name, doc.guid] for doc in docs if (self.kind.name, doc.guid) in left]
        self._learn_times(lasts)
        rows = self._rows([doc.id for doc in docs])
        found = []
        for doc in docs:
            last = left.get((self.kind.name, doc.guid))
            live = LiveRows(self.kind.name, doc.guid, doc.name, canonical(doc.document()))
            of_it = list(compared(self.reader, live, last))
            if not of_it and last is not None:
                wrong = [*self._beside(rows[doc.id], last), *self._following(doc, rows[doc.id])]
                said = f"differs from {_change_set(last)}: {', '.join(wrong)}"
                of_it = [Difference(live.kind, live.guid, live.name, said)] if wrong else []
            found += of_it
        for doc, what in self.shelf.strays(self.reader, docs):
            found.append(Difference(self.kind.name, doc.guid, doc.name, f"differs from what follows from it: {what}"))
        for doc in docs:
            left.pop((self.kind.name, doc.guid), None)
        return found

    def _rows(self, ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
        table = self.shelf.table
        where = member_of(self.reader.connection, table.c.id, ids)
        rows = self.reader.connection.execute(sa.select(table).where(where)).mappings().all()
        return {int(row["id"]): dict(row) for row in rows}

    def _learn_times(self, lasts: Sequence[Last]) -> None:
        wanted = {n for last in lasts for n in (last.change_set, last.born)} - self.times.keys()
        asked = member_of(self.reader.connection, change_sets.c.id, sorted(wanted))
        of_sets = sa.select(change_sets.c.id, change_sets.c.at, change_sets.c.summary).where(asked)
        found = self.reader.connection.execute(of_sets)
        self.times |= {row.id: written_at(row.at, row.summary) for row in found}

    def _beside(self, row: Mapping[str, Any], last: Last) -> Iterator[str]:
        """Yield the columns beside the document that are not what the change-set which wrote it last left there."""
        if row["changed_by"] != last.change_set:
            yield "changed_by"
        elif row["changed_at"] != self.times.get(last.change_set, row["changed_at"]):
            yield "changed_at"
        if row["revision"] != last.writes and (self.whole or row["revision"] < last.writes):
            yield "revision"
        if row["origin"] != self.reader.server_guid:
            yield "origin"
        if row["created_at"] != self.times.get(last.born, row["created_at"]):
            yield "created_at"

    def _following(self, doc: Any, row: Mapping[str, Any]) -> Iterator[str]:
        """Yield the columns that are not what follows from the document."""
        for column, value in self.shelf.derived(self.reader, doc).items():
            if row[column] != value:
                yield column
