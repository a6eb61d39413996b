"""What agents deliver by themselves: looked at, fetched, checked, run once in the window, proven, told and shown."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.agents.endpoint import Endpoint, Site
from tests.agents.test_work import ENDPOINT, here
from tests.conftest import FrozenClock, Run
from tests.software.conftest import log, made

__all__ = ["log", "made"]


@pytest.fixture
def pc1(site: Site) -> Endpoint:
    return site.trusted()


@pytest.fixture
def deliver(ok: Run, made: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """Have software delivered by agents each hour; return the file that it leaves behind."""

    def make(*more: str, install: str = "true") -> Path:
        mark = made("app", install=install)
        ok("schedule", "add", "often", "--every", "1h")
        ok("delivery", "add", "d1", "--software", "app", "--target", "all", "--schedule", "often",
           "--transport", "agent", "--cache", str(tmp_path / "cache"), *more)  # fmt: skip
        return mark

    return make


def stage(ok: Run) -> list[tuple[str, str]]:
    shown = ok("computer", "show", "pc1", "-o", "json").json
    return [(one["software"], one["state"]) for one in shown.get("compliance", [])]


def last(ok: Run) -> dict[str, Any]:
    name = ok("run", "list", "-o", "json").json[0]["name"]
    found: dict[str, Any] = ok("run", "show", name, "-o", "json").json["results"][0]
    return found


def test_it_is_fetched_run_once_and_proven(
    site: Site, pc1: Endpoint, ok: Run, clock: FrozenClock, deliver: Callable[..., Path], log: Callable[[], list[str]]
) -> None:
    mark = deliver()
    assert here(site, ok, pc1) == []
    assert not mark.exists()
    clock.advance(timedelta(hours=1, minutes=1))
    ok("schedule", "tick")
    assert here(site, ok, pc1) == ["taken", "taken"]
    assert log() == ["install app"]
    one = last(ok)
    assert (one["state"], one["reason"]) == ("succeeded", "")
    assert one["message"].startswith("proven: ")
    assert stage(ok) == [("app", "compliant")]
    clock.advance(timedelta(hours=1))
    assert here(site, ok, pc1) == ["taken"]
    assert (last(ok)["reason"], log()) == ("UNCHANGED", [])
    mark.unlink()  # it is not as it should be any more: repaired at the next time
    clock.advance(timedelta(hours=1))
    assert here(site, ok, pc1) == ["taken", "taken"]
    assert (mark.exists(), log()) == (True, ["install app"])
