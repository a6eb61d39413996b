"""The states of software on computers: what was said of each last, by whom, and since when it is so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb import bulk, derived
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.inventory.service.class_tables import tables_of
from itmsctl.inventory.service.classes import class_in
from itmsctl.resources.rows import computers
from itmsctl.software.delivering import RestartAsked
from itmsctl.software.kinds import INVENTORY, REBOOT_PENDING, UNKNOWN
from itmsctl.software.rows import software, states
from itmsctl.values.untrusted import storable

LONGEST_REASON = 500
_COLUMNS = (
    *("software_id", "computer_id", "state", "reason", "source"),
    *("restart_boot", "restart_action", "since", "told_at"),
)
StateKey = tuple[int, int]
"""A software resource and a computer."""


class ToldState(NamedTuple):
    """What is said of software on a computer. `told_at` is when it was looked at there."""

    software_id: int
    computer_id: int
    state: str
    reason: str
    source: str
    told_at: datetime
    restart: RestartAsked | None = None


class HeldState(NamedTuple):
    """What is held of software on a computer."""

    state: str
    reason: str
    source: str
    since: datetime
    told_at: datetime


def tell(unit: UnitOfWork, told: Iterable[ToldState], *, other_rules: Collection[int] = ()) -> int:
    """Store what is said, in place of what was said before; return how many states are others now.

    `other_rules`: the software of which it is said by others than what is held, which counts no more.

    Who was looked at before what is held was told is passed over, and so is who knows nothing where something is known.
    Computers and software that are gone are passed over too.
    """
    last = {(one.software_id, one.computer_id): one for one in sorted(told, key=lambda one: one.told_at)}
    held = _held_of(unit, last) if last else {}
    new = _there(unit, [key for key in last if key not in held])
    rows = [_row(unit, last[key], None) for key in new]
    booted = _booted(unit, sorted({key[1] for key, before in held.items() if before.state == REBOOT_PENDING}))
    changes, others = [], [computer for _, computer in new]
    for key, before in held.items():
        one = last[key]
        counts = key[0] in other_rules or _counts(one, before)
        if counts and _differs(one, before) and not _waits(one, before, booted.get(key[1])):
            changes.append((*_row(unit, one, before)[2:], *key))
            if one.state != before.state:
                others.append(key[1])
    bulk.insert(unit.connection, states.name, _COLUMNS, rows)
    bulk.update(unit.connection, states.name, _COLUMNS[2:], _COLUMNS[:2], changes)
    if others:
        derived.rows_changed(unit, states.name, sorted(set(others)))
        unit.note("software", told=len(others))
    return len(others)


def _held_of(unit: UnitOfWork, keys: Collection[StateKey]) -> dict[StateKey, HeldState]:
    of = states.c
    statement = sa.select(of.software_id, of.computer_id, of.state, of.reason, of.source, of.since, of.told_at).where(
        member_of(unit.connection, of.software_id, {key[0] for key in keys}),
        member_of(unit.connection, of.computer_id, {key[1] for key in keys}),
    )
    rows = (((row[0], row[1]), row[2:]) for row in unit.connection.execute(statement))
    return {key: HeldState(*rest) for key, rest in rows if key in keys}


def _there(unit: UnitOfWork, keys: Sequence[StateKey]) -> list[StateKey]:
    """Return those of whom software and computer are there."""
    if not keys:
        return []
    there = []
    for place, column in enumerate((software.c.id, computers.c.id)):
        mine = member_of(unit.connection, column, {key[place] for key in keys})
        there.append(set(unit.connection.execute(sa.select(column).where(mine)).scalars()))
    return [key for key in keys if key[0] in there[0] and key[1] in there[1]]


def _counts(one: ToldState, before: HeldState) -> bool:
    if one.state == UNKNOWN and before.state != UNKNOWN and one.source != before.source:
        return False
    return one.told_at >= before.told_at


def _waits(one: ToldState, before: HeldState, booted: datetime | None) -> bool:
    """Return whether what waits for a restart still does: inventory has to show a later boot."""
    if before.state != REBOOT_PENDING or one.source != INVENTORY:
        return False
    return booted is None or booted <= before.told_at


def _booted(reader: Reader, computers_: Sequence[int]) -> dict[int, datetime]:
    """Return when computers were started, as their inventory says."""
    if not computers_:
        return {}
    system = tables_of(class_in(reader, "operating_system")).rows
    mine = member_of(reader.connection, system.c.computer_id, computers_)
    statement = sa.select(system.c.computer_id, system.c.booted_at).where(mine, system.c.booted_at.is_not(None))
    return {row.computer_id: row.booted_at for row in reader.connection.execute(statement)}


def _differs(one: ToldState, before: HeldState) -> bool:
    return (one.state, one.reason, one.source, one.told_at) != (
        before.state,
        before.reason,
        before.source,
        before.told_at,
    )


def _row(unit: UnitOfWork, one: ToldState, before: HeldState | None) -> tuple[Any, ...]:
    since = before.since if before is not None and before.state == one.state else one.told_at
    return (
        *(one.software_id, one.computer_id, one.state, storable(one.reason, LONGEST_REASON), one.source),
        *((one.restart.boot, one.restart.action) if one.restart else (None, None)),
        *(bulk.moment(unit.connection, since), bulk.moment(unit.connection, one.told_at)),
    )
