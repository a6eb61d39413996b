"""Users who put a delivery off, and computers that restart for it: a real sshd, whose `who`, `wall` and `shutdown` are
stand-ins, and whose boot id is a file."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.software.deferring import PutOffOffer, latest, told_of
from tests.conftest import FrozenClock, Run
from tests.policies.conftest import Ticked
from tests.servers.machine import Machine, machine
from tests.tasks.halting import until

__all__ = ["machine"]

Tick = Callable[..., Ticked]
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def name(tmp_path: Path) -> Iterator[str]:
    """Return the name of a delivery whose folder on the computer goes afterwards."""
    found = f"crm-{os.getpid()}-{abs(hash(tmp_path)) % 10**6}"
    yield found
    shutil.rmtree(_folder(found), ignore_errors=True)


def _folder(name: str) -> Path:
    above = Path("/var/lib/itms-later") if os.geteuid() == 0 else Path.home() / ".local/state/itms-later"
    return above / name


@pytest.fixture
def way(ok: Run, machine: Machine, tmp_path: Path) -> tuple[str, ...]:
    """Record the machine, and return how deliveries reach it; a user is logged on."""
    machine.fake("who", 'cat "$LOG/who" 2>/dev/null')
    machine.fake("wall", 'cat >>"$LOG/wall"')
    (machine.log / "who").write_text("ann tty1\n")
    user = pwd.getpwuid(os.geteuid()).pw_name
    ok("computer", "add", "m1", "--address", machine.host, "--port", str(machine.port), "--user", user)
    return ("--target", "all", "--key", str(machine.key), "--accept-new", "--cache", str(tmp_path / "cache"))


def _result(ok: Run, run: str) -> dict[str, Any]:
    (found,) = ok("run", "show", run, "-o", "json").json["results"]
    return dict(found)


def _told(ok: Run, software: str = "app") -> dict[str, Any]:
    (found,) = ok("software", "status", software, "-o", "json").json["computers"]
    return dict(found)


def _state(ok: Run) -> str:
    return str(_told(ok)["state"])


def test_a_user_puts_it_off_as_often_as_that_is_offered(
    ok: Run, machine: Machine, way: tuple[str, ...], name: str, made: Any, log: Any, tick: Tick, clock: FrozenClock
) -> None:
    machine.start()
    made("lib")
    made("app", "--depends", "lib")
    ok("delivery", "add", name, "--software", "app", "--defer", "1", "--defer-for", "4h", "--deadline", "3d", *way)
    assert tick().of("run")[0]["state"] == "waiting"
    assert (log(), _result(ok, "R-1")["reason"]) == ([], "PUT-OFF")
    folder = _folder(name)
    (said,) = machine.said("wall")
    assert said == (folder / "notice").read_text().strip()
    assert said.startswith("lib will be installed on this computer at ")
    assert f"touch {folder}/answers/later (1 more)" in said
    assert (folder / "answers").stat().st_mode & 0o7777 == 0o1733
    assert "may put it off" in _told(ok, "lib")["reason"]
    steps = {one["step"]: one["why"] for one in ok("delivery", "explain", name, "-o", "json").json}
    assert steps["users"].startswith("1 computer waits, the first until ")

    (folder / "answers" / "later").touch()
    clock.forward(hours=4, minutes=1)
    tick()
    assert "put it off, 1 of 1 times" in _result(ok, "R-1")["message"]
    assert machine.said("wall")[-1].endswith("It cannot be put off again.")

    (folder / "answers" / "later").touch()
    clock.forward(hours=4, minutes=1)
    assert tick().of("run")[0]["ok"] == 1
    assert log() == ["install lib", "install app"], "asked once, for all that is delivered"
    assert not (folder / "answers").exists()


@pytest.mark.parametrize(
    ("logged_on", "deadline", "answers", "hours", "waits"),
    [
        ("ann tty1\n", "3d", False, 5, True),
        ("", "3d", False, 0, False),  # nobody is there
        ("ann tty1\n", "1m", False, 0, False),  # there is no time left
        ("ann tty1\n", "3d", True, 70, True),  # until ten minutes before the deadline, not past it
    ],
)
def test_it_begins_where_nobody_puts_it_off(
    ok: Run, machine: Machine, way: tuple[str, ...], name: str, made: Any, log: Any, tick: Tick, clock: FrozenClock,
    logged_on: str, deadline: str, answers: bool, hours: int, waits: bool,
) -> None:  # fmt: skip
    (machine.log / "who").write_text(logged_on)
    machine.start()
    made("app")
    each = "100h" if answers else "4h"
    typed = ("--defer", "9", "--defer-for", each, "--deadline", deadline)
    ok("delivery", "add", name, "--software", "app", *typed, *way)
    begun = clock()
    tick()
    assert bool(log()) is not waits
    if waits:
        if answers:
            (_folder(name) / "answers" / "later").touch()
            assert "it begins at 2026-01-08 08:50" in _result(ok, "R-1")["message"]
            clock.forward(seconds=(begun + timedelta(days=3, minutes=-9) - clock()).total_seconds())
        else:
            clock.forward(hours=hours)
        assert tick().of("run")[0]["ok"] == 1
        assert log() == ["install app"]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (("--defer", "3"), "needs an end"),
        (("--defer", "101", "--deadline", "3d"), "100 times at most"),
        (("--defer", "3", "--deadline", "3d", "--defer-for", "5s"), "a minute at least"),
    ],
)
def test_an_offer_without_an_end_is_refused(ok: Run, run: Run, made: Any, typed: tuple[str, ...], says: str) -> None:
    made("app")
    told = run("delivery", "add", "roll", "--software", "app", "--target", "all", "--transport", "local", *typed)
    assert (told.code, says in told.err) == (3, True), told.err


@given(st.integers(0, 5), st.integers(1, 400), st.integers(1, 300), st.text(max_size=20) | st.just("99999999999 1"))
def test_what_a_computer_says_counts_within_the_offer(times: int, hours: int, wait: int, answer: str) -> None:
    offer = PutOffOffer("a/../b c", times, wait * 60.0, latest(NOW, hours * 3600.0))
    assert "/" not in offer.folder
    until = offer.next_moment(NOW)
    assert until is None or NOW < until <= offer.by < NOW + timedelta(hours=hours)
    found = told_of(offer, answer, NOW)
    assert found is None or (found.until <= offer.by and found.times <= times)
    if until is not None:
        waits = told_of(offer, f"{int(until.timestamp())} 0", NOW)
        assert waits is not None
        assert "it begins at" in waits.sentence


def test_what_asked_for_a_restart_waits_for_it_and_runs_once(
    ok: Run, machine: Machine, way: tuple[str, ...], made: Any, log: Any, tick: Tick, tmp_path: Path
) -> None:
    machine.start(can_reboot=True)
    mark = made("app", install=f"touch {tmp_path}/asked; exit 8")
    ok("package", "program", "app", "install", "--code", "8=reboot", "--reboot", "never")
    ok("delivery", "add", "roll", "--software", "app", *way)
    assert tick().of("run")[0]["ok"] == 1
    assert (log(), _state(ok), machine.boots) == (["install app"], "reboot_pending", 1)
    counts = ok("software", "status", "-o", "json").json[0]
    assert (counts["reboot_pending"], counts["compliant"]) == (1, 0)
    found = ok(
        "computer", "list", "--where", "compliance(name = 'app' and state = 'reboot_pending')", "-o", "json"
    ).json
    assert [one["name"] for one in found] == ["m1"]
    explained = ok("delivery", "explain", "roll", "-o", "json").json
    assert "1 computer waits for a restart" in {one["step"]: one["why"] for one in explained}["restart"]

    ok("delivery", "run", "roll")
    tick()
    assert (log(), _result(ok, "R-2")["reason"]) == ([], "REBOOT-NEEDED"), "its installer does not run twice in a boot"
    mark.touch()  # as what was installed does when the computer starts
    os.kill(int(machine.pid_file.read_text()), signal.SIGTERM)
    until(lambda: machine.boots == 2)
    ok("delivery", "run", "roll")
    tick()
    assert (log(), _state(ok)) == ([], "compliant")


@pytest.mark.parametrize("comes_up", [True, False])
def test_a_restart_waits_for_the_window_and_detection_decides_after_it(
    ok: Run, machine: Machine, way: tuple[str, ...], made: Any, log: Any, tick: Tick, clock: FrozenClock,
    comes_up: bool,
) -> None:  # fmt: skip
    machine.start(can_reboot=True)
    mark = made("app", install="exit 8")
    machine.fake("shutdown", f'echo "$*" >>"$LOG/shutdown"; {f"true >{mark}" if comes_up else "true"}; '
                 f"kill $(cat {machine.pid_file})")  # fmt: skip
    made("lib")
    ok("package", "program", "app", "install", "--code", "8=reboot")
    ok("window", "add", "w", "--type", "maintenance", "--every", "1d", "--start", "2026-01-05T22:00", "--duration",
       "2h", "--target", "all")  # fmt: skip
    ok(
        "delivery",
        "add",
        "roll",
        "--software",
        "app",
        "--software",
        "lib",
        "--reboot",
        "in-window",
        "--ignore-window",
        *way,
    )
    assert tick().of("run")[0]["state"] == "waiting"
    assert (sorted(log()), _state(ok), machine.boots) == (["install app", "install lib"], "reboot_pending", 1)
    assert _result(ok, "R-1")["reason"] == "WINDOW-CLOSED"
    clock.forward(seconds=(datetime(2026, 1, 5, 22, 30, tzinfo=UTC) - clock()).total_seconds())
    tick(code=0 if comes_up else 8)
    assert (machine.said("shutdown"), machine.boots, log()) == (["-r now"], 2, [])
    result = _result(ok, "R-1")
    assert (result["state"], _state(ok)) == (("succeeded", "compliant") if comes_up else ("failed", "not_compliant"))
    assert comes_up or "NOT-DETECTED" in {one["reason"] for one in result["steps"]}


def test_nothing_restarts_where_no_program_asked(
    ok: Run, machine: Machine, way: tuple[str, ...], made: Any, log: Any, tick: Tick
) -> None:
    machine.start(can_reboot=True)
    made("app")
    ok("delivery", "add", "roll", "--software", "app", "--reboot", "in-window", *way)
    assert tick().of("run")[0]["ok"] == 1
    assert (log(), machine.boots, _state(ok)) == (["install app"], 1, "compliant")
    states = {one["step"]: one["state"] for one in _result(ok, "R-1")["steps"]}
    assert (states["restart"], states["prove"]) == ("skipped", "skipped")
