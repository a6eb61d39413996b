"""Whom software must be judged on: whose inventory changed, everybody where rules did. A look costs nearly nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.software.rows import due
from itmsctl.software.ruletexts import COMPUTER
from itmsctl.software.service.rule_rows import any_unjudged

Due = Mapping[str, Collection[int]]


def note_due(unit: UnitOfWork, changed: Due) -> None:
    """Keep whose rows of which classes changed, until software is judged (hook `classes_changed`)."""
    from itmsctl.software.service.ruled import classes_asked

    asked = {COMPUTER, *classes_asked(unit)} if changed else set()
    rows = [(name, id_) for name, ids in changed.items() if name in asked for id_ in ids]
    bulk.insert(unit.connection, due.name, ("class_name", "computer_id"), rows, ignore=True)


def take(unit: UnitOfWork, most: int) -> dict[str, set[int]]:
    """Return who waits, by class, and let them wait no more: `most` entries at once."""
    key = (due.c.class_name, due.c.computer_id)
    rows = unit.connection.execute(sa.select(*key).order_by(*key).limit(most)).all()
    taken = sa.delete(due)
    if len(rows) == most:
        taken = taken.where(sa.tuple_(*key) <= sa.tuple_(*map(sa.literal, rows[-1])))
    if rows:
        unit.connection.execute(taken)
    found: defaultdict[str, set[int]] = defaultdict(set)
    for name, id_ in rows:
        found[name].add(id_)
    return found


def count(reader: Reader) -> int:
    """Return on how many computers software waits to be judged since their inventory changed."""
    return int(reader.scalar(sa.select(sa.func.count(due.c.computer_id.distinct()))) or 0)


def is_due(reader: Reader) -> bool:
    """Return whether software must be judged on anybody, as far as membership is up to date."""
    first = sa.select(due.c.computer_id).limit(1)
    return reader.connection.execute(first).first() is not None or any_unjudged(reader)
