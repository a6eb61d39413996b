"""Computers, and events as files tell them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.policies.conftest import tick
from tests.tasks.conftest import lab, ssh_lab, sweep

__all__ = ["lab", "ssh_lab", "sweep", "tick"]

Load = Callable[..., None]
ROWS = (
    # computer, event, time of 4 January 2026, program, user, process
    ("pc1", "start", "08:00:00", "firefox.exe", "ann", 10),
    ("pc1", "start", "08:30:00", "firefox.exe", "ann", 11),
    ("pc1", "stop", "09:00:00", "firefox.exe", "ann", 10),
    ("pc1", "stop", "09:30:00", "firefox.exe", "ann", 11),
    ("pc1", "start", "10:00:00", "sol.exe", "ann", 12),
    ("pc2", "deny", "11:00:00", "sol.exe", "bob", None),
    ("pc2", "start", "23:30:00", "firefox.exe", "bob", 20),
)


def event(computer: str, what: str, at: str, program: str, user: str, process: int | None, **more: object) -> dict:
    moment = at if "T" in at else f"2026-01-04T{at}Z"
    told = {"computer": computer, "event": what, "at": moment, "program": program, "user": user, "pid": process}
    return {**told, "product": program.partition(".")[0].title(), "version": "115.2", **more}


@pytest.fixture
def load(ok: Run, tmp_path: Path) -> Load:
    """Load events from a file of NDJSON."""

    def do(*rows: dict[str, object]) -> None:
        file = tmp_path / "usage.ndjson"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        ok("inventory", "load", str(file))

    return do


@pytest.fixture
def metered(ok: Run, load: Load) -> Run:
    """Two computers with what `ROWS` says, and one that was never metered."""
    for name in ("pc1", "pc2", "pc3"):
        ok("computer", "add", name)
    ok("metering-policy", "add", "all", "--file", "*")
    ok("metering-policy", "add", "games", "--action", "deny", "--file", "sol.exe")
    load(*(event(*row) for row in ROWS))
    return ok
