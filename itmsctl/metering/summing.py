"""What the events of a computer sum up to: use by program, and by program, user and day."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from itmsctl.inventory.told import DENY_EVENT, START, STOP, UsageEvent
from itmsctl.metering.programs import ProgramSeen
from itmsctl.values.untrusted import storable

MOST_PROGRAMS = 2000  # of a computer that are taken at once
_LONGEST, _LONGEST_PATH = 120, 400  # characters
_AHEAD = timedelta(hours=1)  # a clock may be wrong by so much
_OLDEST = timedelta(days=3660)
_LONGEST_RUN_S = 400 * 86400.0


class ProgramVerdict(NamedTuple):
    """What the policies of a computer say of a program: whether it is recorded, each event too, and denied."""

    metered: bool = False
    in_full: bool = False
    denied: bool = False

    @property
    def counts(self) -> bool:
        """Return whether any of its events is kept."""
        return self.metered or self.denied


@dataclass
class DaySum:
    """The use of a program by a user on a day."""

    starts: int = 0
    seconds: float = 0.0
    peak: int = 0
    denials: int = 0
    violations: int = 0

    def add(self, other: DaySum) -> None:
        """Add what was told of the same day later."""
        self.starts += other.starts
        self.seconds += other.seconds
        self.peak = max(self.peak, other.peak)
        self.denials += other.denials
        self.violations += other.violations


@dataclass
class UsageSum(DaySum):
    """The use of a program on a computer, of all users and days."""

    first_used: datetime | None = None
    last_used: datetime | None = None
    last_user: str | None = None
    last_denied: datetime | None = None
    last_violated: datetime | None = None

    def used(self, at: datetime, user: str) -> None:
        """Take a moment at which it was used."""
        self.first_used = at if self.first_used is None else min(self.first_used, at)
        if self.last_used is None or at >= self.last_used:
            self.last_used, self.last_user = at, user or self.last_user

    def merge(self, other: UsageSum) -> None:
        """Add what was told of the same program by somebody else."""
        self.add(other)
        for at in (other.first_used, other.last_used):
            if at is not None:
                self.used(at, other.last_user or "" if at == other.last_used else "")
        self.last_denied = _later(self.last_denied, other.last_denied)
        self.last_violated = _later(self.last_violated, other.last_violated)


class KeptEvent(NamedTuple):
    """An event that is kept by itself."""

    program: ProgramSeen
    event: UsageEvent
    violation: bool


DayKey = tuple[str, ProgramSeen, str]
"""A day of UTC, a program, a user."""


@dataclass
class SummedUsage:
    """What events sum up to, and how many were left out: of programs no policy names, or with impossible times."""

    days: dict[DayKey, DaySum] = field(default_factory=lambda: defaultdict(DaySum))
    programs: dict[ProgramSeen, UsageSum] = field(default_factory=lambda: defaultdict(UsageSum))
    events: list[KeptEvent] = field(default_factory=list)
    unasked: int = 0
    impossible: int = 0
    too_many: int = 0


def summed(events: Iterable[UsageEvent], judge: Callable[[ProgramSeen], ProgramVerdict], now: datetime) -> SummedUsage:
    """Return what the events of one computer sum up to; `judge` says of each program what is kept."""
    found = SummedUsage()
    verdicts: dict[ProgramSeen, ProgramVerdict] = {}
    intervals: dict[ProgramSeen, list[_Interval]] = defaultdict(list)
    for one in _paired(_possible(events, now, found)):
        program = _program(one)
        if program not in verdicts:
            verdicts[program] = judge(program)
        verdict = verdicts[program]
        if not verdict.counts:
            found.unasked += 1
        elif program not in found.programs and len(found.programs) >= MOST_PROGRAMS:
            found.too_many += 1
        else:
            _take(found, intervals, program, one, verdict)
    for program, held in intervals.items():
        _note_peaks(found, program, held)
    return found


class _Interval(NamedTuple):
    begin: datetime
    end: datetime
    user: str


def _take(
    found: SummedUsage,
    intervals: dict[ProgramSeen, list[_Interval]],
    program: ProgramSeen,
    one: UsageEvent,
    verdict: ProgramVerdict,
) -> None:
    usage = found.programs[program]
    day = found.days[_day(one.at), program, one.user] if one.event in {START, DENY_EVENT} else DaySum()
    violation = verdict.denied and one.event == START
    if one.event == DENY_EVENT:
        usage.denials += 1
        day.denials += 1
        usage.last_denied = _later(usage.last_denied, one.at)
    else:
        usage.used(one.at, one.user)
    if one.event == START:
        usage.starts += 1
        day.starts += 1
        usage.peak, day.peak = max(usage.peak, 1), max(day.peak, 1)
    if violation:
        usage.violations += 1
        day.violations += 1
        usage.last_violated = _later(usage.last_violated, one.at)
    if one.event == STOP and one.seconds:
        begin = one.at - timedelta(seconds=one.seconds)
        intervals[program].append(_Interval(begin, one.at, one.user))
        usage.seconds += one.seconds
        for name, seconds in _by_day(begin, one.at):
            found.days[name, program, one.user].seconds += seconds
    if verdict.in_full and one.event in {START, STOP, DENY_EVENT}:
        found.events.append(KeptEvent(program, one, violation))


def _note_peaks(found: SummedUsage, program: ProgramSeen, held: Sequence[_Interval]) -> None:
    """Note how many ran at once, at most: of all users together, and of each by the day that one began."""
    for begin, count in _at_once(held):
        del begin
        found.programs[program].peak = max(found.programs[program].peak, count)
    of: dict[str, list[_Interval]] = defaultdict(list)
    for one in held:
        of[one.user].append(one)
    for user, mine in of.items():
        for begin, count in _at_once(mine):
            day = found.days[_day(begin), program, user]
            day.peak = max(day.peak, count)


def _at_once(held: Sequence[_Interval]) -> Iterator[tuple[datetime, int]]:
    """Yield each beginning, and how many run then."""
    ends: list[datetime] = []
    for one in sorted(held):
        while ends and ends[0] <= one.begin:
            heapq.heappop(ends)
        heapq.heappush(ends, one.end)
        yield one.begin, len(ends)


def _by_day(begin: datetime, end: datetime) -> Iterator[tuple[str, float]]:
    """Yield the days of UTC that an interval touches, each with its seconds there."""
    while begin < end:
        midnight = datetime(begin.year, begin.month, begin.day, tzinfo=UTC) + timedelta(days=1)
        stop = min(end, midnight)
        yield _day(begin), (stop - begin).total_seconds()
        begin = stop


def _possible(events: Iterable[UsageEvent], now: datetime, found: SummedUsage) -> Iterator[UsageEvent]:
    """Yield the events whose time can be true, their texts and lengths in bounds; the others are counted."""
    for one in events:
        if not now - _OLDEST <= one.at <= now + _AHEAD or not one.file.strip():
            found.impossible += 1
            continue
        seconds = one.seconds
        if seconds is not None and not (math.isfinite(seconds) and 0 <= seconds <= _LONGEST_RUN_S):
            seconds = None
        yield replace(one, at=min(one.at, now), user=storable(one.user, _LONGEST), seconds=seconds)


def _paired(events: Iterable[UsageEvent]) -> Iterator[UsageEvent]:
    """Yield the events, the earliest first; a stop that does not say how long it ran takes it from its start."""
    began: dict[tuple[str, str, int | None], datetime] = {}
    for one in sorted(events, key=lambda e: (e.at, e.event == STOP)):
        key = (one.file, one.user, one.process)
        if one.event == START:
            began[key] = one.at
        elif one.event == STOP:
            start = began.pop(key, None)
            if one.seconds is None and start is not None:
                yield replace(one, seconds=min((one.at - start).total_seconds(), _LONGEST_RUN_S))
                continue
        yield one


def _program(one: UsageEvent) -> ProgramSeen:
    return ProgramSeen(
        storable(one.file.strip(), _LONGEST),
        storable(one.path, _LONGEST_PATH),
        storable(one.product, _LONGEST),
        storable(one.vendor, _LONGEST),
        storable(one.version, _LONGEST),
    )


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)
