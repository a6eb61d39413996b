"""Events of computers, summed and stored: what no policy names is not kept."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb import bulk, derived
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.inventory.told import Told, UsageEvent
from itmsctl.metering.kinds import CLASS
from itmsctl.metering.programs import ProgramSeen
from itmsctl.metering.rows import metered_parts, metered_programs, metering_states, usage_days, usage_events, usages
from itmsctl.metering.service.policies import in_force, judge_of
from itmsctl.metering.summing import DaySum, SummedUsage, UsageSum, summed
from itmsctl.resources.rows import resources
from itmsctl.values.versions import version_key

MOST_HELD = 10_000  # programs of a computer
MOST_EVENTS = 100_000  # of a computer that are kept one by one at once
_DAY_KEY = ("computer_id", "day", "program_id", "user_name")
_DAY = (*_DAY_KEY, "starts", "seconds", "peak", "denials", "violations")
_USAGE = ("computer_id", "program_id", "first_used", "last_used", "last_user", "starts", "seconds", "peak", "denials",
          "last_denied", "violations", "last_violated")  # fmt: skip
_EVENT = ("computer_id", "at", "ord", "program_id", "event", "user_name", "seconds", "process", "violation", "source")


class StoredUsage(NamedTuple):
    """What became of the events of a computer: how many counted, and how many were left out, and why."""

    kept: int
    unasked: int
    impossible: int
    too_many: int

    def sentence(self) -> str:
        """Return it in one line."""
        parts = [f"{self.kept} kept"]
        parts += [f"{self.unasked} of programs that no policy names"] if self.unasked else []
        parts += [f"{self.impossible} with an impossible time or no program"] if self.impossible else []
        parts += [f"{self.too_many} beyond {MOST_HELD} programs"] if self.too_many else []
        return ", ".join(parts)


@dataclass(frozen=True)
class ToldUsage:
    """Events of a computer, up to when they are known, and where its logs are read on."""

    computer: int
    source: str
    collected_at: datetime
    events: Sequence[UsageEvent]
    positions: Any = None  # none: they say nothing of logs
    unread: str | None = None


def usage_told(unit: UnitOfWork, computer: int, told: Told) -> Sequence[str]:
    """Store the events that a file tells of a computer, and return what is to be said of it (hook)."""
    if not _is_new(unit, computer, told.usage):
        return ()
    stored = store_usage(unit, ToldUsage(computer, told.source, told.collected_at, told.usage))
    return (f"events: {stored.sentence()}",) if stored.kept < len(told.usage) else ()


def _is_new(unit: UnitOfWork, computer: int, events: Sequence[UsageEvent]) -> bool:
    """Return whether these events of a computer were not stored before, and note that they are now.

    A file is stored in parts; where its loader was killed between two of them, the first ones come again.
    """
    text = "\n".join("\0".join(map(str, astuple(one))) for one in events)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    own = metered_parts.c
    known = sa.select(own.digest).where(own.computer_id == computer, own.digest == digest)
    if unit.scalar(known) is not None:
        return False
    row = (computer, digest, bulk.moment(unit.connection, unit.now))
    bulk.insert(unit.connection, metered_parts.name, ("computer_id", "digest", "stored_at"), [row], ignore=True)
    return True


def store_usage(unit: UnitOfWork, told: ToldUsage) -> StoredUsage:
    """Store the events of a computer, whatever policies name; they add to what is held."""
    if unit.scalar(sa.select(resources.c.id).where(resources.c.id == told.computer)) is None:
        return StoredUsage(0, 0, 0, 0)
    _note_state(unit, told)
    sums = summed(told.events, judge_of(in_force(unit), told.computer), unit.now)
    held = _Held(unit, told.computer, sums)
    held.write()
    kept = len(told.events) - sums.unasked - sums.impossible - sums.too_many - held.refused
    _add_events(unit, told, sums, held.ids)
    if sums.programs:
        derived.rows_changed(unit, usages.name, [told.computer])
    unit.note("metering", events=kept)
    return StoredUsage(max(kept, 0), sums.unasked, sums.impossible, sums.too_many + held.refused)


def id_of(program: ProgramSeen) -> int:
    """Return the id of a program in the dictionary: it follows from what it is."""
    return int.from_bytes(hashlib.sha256("\0".join(program).encode()).digest()[:8], "big", signed=True)


def _note_state(unit: UnitOfWork, told: ToldUsage) -> None:
    """Say up to when the use of programs is known; whoever else adds to the same computer waits here."""
    own, connection = metering_states.c, unit.connection
    at = min(told.collected_at, unit.now)
    first = (told.computer, CLASS, bulk.moment(connection, at), bulk.moment(connection, at), told.source)
    columns = ("computer_id", "class_name", "collected_at", "begun_at", "source")
    bulk.insert(connection, metering_states.name, columns, [first], ignore=True)
    mine = (own.computer_id == told.computer, own.class_name == CLASS)
    row = connection.execute(sa.select(own.collected_at, own.begun_at).where(*mine).with_for_update()).one()
    earliest = min((event.at for event in told.events), default=at)
    known = (row.collected_at or at, row.begun_at or at)
    values: dict[str, Any] = {
        "collected_at": max(known[0], at),
        "begun_at": min(known[1], max(earliest, unit.now.replace(year=unit.now.year - 10, day=1))),
        "source": told.source,
    }
    if told.positions is not None:
        values |= {"positions": told.positions, "unread": told.unread}
    connection.execute(sa.update(metering_states).where(*mine).values(**values))


class _Held:
    """What is held of the programs and days that sums touch; it is read, added to, and written."""

    def __init__(self, unit: UnitOfWork, computer: int, sums: SummedUsage) -> None:
        self.unit, self.computer, self.sums = unit, computer, sums
        self.ids = {program: id_of(program) for program in sums.programs}
        self.refused = 0
        self.before = self._usages(self.ids.values())
        self._bound()

    def _bound(self) -> None:
        """Leave out programs that would be too many of this computer."""
        new = [program for program, id_ in self.ids.items() if id_ not in self.before]
        if not new:
            return
        mine = usages.c.computer_id == self.computer
        room = MOST_HELD - int(self.unit.scalar(sa.select(sa.func.count()).select_from(usages).where(mine)))
        for program in new[max(room, 0) :]:
            self.refused += self.sums.programs[program].starts
            del self.ids[program]

    def write(self) -> None:
        """Write programs, sums of programs, and sums of days."""
        connection = self.unit.connection
        rows = [_program_row(id_, program) for program, id_ in self.ids.items()]
        columns = [column.name for column in metered_programs.c]
        bulk.insert(connection, metered_programs.name, columns, rows, ignore=True)
        merged = []
        for program, id_ in self.ids.items():
            sum_ = self.before.get(id_, UsageSum())
            sum_.merge(self.sums.programs[program])
            merged.append(self._usage_row(id_, sum_))
        bulk.delete(connection, usages.name, _USAGE[:2], [(self.computer, id_) for id_ in self.before])
        bulk.insert(connection, usages.name, _USAGE, merged)
        self._write_days()

    def _write_days(self) -> None:
        connection = self.unit.connection
        told = {(day, self.ids[p], user): sum_ for (day, p, user), sum_ in self.sums.days.items() if p in self.ids}
        before = self._days({day for day, _, _ in told}, {id_ for _, id_, _ in told})
        rows, gone = [], []
        for key, sum_ in told.items():
            if key in before:
                gone.append((self.computer, *key))
                before[key].add(sum_)
                sum_ = before[key]
            rows.append((self.computer, *key, sum_.starts, sum_.seconds, sum_.peak, sum_.denials, sum_.violations))
        bulk.delete(connection, usage_days.name, _DAY_KEY, gone)
        bulk.insert(connection, usage_days.name, _DAY, rows)

    def _days(self, days: Collection[str], ids: Collection[int]) -> dict[tuple[str, int, str], DaySum]:
        of = usage_days.c
        columns = (of.day, of.program_id, of.user_name, of.starts, of.seconds, of.peak, of.denials, of.violations)
        statement = sa.select(*columns).where(
            of.computer_id == self.computer,
            member_of(self.unit.connection, of.program_id, list(ids)),
            of.day.in_(sorted(days)),
        )
        return {(row[0], row[1], row[2]): DaySum(*row[3:]) for row in self.unit.connection.execute(statement)}

    def _usages(self, ids: Iterable[int]) -> dict[int, UsageSum]:
        of = usages.c
        columns = (of.program_id, of.starts, of.seconds, of.peak, of.denials, of.violations, of.first_used,
                   of.last_used, of.last_user, of.last_denied, of.last_violated)  # fmt: skip
        mine = (of.computer_id == self.computer, member_of(self.unit.connection, of.program_id, list(ids)))
        return {row[0]: UsageSum(*row[1:]) for row in self.unit.connection.execute(sa.select(*columns).where(*mine))}

    def _usage_row(self, id_: int, one: UsageSum) -> tuple[Any, ...]:
        def at(value: datetime | None) -> Any:
            return bulk.moment(self.unit.connection, value)

        return (
            *(self.computer, id_, at(one.first_used), at(one.last_used), one.last_user, one.starts, one.seconds),
            *(one.peak, one.denials, at(one.last_denied), one.violations, at(one.last_violated)),
        )


def _program_row(id_: int, program: ProgramSeen) -> tuple[Any, ...]:
    version = program.version or None
    known = (program.path or None, program.product or None, program.vendor or None, version)
    return (id_, program.name, program.file, *known, version and version_key(version))


def _add_events(unit: UnitOfWork, told: ToldUsage, sums: SummedUsage, ids: dict[ProgramSeen, int]) -> None:
    """Keep events one by one, behind those of the same moment."""
    kept = [one for one in sums.events if one.program in ids][:MOST_EVENTS]
    if not kept:
        return
    of = usage_events.c
    first, last = min(one.event.at for one in kept), max(one.event.at for one in kept)
    held = sa.select(of.at, sa.func.max(of.ord)).where(of.computer_id == told.computer, of.at.between(first, last))
    following = {row[0]: row[1] + 1 for row in unit.connection.execute(held.group_by(of.at))}
    rows = []
    for one in kept:
        at = one.event.at
        place = following.get(at, 0)
        following[at] = place + 1
        e, moment = one.event, bulk.moment(unit.connection, at)
        what = (e.event, e.user or None, e.seconds, e.process, one.violation, told.source)
        rows.append((told.computer, moment, place, ids[one.program], *what))
    bulk.insert(unit.connection, usage_events.name, _EVENT, rows)
