"""What policies have agents run: each time once, in its window, told and shown as any other run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.agents.endpoint import Endpoint, Site
from tests.conftest import FrozenClock, Run


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    return tmp_path / "mark"


def a_policy(ok: Run, script: str, *more: str, every: str = "1h", task: tuple[str, ...] = ()) -> None:
    ok("task", "add", "job1", "--command", script, *task)
    ok("schedule", "add", "often", "--every", every)
    ok("policy", "add", "p1", "--task", "job1", "--target", "all", "--schedule", "often", "--transport", "agent", *more)


def published(site: Site, ok: Run, which: Endpoint) -> None:
    ok("agent", "publish")
    assert which.check_in() == 0, which.said
    site.collect()


def test_a_task_is_carried_out_once_and_told(site: Site, ok: Run, clock: FrozenClock, mark: Path) -> None:
    pc1 = site.trusted()
    a_policy(ok, f"echo done; echo once >> {mark}")
    published(site, ok, pc1)
    clock.forward(hours=1)
    ok("schedule", "tick")
    [run] = ok("run", "list", "-o", "json").json
    print(run)
    shown = ok("run", "show", run["name"], "-o", "json").json
    print(shown)
    assert pc1.check_in() == 0, pc1.said
    print(site.collect())
    shown = ok("run", "show", run["name"], "-o", "json").json
    print(shown)
    print(ok("run", "logs", run["name"]).out)
    assert pc1.check_in() == 0
    assert mark.read_text() == "once\n"
    ok("audit", "verify")
    assert 0
