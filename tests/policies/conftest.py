"""Policies over this machine itself, whose computers each append a line to one file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Result, Run
from tests.tasks.conftest import lab, local, ssh_lab, sweep

__all__ = ["lab", "local", "ssh_lab", "sweep"]

Policy = Callable[..., None]


@pytest.fixture
def effects(tmp_path: Path) -> Callable[[], int]:
    """Return how many effects there were so far."""

    def count() -> int:
        file = tmp_path / "effects"
        return len(file.read_text().splitlines()) if file.exists() else 0

    return count


@pytest.fixture
def policy(ok: Run, local: Callable[..., None], tmp_path: Path) -> Policy:
    """Add computers, a task, a schedule and a policy: `policy("--daily", "12:00", more=("--deadline", "7d"))`."""

    def add(*when: str, more: tuple[str, ...] = (), names: tuple[str, ...] = ("web1", "web2")) -> None:
        local(*names)
        ok("task", "add", "mark", "--command", f"echo x >> {tmp_path}/effects")
        ok("schedule", "add", "s", *when)
        ok("policy", "add", "p", "--task", "mark", "--target", "all", "--schedule", "s", "--transport", "local", *more)

    return add


@pytest.fixture
def tick(run: Run) -> Callable[..., Ticked]:
    """Tick, and return what was said by type."""

    def go(*argv: str, code: int = 0) -> Ticked:
        result = run("schedule", "tick", *argv)
        assert result.code == code, (result.code, result.out, result.err)
        return Ticked(result)

    return go


class Ticked:
    """What a tick said."""

    def __init__(self, result: Result) -> None:
        self.result = result
        self.lines: list[dict[str, Any]] = result.lines if result.out else []

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["type"] == kind]

    @property
    def states(self) -> list[str]:
        return [line["state"] for line in self.of("occurrence")]

    @property
    def err(self) -> str:
        return self.result.err
