"""Which computers filters must look at again after a change: it follows from the sources that their fields declare.

The shelf calls this for every object that it adds, changes or removes. Whoever writes past the shelf says which fields
of a noun (`changed`), or which table of rows a computer (`rows_changed`), it wrote; it never names a class.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.rows import dirty
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.values.kind import Kind, house
from itmsctl.values.sources import STAMPS, Fed, data_class_of, fed_by, fed_by_table

_ASKED = "classes that filters ask for"


def differing(before: Doc, after: Doc) -> frozenset[str]:
    """Return the fields in which an object is not what it was; what is written with every change is among them."""
    fields = {name for name, value in after.fields.items() if before.fields.get(name) != value}
    return STAMPS | fields | {"name"} if before.name != after.name else STAMPS | fields


def added(unit: UnitOfWork, kind: Kind, ids: Collection[int]) -> None:
    """Have filters look at the computers of objects that were added."""
    for fed in fed_by(kind.name):
        # Rows elsewhere that name an object are written after it, by somebody who says so.
        if fed.link is None or _is_own(kind, fed):
            _touch(unit, fed, ids)


def changed(unit: UnitOfWork, kind: Kind, changes: Iterable[tuple[int, frozenset[str]]]) -> None:
    """Have filters look again at the computers of objects: each by its id, with the fields that changed."""
    alike: defaultdict[frozenset[str], list[int]] = defaultdict(list)
    for id_, fields in changes:
        alike[fields].append(id_)
    concerned: defaultdict[Fed, list[int]] = defaultdict(list)
    for fields, ids in alike.items():
        for fed in fed_by(kind.name, fields):
            concerned[fed] += ids
    for fed, ids in concerned.items():
        _touch(unit, fed, ids)


@contextmanager
def changing(unit: UnitOfWork, kind: Kind, id_: int, fields: frozenset[str]) -> Iterator[None]:
    """Have filters look again at the computers of an object that is changed inside the block: old ones and new ones."""
    for fed in fed_by(kind.name, fields):
        if _is_own(kind, fed):  # its row may lead to another computer afterwards
            _touch(unit, fed, [id_])
    yield
    changed(unit, kind, [(id_, fields)])


def removing(unit: UnitOfWork, kind: Kind, ids: Collection[int]) -> None:
    """Have filters look again at the computers of objects that are about to be removed."""
    for fed in fed_by(kind.name):
        # A computer that goes is told once, by the class of its own row: it has no rows of any other afterwards.
        if fed.link is not None or fed.name == kind.name:
            _touch(unit, fed, ids)


def rows_changed(unit: UnitOfWork, table: str, computers: Collection[int]) -> None:
    """Have filters look again at computers whose rows of a table were written past a shelf (`FilterClass.tables`).

    Inventory writes to many tables for many computers at once, and few filters ask for any: of its classes only those
    are noted that a filter or group names now. Who adds one looks at all computers, and units of work do not overlap.
    """
    name = data_class_of(table)
    if name:
        if _ASKED not in unit.memo:
            unit.memo[_ASKED] = classes_asked(unit)
        if name in unit.memo[_ASKED]:
            unit.touch(name, computers)
        return
    for name in sorted(fed_by_table(table)):
        unit.touch(name, computers)


def classes_asked(reader: Reader) -> frozenset[str]:
    """Return the data classes that any filter or group asks for now."""
    return frozenset(name for ask in house().calls("classes_asked") for name in ask(reader))


def _is_own(kind: Kind, fed: Fed) -> bool:
    own = {kind.table, *(link.table for _, link in kind.links)}
    return fed.link is not None and fed.link.table in own


def _touch(unit: UnitOfWork, fed: Fed, ids: Collection[int]) -> None:
    if fed.link is None:
        unit.touch(fed.name, ids)
        return
    pairs = sa.table(fed.link.table, sa.column(fed.link.own), sa.column(fed.link.other))
    behind = sa.select(pairs.c[fed.link.other], sa.literal(fed.name, sa.Text())).distinct()
    behind = behind.where(member_of(unit.connection, pairs.c[fed.link.own], ids))
    unit.connection.execute(sa.insert(dirty).from_select(["resource_id", "class_name"], behind))
