"""What sources told of the fields of computers, as it is kept: one value for each computer, source and field."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.resources.authority import ToldOf
from itmsctl.resources.kinds import LOCKABLE
from itmsctl.resources.rows import told_values
from itmsctl.values.times import from_text, to_text

TAG = "tags."  # before the key of a tag: each is told by itself
Place = tuple[int, str, str]  # computer, source, field
_KEY = ("computer_id", "source", "field")
_VALUES = ("value", "priority", "told_at", "filled", "in_use")


def told_of(reader: Reader, computers: Collection[int]) -> dict[Place, ToldOf]:
    """Return what sources told of computers."""
    mine = member_of(reader.connection, told_values.c.computer_id, sorted(computers))
    return {
        (row.computer_id, row.source, row.field): ToldOf(
            row.source, row.value, row.priority, row.told_at, bool(row.filled), bool(row.in_use)
        )
        for row in reader.connection.execute(sa.select(told_values).where(mine))
    }


def told_section(reader: Reader, computer: int) -> list[dict[str, Any]]:
    """Return what sources told of a computer, by field, the one of highest rank first."""
    found = sorted(
        ((field, told) for (_, _, field), told in told_of(reader, [computer]).items()),
        key=lambda one: one[1].order,
        reverse=True,
    )
    return [
        {
            "field": field,
            "value": told.value,
            "source": told.source,
            "in_use": told.in_use,
            "priority": told.priority,
            "told_at": told.told_at,
        }
        for field, told in sorted(found, key=lambda one: one[0])
    ]


def put(unit: UnitOfWork, new: Mapping[Place, ToldOf], changed: Mapping[Place, ToldOf]) -> None:
    """Store what was told: rows that are `new`, and rows that are there."""
    bulk.insert(unit.connection, "computer_told", (*_KEY, *_VALUES), [(*at, *_row(unit, new[at])) for at in new])
    rows = [(*_row(unit, changed[at]), *at) for at in changed]
    bulk.update(unit.connection, "computer_told", _VALUES, _KEY, rows)


def use(unit: UnitOfWork, used: Mapping[tuple[int, str], str]) -> None:
    """Say whose value each field of a computer has: a source by computer and field."""
    release(unit, used)
    rows = [(True, True, computer, source, field) for (computer, field), source in used.items()]
    bulk.update(unit.connection, "computer_told", ("filled", "in_use"), _KEY, rows)


def release(unit: UnitOfWork, fields: Collection[tuple[int, str]]) -> None:
    """Say that the values of these fields, each of a computer, are those of a person."""
    rows = [(False, False, computer, field) for computer, field in fields]
    bulk.update(unit.connection, "computer_told", ("filled", "in_use"), ("computer_id", "field"), rows)


def released_by(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield the fields that a change of a computer takes from the source that filled them."""
    names = (name for name in LOCKABLE if before.get(name) and name in after and before[name] != after[name])
    for name in names:
        if name != "tags":
            yield name
            continue
        old, new = before[name], after[name] or {}
        yield from (TAG + key for key in old if old[key] != new.get(key))


def said_by(changes: Mapping[str, Any]) -> Iterator[str]:
    """Yield the fields that a person says, each tag as one of them."""
    for name in LOCKABLE:
        if changes.get(name):
            yield from [TAG + key for key in changes[name]] if name == "tags" else [name]


def as_kept(reader: Reader, computer: int) -> list[list[Any]]:
    """Return what sources told of a computer as plain values, for `bring_back`."""
    return [
        [source, field, told.value, told.priority, to_text(told.told_at), told.filled, told.in_use]
        for (_, source, field), told in sorted(told_of(reader, [computer]).items())
    ]


def bring_back(unit: UnitOfWork, computer: int, kept: Sequence[Sequence[Any]]) -> None:
    """Store what `as_kept` gave, of a computer of which nothing is stored."""
    put(
        unit,
        {
            (computer, source, field): ToldOf(source, value, priority, from_text(at), *flags)
            for source, field, value, priority, at, *flags in kept
        },
        {},
    )


def _row(unit: UnitOfWork, told: ToldOf) -> tuple[Any, ...]:
    return canonical(told.value), told.priority, bulk.moment(unit.connection, told.told_at), told.filled, told.in_use
