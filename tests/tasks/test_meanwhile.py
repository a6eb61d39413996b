"""Computers that are renamed or removed while a run goes on: its records hold, and nothing is sent to what is gone."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from itmsctl.cmdb.store import Store
from tests.conftest import Run
from tests.invariants import assert_invariants

NAMES = tuple(f"web{number:02}" for number in range(1, 21))


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_computers_change_while_a_run_goes_on(
    db: str, environment: dict[str, str], local: Callable[..., None], ok: Run, run: Run, store: Store, tmp_path: Path
) -> None:
    local(*NAMES)
    begun, go = tmp_path / "begun", tmp_path / "go"
    command = f"echo x >> {begun}; while ! test -e {go}; do sleep 0.05; done"
    argv = ["--db", db, "task", "run", "--command", command, "--all", "--transport", "local", "--concurrency", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "itmsctl", *argv],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    _wait_for(begun.exists)
    ok("computer", "set", "web02", "--rename", "other")
    ok("computer", "remove", "web01", "--yes")  # it runs now
    go.touch()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out.splitlines()[-1])["ok"] == len(NAMES)
    shown = ok("run", "show", "R-1").json
    assert {result["state"] for result in shown["results"]} == {"succeeded"}
    assert "web01" in {result["computer"] for result in shown["results"]}, "what ran is kept under its name"
    assert len(begun.read_text().splitlines()) == len(NAMES)
    assert run("computer", "show", "web01").code == 5
    ok("membership", "update", "--delta")
    assert_invariants(store)


def test_nothing_is_sent_to_a_computer_that_was_removed_before_its_turn(
    task_run: Run, local: Callable[..., None], ok: Run, run: Run, store: Store, tmp_path: Path
) -> None:
    local("web01", "web02")
    count = tmp_path / "count"
    first = task_run("--command", f"echo x >> {count}; test $(wc -l < {count}) -gt 2", "--all")
    assert first.code == 8
    ok("computer", "remove", "web01", "--yes")
    again = run("run", "retry", "R-1", "--failed")
    found = {(line["state"], line["reason"]) for line in again.lines[:-1]}
    assert (again.code, found) == (7, {("unreachable", "NOT-FOUND"), ("succeeded", "")})
    assert len(count.read_text().splitlines()) == 3
    assert_invariants(store)
