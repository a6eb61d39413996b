"""Ctrl-C and SIGTERM, once and twice (F6); a reader of stdout that goes away (F44)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from itmsctl.cmdb.store import Store
from tests.conftest import Run
from tests.invariants import assert_invariants

NAMES = tuple(f"web{number}" for number in range(1, 7))


class Started:
    """A `task run` of six computers, two at a time, each of which waits until the file `go` is there."""

    def __init__(self, db: str, environment: dict[str, str], folder: Path) -> None:
        command = f"echo x >> {folder}/begun; while ! test -e {folder}/go; do sleep 0.1; done; echo done"
        argv = ["--db", db, "task", "run", "--command", command, "--all", "--transport", "local", "--concurrency", "2"]
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "itmsctl", *argv],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.wait_for(lambda: (folder / "begun").exists() and len((folder / "begun").read_text()) == 4)

    @staticmethod
    def wait_for(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=40)
        return self.process.returncode, out, err


@pytest.fixture
def started(db: str, environment: dict[str, str], local: Callable[..., None], tmp_path: Path) -> Started:
    local(*NAMES)
    return Started(db, environment, tmp_path)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_waits_for_what_runs(
    started: Started, ok: Run, run: Run, store: Store, number: int, status: int
) -> None:
    started.process.send_signal(number)
    time.sleep(0.5)
    assert started.process.poll() is None
    (started.folder / "go").touch()
    code, out, err = started.end()
    assert code == status
    summary = json.loads(out.splitlines()[-1])
    assert (summary["ok"], summary["deferred"], summary["unknown"], summary["state"]) == (2, 4, 0, "interrupted")
    assert "4 of 6 were not started: itmsctl run retry R-1" in err
    assert "\x1b" not in err
    done = run("run", "retry", "R-1")
    assert (done.code, done.lines[-1]["ok"], {line["attempt"] for line in done.lines[:-1]}) == (0, 6, {1})
    assert (started.folder / "begun").read_text() == "x\n" * 6
    assert_invariants(store)


def test_the_second_signal_leaves_at_once(started: Started, ok: Run, run: Run, store: Store) -> None:
    started.process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    begin = time.monotonic()
    started.process.send_signal(signal.SIGINT)
    code, out, err = started.end()
    assert (code, time.monotonic() - begin < 5) == (130, True)
    summary = json.loads(out.splitlines()[-1])
    assert (summary["ok"], summary["deferred"], summary["unknown"]) == (0, 4, 2)
    assert "2 of 6 have an unknown outcome: itmsctl run reconcile R-1" in err
    still = run("run", "reconcile", "R-1")
    assert (still.code, still.lines[-1]["unknown"], still.lines[0]["reason"]) == (10, 2, "STILL-RUNNING")
    (started.folder / "go").touch()
    time.sleep(0.5)
    assert run("run", "reconcile", "R-1").lines[-1]["ok"] == 2
    assert run("run", "retry", "R-1").lines[-1]["ok"] == 6
    assert (started.folder / "begun").read_text() == "x\n" * 6
    assert_invariants(store)


def test_a_stop_file_stops_dispatching(started: Started, run: Run, environment: dict[str, str]) -> None:
    stop = Path(environment["XDG_STATE_HOME"]) / "itmsctl" / "STOP"
    stop.touch()
    time.sleep(0.6)
    (started.folder / "go").touch()
    code, out, err = started.end()
    assert (code, json.loads(out.splitlines()[-1])["deferred"]) == (9, 4)
    assert "STOP stopped the run" in err
    stop.unlink()
    assert run("run", "retry", "R-1").lines[-1]["ok"] == 6


def test_a_cancelled_run_starts_no_more(started: Started, ok: Run, run: Run) -> None:
    said = ok("run", "cancel", "R-1").err
    assert "2 computers cancelled" in said  # two run, two are claimed in reserve
    assert "4 are being worked on: the step they are in goes on" in said
    time.sleep(1.0)  # the driver looks four times a second
    (started.folder / "go").touch()
    code, out, _ = started.end()
    summary = json.loads(out.splitlines()[-1])
    assert (code, summary["ok"], summary["skipped"]) == (9, 2, 4)
    assert (started.folder / "begun").read_text() == "x\n" * 2


def test_a_reader_that_goes_away_does_not_stop_the_work(
    db: str, environment: dict[str, str], local: Callable[..., None], ok: Run
) -> None:
    local(*NAMES)
    argv = ["--db", db, "task", "run", "--command", "seq 20000", "--all", "--transport", "local", "--concurrency", "1"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "itmsctl", *argv], env=environment, stdout=writing, stderr=subprocess.PIPE, timeout=40
    )
    os.close(writing)
    assert (done.returncode, b"Traceback" in done.stderr) == (141, False)
    assert ok("run", "show", "R-1").json["ok"] == 6


def test_a_full_disk_behind_stdout_does_not_stop_the_work(
    db: str, environment: dict[str, str], local: Callable[..., None], ok: Run
) -> None:
    local(*NAMES)
    argv = ["--db", db, "task", "run", "--command", "seq 2000", "--all", "--transport", "local"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "itmsctl", *argv],
            env=environment, stdout=full, stderr=subprocess.PIPE, text=True, timeout=40,
        )  # fmt: skip
    assert (done.returncode, "Traceback" in done.stderr) == (11, False)
    assert ok("run", "show", "R-1").json["ok"] == 6
