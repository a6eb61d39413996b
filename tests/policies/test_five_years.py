"""Must show: by each computer's own clock nothing is skipped or doubled over five years, and nobody waits for ever.

Whole, which takes a while: `pytest -m slow tests/policies/test_five_years.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.errors import ItmsError
from itmsctl.policies.service.tick import Hours, Tick
from itmsctl.policies.timetable import FIRST_CLOCK, begins
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.schedules.due import due_between
from itmsctl.schedules.timing import Timing, canonical, timing_of
from itmsctl.security.via import Via
from itmsctl.tasks import service as tasks
from itmsctl.tasks.assignment import Assignment, Ending
from itmsctl.tasks.engine import Stop
from itmsctl.tasks.rows import members
from itmsctl.tasks.service import session
from itmsctl.tasks.states import State
from itmsctl.transports.endpoint import Credentials
from itmsctl.transports.outcome import CommandOutcome
from itmsctl.transports.outcome import RemoteState as Answer
from tests.conftest import FrozenClock, Run

ZONES = (
    "Pacific/Kiritimati", "Pacific/Niue", "Pacific/Chatham", "Australia/Lord_Howe", "Europe/Berlin", "Pacific/Honolulu",
    "America/Los_Angeles", "America/New_York", "Asia/Shanghai", "Europe/Helsinki", "Africa/Cairo", "Asia/Kathmandu",
    "America/St_Johns",
)  # fmt: skip
SAID: tuple[dict[str, object], ...] = (
    {"cron": "0 * * * *"}, {"cron": "*/30 * * * *"}, {"cron": "0 */6 * * *"}, {"daily": "02:30"}, {"daily": "00:00"},
    {"weekly": "sunday 02:15"}, {"monthly": "second tuesday +3d 18:00"}, {"every_s": 3600, "start": "2026-01-01T00:00"},
    {"rrule": "FREQ=HOURLY;INTERVAL=1;BYMINUTE=15", "start": "2026-01-01T00:00"},
)  # fmt: skip
FIRST, LAST = datetime(2026, 3, 1, tzinfo=UTC), datetime(2031, 3, 1, tzinfo=UTC)


def _timing(said: dict[str, object]) -> Timing:
    return timing_of(canonical(said))


def _check(timing: Timing, name: str, begin: datetime, end: datetime) -> int:
    """Compare the turns of a computer's clock, as they are decided by the first one on earth, with that clock's own."""
    zone, margin = ZoneInfo(name), timedelta(days=2)
    decided = due_between(timing, FIRST_CLOCK, begin - margin, end + margin)
    turns = [turn for due in decided if (turn := begins(timing, due.local, due.utc, zone)) is not None]
    assert turns == sorted(set(turns)), name
    wanted = [due.utc for due in due_between(timing, zone, begin, end)]
    assert [turn for turn in turns if begin < turn <= end] == wanted, name
    return len(wanted)


@pytest.mark.parametrize("said", SAID, ids=str)
def test_turns_are_those_of_the_computers_clock_around_every_change_of_it(said: dict[str, object]) -> None:
    timing = _timing(said)
    for name in ZONES:
        for change in [*_changes(ZoneInfo(name)), datetime(2028, 7, 1, tzinfo=UTC)]:
            _check(timing, name, change - timedelta(days=1), change + timedelta(days=1))


@pytest.mark.slow
@pytest.mark.parametrize("name", ZONES)
def test_turns_are_those_of_the_computers_clock_over_five_years(name: str) -> None:
    assert sum(_check(_timing(said), name, FIRST, LAST) for said in SAID) > 150_000


def _changes(zone: ZoneInfo) -> list[datetime]:
    """Return the days of five years on which the offset of a zone changes."""
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days)]
    return [
        day
        for day in days
        if day.astimezone(zone).utcoffset() != (day + timedelta(days=1)).astimezone(zone).utcoffset()
    ]


# --- through the service ----------------------------------------------------------------------------------------------


class Fleet:
    """Computers of all zones, whose work is done at once and written down here; everything else is the real thing."""

    def __init__(self, store: Store, clock: FrozenClock) -> None:
        self.store, self.clock = store, clock
        self.done: dict[int, list[datetime]] = defaultdict(list)
        self.states: list[str] = []

    def runner(self, _: session.SessionWay) -> Callable[[Assignment], Ending]:
        def dispatch(who: Assignment) -> Ending:
            now = self.clock()
            self.done[who.computer_id].append(now)
            return Ending(
                who, State.SUCCEEDED, CommandOutcome(Answer.SUCCEEDED, who.marker, exit_status=0), None, now, now
            )

        return dispatch

    def tick(self, moment: datetime) -> None:
        self.clock.moment = moment

        def outfit(via: Via) -> Callable[[Stop, tasks.Watcher], tasks.Drive]:
            whole = Via(transport="local", connect_timeout_s=10.0)
            return lambda stop, watcher: tasks.Drive(
                self.store, via, whole, Via(), Credentials(), 4, stop, watcher, sleep=self.clock.sleep
            )

        tick = Tick(self.store, 1000, self._shown, self._failed, lambda _: None, self.clock.sleep)
        assert tick.decide() is None
        tick.drive(outfit, Stop(lambda: 0, lambda: False), Hours.of(self.clock, 30.0))
        assert tick.exit_status == 0

    def _shown(self, row: dict[str, object]) -> None:
        if row["type"] == "occurrence":
            self.states.append(str(row["state"]))

    def _failed(self, error: ItmsError, what: str) -> None:
        raise AssertionError(f"{what}: {error}")


@pytest.fixture
def fleet(ok: Run, store: Store, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    for name in ZONES:
        ok("computer", "add", name.replace("/", "-"), "--address", "127.0.0.1", "--time-zone", name)
    ok("task", "add", "t", "--command", "true")
    found = Fleet(store, clock)
    monkeypatch.setattr(session, "runner", found.runner)
    return found


def _live(fleet: Fleet, ok: Run, when: Sequence[str], begin: datetime, length: timedelta) -> int:
    """Let a policy live from a moment on, and compare what each computer did with its own clock; return how much."""
    fleet.clock.moment = begin
    ok("schedule", "add", "s", *when, "--timezone", "computer")
    ok("policy", "add", "p", "--task", "t", "--target", "all", "--schedule", "s", "--transport", "local")
    timing = _timing({when[0].removeprefix("--"): when[1]})
    end, zones = begin + length, [ZoneInfo(name) for name in ZONES]
    turns = {zone.key: [due.utc for due in due_between(timing, zone, begin, end)] for zone in zones}
    moments = {turn for own in turns.values() for turn in own}
    moments |= {due.utc for due in due_between(timing, FIRST_CLOCK, begin, end)}
    for moment in sorted(moments):
        fleet.tick(moment)
    assert set(fleet.states) == {"started"}
    settled = begin + timedelta(hours=27)  # the first occurrence was decided then for the last clock too
    with fleet.store.read() as reader:
        ids = {one.name: one.id for one in COMPUTERS.list(reader)}
    for name in ZONES:
        done = [moment for moment in fleet.done[ids[name.replace("/", "-")]] if moment > settled]
        assert done == [turn for turn in turns[name] if turn > settled], name
    with fleet.store.read() as reader:
        late = sa.select(sa.func.count()).where(members.c.state != "succeeded", members.c.not_before <= end)
        assert reader.scalar(late) == 0
    return sum(len(moments) for moments in fleet.done.values())


@pytest.mark.parametrize(("when", "begin", "days"), [
    (("--daily", "02:30"), "2027-03-26", 5),  # Berlin and Helsinki spring forward on the 28th
    (("--cron", "0 */6 * * *"), "2026-10-02", 4),  # Lord Howe goes forward by half an hour on the 4th
    (("--weekly", "sunday 02:15"), "2026-10-20", 16),  # Berlin and New York fall back
])  # fmt: skip
def test_nothing_is_skipped_or_doubled(fleet: Fleet, ok: Run, when: Sequence[str], begin: str, days: int) -> None:
    assert _live(fleet, ok, when, datetime.fromisoformat(begin).replace(tzinfo=UTC), timedelta(days=days)) > 10


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.parametrize(("when", "begin", "length"), [
    (("--daily", "02:30"), FIRST, LAST - FIRST),
    (("--weekly", "sunday 02:15"), FIRST, LAST - FIRST),
    (("--cron", "0 * * * *"), datetime(2027, 3, 12, tzinfo=UTC), timedelta(days=30)),
    (("--cron", "0 * * * *"), datetime(2027, 9, 20, tzinfo=UTC), timedelta(days=50)),
    (("--cron", "0 */6 * * *"), FIRST, timedelta(days=366)),
])  # fmt: skip
def test_nothing_is_skipped_or_doubled_over_five_years(
    fleet: Fleet, ok: Run, when: Sequence[str], begin: datetime, length: timedelta
) -> None:
    assert _live(fleet, ok, when, begin, length) > 1000
