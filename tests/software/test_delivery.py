"""Managed deliveries: detected, in order, run once, proven; nothing is done twice, what was taken away comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from itmsctl.cmdb.store import Store
from tests.conftest import FrozenClock, Run
from tests.invariants import assert_invariants
from tests.policies.conftest import Ticked

Made = Callable[..., Path]
Log = Callable[[], list[str]]
Tick = Callable[..., Ticked]
Local = Callable[..., None]


@pytest.fixture
def crm(made: Made, local: Local) -> dict[str, Path]:
    """Return software that depends on one thing and takes the place of another, by name; one computer is there."""
    local("c1")
    found = {"lib": made("lib"), "old": made("old")}
    found["app"] = made("app", "--depends", "lib", "--supersedes", "old")
    return found


def _results(ok: Run, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ok("run", "show", name, "-o", "json").json["results"]
    return found


def test_what_it_needs_comes_first_and_what_it_supersedes_goes(
    ok: Run, crm: dict[str, Path], way: tuple[str, ...], log: Log, tick: Tick, store: Store
) -> None:
    crm["old"].touch()
    ok("delivery", "add", "roll", "--software", "app", *way)
    shown = ok("delivery", "show", "roll", "-o", "json").json
    assert [(one["action"], one["software"]) for one in shown["steps"]] == [
        ("install", "lib"), ("uninstall", "old"), ("install", "app"),
    ]  # fmt: skip
    assert tick().of("run")[0]["ok"] == 1
    assert log() == ["install lib", "uninstall old", "install app"]
    assert {name: mark.exists() for name, mark in crm.items()} == {"lib": True, "old": False, "app": True}
    found = ok("computer", "list", "--where", "compliance(name = 'app' and state = 'compliant')", "-o", "json").json
    assert [one["name"] for one in found] == ["c1"]
    assert tick().of("run") == []  # at once means once
    ok("delivery", "run", "roll")
    assert tick().of("run")[0]["ok"] == 1
    assert log() == []
    crm["app"].unlink()
    ok("delivery", "run", "roll")
    tick()
    assert log() == ["install app"]
    assert_invariants(store)


def test_an_installer_that_lies_and_one_that_fails_stop_what_needs_them(
    ok: Run, made: Made, local: Local, way: tuple[str, ...], log: Log, tick: Tick
) -> None:
    local("c1")
    lies = made("lies", install="exit 0")
    made("fails", install="exit 3")
    made("app", "--depends", "lies", "--depends", "fails")
    ok("delivery", "add", "roll", "--software", "app", *way)
    tick(code=8)
    assert log() == ["install fails"]
    ok("software", "set", "app", "--depends", "lies")
    ok("delivery", "run", "roll")
    tick(code=8)
    assert log() == ["install lies"]
    [result] = _results(ok, "R-2")
    assert (result["state"], result["reason"]) == ("failed", "NOT-DETECTED")
    assert "detection says" in result["message"]
    assert not lies.exists()


def test_it_is_fetched_by_one_schedule_and_run_by_another(
    ok: Run, crm: dict[str, Path], way: tuple[str, ...], log: Log, tick: Tick, clock: FrozenClock, tmp_path: Path
) -> None:
    window = ("--every", "1d", "--start", "2026-01-06T10:00", "--duration", "2h", "--target", "all")
    ok("window", "add", "maintenance", "--type", "maintenance", *window)
    ok("schedule", "add", "monday", "--at", "2026-01-05T09:30")
    ok("schedule", "add", "tuesday", "--at", "2026-01-06T09:00")
    ok("delivery", "add", "roll", "--software", "app", "--schedule", "monday", "--run-schedule", "tuesday", *way)
    assert tick().of("run") == []
    clock.forward(hours=1)
    assert tick().of("run")[0]["state"] == "waiting"  # Monday: fetched, though the window is closed
    assert (log(), len(list((tmp_path / "cache").glob("*.json")))) == ([], 2)
    [result] = _results(ok, "R-1")
    assert result["reason"] in {"SCHEDULED", "WINDOW-CLOSED"}
    clock.forward(hours=24)  # Tuesday 10:00, and within the window
    assert tick().of("run")[0]["ok"] == 1
    assert log() == ["install lib", "install app"]


def test_a_window_that_closes_meanwhile_leaves_the_rest_for_the_next(
    ok: Run,
    made: Made,
    local: Local,
    way: tuple[str, ...],
    log: Log,
    tick: Tick,
    clock: FrozenClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    local("c1")
    made("lib", install=f"true >{tmp_path}/late")
    made("app", "--depends", "lib")
    ok("window", "add", "w", "--type", "maintenance", "--every", "1d", "--start", "2026-01-05T08:00", "--duration",
       "2h", "--target", "all")  # fmt: skip
    ok("delivery", "add", "roll", "--software", "app", *way)
    late, now = tmp_path / "late", clock.moment
    takes_long = property(lambda _: now.replace(hour=11) if late.exists() else now)
    monkeypatch.setattr(FrozenClock, "moment", takes_long, raising=False)  # the first installer takes two hours
    assert tick().of("run")[0]["state"] == "waiting"
    assert log() == ["install lib"]
    [result] = _results(ok, "R-1")
    assert (result["state"], result["reason"]) == ("queued", "WINDOW-CLOSED")


@pytest.mark.parametrize(
    ("typed", "says", "code"),
    [
        (("--software", "gone"), "gone", 5),
        (("--software", "held"), "may not be delivered", 3),
        (("--software", "app", "--software", "other"), "must not be beside each other", 6),
    ],
)
def test_what_cannot_be_delivered_is_refused_when_it_is_written(
    ok: Run, run: Run, made: Made, local: Local, way: tuple[str, ...], typed: tuple[str, ...], says: str, code: int
) -> None:
    local("c1")
    made("app")
    ok("software", "add", "other", "--conflicts", "app")
    ok("software", "add", "held", "--undeliverable")
    told = run("delivery", "add", "roll", *typed, *way)
    assert (told.code, says in told.err) == (code, True), (told.code, told.err)
    assert ok("delivery", "list", "-o", "json").json == []


def test_software_without_a_package_fails_with_what_to_type(
    ok: Run, local: Local, way: tuple[str, ...], tick: Tick
) -> None:
    local("c1")
    ok("software", "add", "bare", "--detect", "file /nowhere/at/all")
    ok("delivery", "add", "roll", "--software", "bare", *way)
    tick(code=8)
    [result] = _results(ok, "R-1")
    assert "bare has no package" in result["message"]
