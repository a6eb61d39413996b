"""The states of software on computers: what was said of each last, by whom, and since when it is so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def held_of(reader: Reader, software_id: int, computers: Sequence[int] | None = None) -> dict[int, HeldState]:
    """Return what is held of software, by computer; of some computers, or of all."""
    of = states.c
    statement = sa.select(of.computer_id, of.state, of.reason, of.source, of.since, of.told_at)
    statement = statement.where(of.software_id == software_id)
    if computers is not None:
        statement = statement.where(member_of(reader.connection, of.computer_id, computers))
    return {row[0]: HeldState(*row[1:]) for row in reader.connection.execute(statement)}


def tell(unit: UnitOfWork, told: Iterable[ToldState], *, other_rules: bool = False) -> int:
    """Store what is said, in place of what was said before; return how many states are others now.

    `other_rules`: by others than what is held, which counts no more.

    Who was looked at before what is held was told is passed over, and so is who knows nothing where something is known.
    Computers and software that are gone are passed over too.
    """
    changed = 0
    by_software: dict[int, list[ToldState]] = {}
    for one in told:
        by_software.setdefault(one.software_id, []).append(one)
    known = software.c.id
    there = set(
        unit.connection.execute(sa.select(known).where(member_of(unit.connection, known, by_software))).scalars()
    )
    for software_id in sorted(by_software.keys() & there):
        changed += _tell_of(unit, software_id, by_software[software_id], other_rules=other_rules)
    return changed


def _tell_of(unit: UnitOfWork, software_id: int, told: Sequence[ToldState], *, other_rules: bool) -> int:
    last = {one.computer_id: one for one in sorted(told, key=lambda one: one.told_at)}
    held = held_of(unit, software_id, list(last))
    mine = member_of(unit.connection, computers.c.id, list(last.keys() - held.keys()))
    new = set(unit.connection.execute(sa.select(computers.c.id).where(mine)).scalars())
    rows = [_row(unit, one, None) for id_, one in last.items() if id_ in new]
    booted = _booted(unit, [id_ for id_, one in held.items() if one.state == REBOOT_PENDING])
    again = [
        (one, held[id_])
        for id_, one in last.items()
        if id_ in held and (other_rules or _counts(one, held[id_])) and not _waits(one, held[id_], booted.get(id_))
    ]
    changes = [
        (*_row(unit, one, before)[2:], software_id, one.computer_id) for one, before in again if _differs(one, before)
    ]
    bulk.insert(unit.connection, states.name, _COLUMNS, rows)
    bulk.update(unit.connection, states.name, _COLUMNS[2:], _COLUMNS[:2], changes)
    others = [one.computer_id for one, before in again if one.state != before.state] + sorted(new)
    if others:
        derived.rows_changed(unit, states.name, others)
        unit.note("software", told=len(others))
    return len(others)


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
