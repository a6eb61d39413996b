"""What is known of a computer, to be looked at: its classes, the rows of one, and how they were."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.rows import inventory_closed, inventory_states
from itmsctl.inventory.service.current_rows import SINCE, current_rows
from itmsctl.inventory.service.history import refuse_before_history
from itmsctl.values.times import ago

Object = dict[str, Any]


def computer_sections(reader: Reader, computers: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return the classes of data that are known of each computer: how many rows, of when and from whom."""
    return {computer: {"inventory": known} for computer in computers if (known := classes_known(reader, computer))}


def classes_known(reader: Reader, computer: int) -> list[Object]:
    """Return what is known of the classes of a computer, by their names."""
    states = inventory_states.c
    statement = sa.select(
        states.class_name, states.row_count, states.collected_at, states.changed_at, states.source, states.unread
    )
    rows = reader.connection.execute(statement.where(states.computer_id == computer).order_by(states.class_name))
    return [
        {
            "class": name,
            "rows": count if collected is not None else None,
            "age": ago(collected, reader.now) if collected is not None else None,
            "collected_at": collected,
            "changed_at": changed,
            "source": source,
            "unread": unread,
        }
        for name, count, collected, changed, source, unread in rows
    ]


def class_rows(reader: Reader, computer: int, one: DataClass, at: datetime | None = None) -> Object:
    """Return the rows of a class of a computer, as they are or were: every column, in the order of the key."""
    if at is not None:
        refuse_before_history(reader, one.name, at)
    rows = [_whole(one, row) for row in _rows(reader, computer, one, at)]
    collected = _collected_at(reader, computer, one.name)
    if at is not None and collected is not None and collected > at:
        collected = _changed_before(reader, computer, one, at)
    return {"class": one.name, "collected_at": collected, "rows": sorted(rows, key=lambda row: _place(one, row))}


def class_history(reader: Reader, computer: int, one: DataClass) -> Object:
    """Return the rows of a class as they were before they changed or went: since when and until when each was true."""
    closed = inventory_closed.c
    statement = sa.select(closed.since, closed.until, closed.row)
    mine = (closed.computer_id == computer, closed.class_name == one.name)
    newest = statement.where(*mine).order_by(closed.until.desc(), closed.since.desc(), closed.row_key)
    rows = [
        {"since": since, "until": until, **_whole(one, json.loads(row))}
        for since, until, row in reader.connection.execute(newest)
    ]
    return {"class": one.name, "collected_at": _collected_at(reader, computer, one.name), "rows": rows}


def _rows(reader: Reader, computer: int, one: DataClass, at: datetime | None) -> Iterator[Mapping[str, Any]]:
    yield from (row for _, row in current_rows(reader, one, [computer], until=at))
    if at is not None:
        closed = inventory_closed.c
        mine = (closed.computer_id == computer, closed.class_name == one.name)
        then = sa.select(closed.row).where(*mine, closed.since <= at, closed.until > at)
        yield from map(json.loads, reader.connection.execute(then).scalars())


def _collected_at(reader: Reader, computer: int, name: str) -> datetime | None:
    states = inventory_states.c
    mine = (states.computer_id == computer, states.class_name == name)
    found: datetime | None = reader.scalar(sa.select(states.collected_at).where(*mine))
    return found


def _changed_before(reader: Reader, computer: int, one: DataClass, at: datetime) -> datetime | None:
    """Return when a class last differed up to a moment: it was collected then, and no later one is kept before it."""
    closed = inventory_closed.c
    mine = (closed.computer_id == computer, closed.class_name == one.name)
    ended = reader.scalar(sa.select(sa.func.max(closed.until)).where(*mine, closed.until <= at))
    began = reader.scalar(sa.select(sa.func.max(closed.since)).where(*mine, closed.since <= at))
    since = [row[SINCE] for _, row in current_rows(reader, one, [computer], until=at)]
    found: datetime | None = max((when for when in (*since, ended, began) if when is not None), default=None)
    return found


def _whole(one: DataClass, row: Mapping[str, Any]) -> Object:
    return {column.name: row.get(column.name) for column in one.columns}


def _place(one: DataClass, row: Mapping[str, Any]) -> list[tuple[bool, str]]:
    return [(row[name] is None, str(row[name])) for name in one.key]
