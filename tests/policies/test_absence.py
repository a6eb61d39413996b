"""A computer that is away for nine days: it gets its work once, in the first window after its return, or expires."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from itmsctl.cmdb.store import Store
from tests.conftest import FrozenClock, Run
from tests.invariants import assert_invariants
from tests.policies.conftest import Ticked
from tests.servers.ssh import Lab

Tick = Callable[..., Ticked]
CLOSED = "1"  # a port on which nobody listens


@pytest.fixture
def away(ok: Run, lab: Lab, tmp_path: Path) -> Callable[..., None]:
    """One computer of the lab that is away, a window on Tuesdays, and a policy."""

    def add(*when: str, more: tuple[str, ...] = ()) -> None:
        ok("computer", "set", "lab-001", "--port", CLOSED)
        ok("computer", "set", "lab-001", "--tag", "away=yes")
        ok("filter", "add", "away", "--where", "tags.away = 'yes'")
        ok("task", "add", "mark", "--command", f"echo x >> {tmp_path}/effects")
        ok("window", "add", "tuesdays", "--type", "maintenance", "--weekly", "tuesday 02:00", "--duration", "2h",
           "--timezone", "utc", "--target", "all")  # fmt: skip
        ok("schedule", "add", "s", *when)
        ok("policy", "add", "p", "--task", "mark", "--target", "away", "--schedule", "s", "--key", str(lab.key_file),
           "--accept-new", *more)  # fmt: skip

    return add


def _moments(begin: datetime, end: datetime) -> Iterator[datetime]:
    """Yield moments to tick at: a few a day, more while the window is open."""
    moment = begin
    while moment <= end:
        yield moment
        near = moment.weekday() == 1 and 1 <= moment.hour < 4
        moment += (
            timedelta(minutes=40)
            if near
            else timedelta(hours=6)
            - timedelta(hours=moment.hour % 6 if moment.hour % 6 and not near else 0, minutes=moment.minute)
        )
        if moment.weekday() == 1 and moment.hour == 0:
            moment += timedelta(hours=1, minutes=50)


def test_it_comes_back_after_nine_days(
    away: Callable[..., None], tick: Tick, clock: FrozenClock, ok: Run, lab: Lab, tmp_path: Path, store: Store
) -> None:
    away("--weekly", "monday 12:00")
    effects = tmp_path / "effects"
    back = datetime(2026, 1, 14, 12, 0, tzinfo=UTC)
    opens, shuts = datetime(2026, 1, 20, 2, 0, tzinfo=UTC), datetime(2026, 1, 20, 4, 0, tzinfo=UTC)
    states: list[str] = []
    contacts = 0
    for clock.moment in _moments(clock.moment, shuts + timedelta(days=1)):  # noqa: B020 - the clock is moved
        if clock.moment >= back:
            ok("computer", "set", "lab-001", "--port", str(lab.port))
            back = datetime(2027, 1, 1, tzinfo=UTC)
        found = tick()
        states += found.states
        contacts += sum(line["why"].startswith("1 computer does not answer") for line in found.of("run"))
        if clock.moment < opens:
            assert not effects.exists()
        elif clock.moment >= opens + timedelta(minutes=50):
            assert effects.read_text() == "x\n"
    assert contacts > 2  # it was asked in the windows in which it was away
    assert states == ["started", "skipped", "skipped"]
    shown = ok("run", "show", "R-1").json
    assert (shown["state"], shown["ok"]) == ("ended", 1)
    assert len(ok("run", "list", "-o", "json").json) == 1
    assert [o["why"] for o in ok("policy", "show", "p").json["occurrences"][:2]] == ["1 still wait in R-1"] * 2
    assert_invariants(store)


def test_its_deadline_passes(
    away: Callable[..., None], tick: Tick, clock: FrozenClock, ok: Run, run: Run, tmp_path: Path, store: Store
) -> None:
    away("--at", "2026-01-05T12:00", more=("--deadline", "7d"))
    end = datetime(2026, 1, 12, 12, 0, tzinfo=UTC)
    for clock.moment in _moments(clock.moment, end - timedelta(hours=1)):  # noqa: B020 - the clock is moved
        assert tick().of("expired") == []
    assert "1 computer" in ok("policy", "explain", "p").out
    clock.moment = end
    found = tick(code=8)
    (expired,) = found.of("expired")
    assert (expired["run"], expired["computer"]) == ("R-1", "lab-001")
    assert "the deadline passed" in expired["message"]
    assert found.lines[-1]["expired"] == 1
    shown = ok("run", "show", "R-1").json
    assert (shown["state"], shown["failed"], shown["results"][0]["state"]) == ("ended", 1, "expired")
    planned = ok("task", "run", "mark", "--target", "@run:R-1:expired", "--dry-run", "--transport", "local")
    assert planned.lines[0]["computer"] == "lab-001"
    assert run("run", "wait", "R-1").code == 8
    assert tick().of("expired") == []
    assert not (tmp_path / "effects").exists()
    assert_invariants(store)
