"""`--as-of`: the objects of a kind as they were at a moment (hook `as_of` of `cli.looking_back`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.audit import refuse_before_horizon
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.rows import change_sets, changes, tombstones
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader
from itmsctl.errors import FieldError, NotFoundError
from itmsctl.plans import past
from itmsctl.plans.past import Since
from itmsctl.values.kind import Field, Kind, Owner, Type
from itmsctl.values.names import did_you_mean


class PastShelf:
    """A kind at a moment: it is read as its shelf is. What was only reported, and what is derived, is not known."""

    def __init__(self, kind: Kind, moment: datetime) -> None:
        self.kind = kind
        self.moment = moment
        self.shelf: Shelf = kind.load_shelf()

    def get(self, reader: Reader, name: str) -> Doc:
        """Return the object that bore this name, or has this GUID. Raises NotFoundError."""
        key = f"{self.kind.name} at {self.moment.isoformat()}"
        docs = reader.memo.get(key)
        if docs is None:
            docs = reader.memo[key] = {doc.guid: doc for doc in self._then(reader, self._since(reader))}
        found: Doc = docs[past.named({guid: doc.name for guid, doc in docs.items()}, name, self.kind.name, self.moment)]
        return found

    def find(self, reader: Reader, name: str) -> Doc | None:
        """Return the object that bore this name, or None."""
        try:
            return self.get(reader, name)
        except NotFoundError:
            return None

    def list(
        self, reader: Reader, *, sort: str = "name", descending: bool = False, limit: int | None = None
    ) -> Iterator[Doc]:
        """Yield the objects in the order of a field."""
        field = self._sorted_by(sort)
        docs = sorted(self._then(reader, self._since(reader)), key=lambda doc: doc.guid)
        docs.sort(key=lambda doc: _rank(doc, sort, field), reverse=descending)
        yield from islice(docs, limit)

    def _then(self, reader: Reader, since: Mapping[str, Since]) -> Iterator[Doc]:
        present = self.shelf.list(reader)
        removed = self._revisions_at_removal(reader, since)
        alive = {}

        def known() -> Iterator[Doc]:
            for doc in present:
                if doc.guid in since:
                    alive[doc.guid] = doc.revision
                yield doc

        def made(change: Since) -> Doc:
            last = alive.get(change.guid, removed.get(change.guid, change.writes + 1))
            return self._doc(change, max(1, last - change.writes))

        for doc in past.then(known(), since, lambda doc: doc.guid, made):
            yield self._bare(doc)

    def _since(self, reader: Reader) -> dict[str, Since]:
        past.refuse_future(self.moment, reader.now)
        refuse_before_horizon(reader.connection, self.moment)
        order = (change_sets.c.seq, changes.c.ord)
        wrote = sa.case((changes.c.action == "removed", 0), else_=1)
        ranked = (
            sa.select(
                changes.c.guid,
                changes.c.before,
                sa.func.row_number().over(partition_by=changes.c.guid, order_by=order).label("rank"),
                sa.func.sum(wrote).over(partition_by=changes.c.guid).label("writes"),
            )
            .select_from(changes.join(change_sets, change_sets.c.id == changes.c.change_set))
            .where(changes.c.kind == self.kind.name, change_sets.c.at > self.moment)
            .subquery()
        )
        first = sa.select(ranked.c.guid, ranked.c.before, ranked.c.writes).where(ranked.c.rank == 1)
        return {
            guid: Since(guid, None if before is None else json.loads(before), int(writes))
            for guid, before, writes in reader.connection.execute(first)
        }

    def _revisions_at_removal(self, reader: Reader, since: Mapping[str, Since]) -> dict[str, int]:
        if not since:
            return {}
        statement = sa.select(tombstones.c.guid, tombstones.c.revision).where(tombstones.c.kind == self.kind.name)
        return {row[0]: row[1] for row in reader.connection.execute(statement)}

    def _doc(self, change: Since, revision: int) -> Doc:
        assert change.found is not None
        return Doc(0, change.guid, str(change.found["name"]), revision, self.shelf.revived(change.found, None))

    def _bare(self, doc: Doc) -> Doc:
        reported = {f.name: None for f in self.kind.fields if f.owner is Owner.REPORTED}
        return Doc(doc.id, doc.guid, doc.name, doc.revision, doc.fields | reported) if reported else doc

    def _sorted_by(self, sort: str) -> Field | None:
        field = self.kind.field(sort)
        plain = field is not None and field.type not in {Type.LIST, Type.MAP}
        if sort not in {"name", "revision"} and not plain:
            known = ["name", "revision", *(f.name for f in self.kind.fields)]
            raise FieldError(f"{self.kind.one} cannot be sorted by `{sort}`", hint=did_you_mean(sort, known))
        return field


def _rank(doc: Doc, sort: str, field: Field | None) -> tuple[bool, Any]:
    value: Any = getattr(doc, sort) if sort in {"name", "revision"} else doc.fields[sort]
    return (False, "" if field is None or field.type in _TEXTS else 0) if value is None else (True, value)


_TEXTS: Sequence[Type] = (Type.TEXT, Type.REF)


def as_of(kind: Kind, moment: datetime) -> PastShelf:
    """Return a kind as it was at a moment; raises, once it is read, for a moment that cannot be told of."""
    return PastShelf(kind, moment)
